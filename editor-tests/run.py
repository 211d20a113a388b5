#!/usr/bin/env python3
"""Asks a real rust-analyzer what an editor would ask, and compares its answers with those in `cases`.

A case is a Rust file. A mark such as <|complete|> stands where the cursor is, and a line `//= …` for each mark, in
their order, says what the answer is: for `complete` all names that are offered, or the first ones and `…`; for `hover`
and `goto` a piece of the text. A case without marks has no diagnostics, or those of its `//= …` lines.

    run.py SERVER SYSROOT_SOURCES SCRATCH [CASE …]
"""
import json
import pathlib
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
MARK = re.compile(r"<\|(complete|hover|goto)\|>")
EMPTY = "fn main() {}\n"
MANIFEST = """[package]
name = "app"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
session-runtime = {{ path = "{root}/session-runtime", features = ["stored"] }}
"""


class Server:
    """One run of rust-analyzer. It answers requests by their number, and tells the rest by itself."""

    def __init__(self, command, folder, settings):
        pipe = subprocess.PIPE
        log = open(folder / "rust-analyzer.log", "w")
        self.process = subprocess.Popen([command], cwd=folder, stdin=pipe, stdout=pipe, stderr=log)
        self.settings, self.number, self.answers = settings, 0, {}
        self.is_quiescent, self.running = False, set()
        self.news = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def listen(self):
        out = self.process.stdout
        while header := out.readline():
            length = int(header.split(b":")[1])
            while out.readline().strip():
                pass
            message = json.loads(out.read(length))
            with self.news:
                self.hear(message)
                self.news.notify_all()

    def hear(self, message):
        method, params = message.get("method"), message.get("params")
        if method is None:
            self.answers[message["id"]] = message
        elif method == "workspace/configuration":
            self.send(id=message["id"], result=[self.settings for _ in params["items"]])
        elif "id" in message:
            self.send(id=message["id"], result=None)
        elif method == "experimental/serverStatus":
            self.is_quiescent = params["quiescent"]
        elif method == "$/progress" and params["value"]["kind"] == "begin":
            self.running.add(params["token"])
        elif method == "$/progress" and params["value"]["kind"] == "end":
            self.running.discard(params["token"])

    def ask(self, method, params):
        with self.news:
            self.number += 1
            number = self.number
            self.send(id=number, method=method, params=params)
            if not self.news.wait_for(lambda: number in self.answers, 120):
                sys.exit(f"{method}: no answer within two minutes")
            return self.answers.pop(number).get("result")

    def tell(self, method, params):
        with self.news:
            self.send(method=method, params=params)

    def wait_until_ready(self):
        """Loading has several parts, and for a moment between two of them none is running."""
        for _ in range(2):
            with self.news:
                if not self.news.wait_for(lambda: self.is_quiescent and not self.running, 900):
                    sys.exit("the project is not loaded within 15 minutes")
            time.sleep(1)


def start(command, sources, folder):
    settings = {
        "cargo": {"sysrootSrc": str(sources)},
        "cachePriming": {"enable": False},
        "checkOnSave": False,
        "completion": {"limit": None},
    }
    server = Server(command, folder, settings)
    server.ask("initialize", {
        "processId": None,
        "rootUri": folder.as_uri(),
        "initializationOptions": settings,
        "capabilities": {
            "window": {"workDoneProgress": True},
            "workspace": {"configuration": True},
            "textDocument": {"hover": {"contentFormat": ["markdown"]}, "diagnostic": {}},
            "experimental": {"serverStatusNotification": True},
        },
    })
    server.tell("initialized", {})
    return server


def read_case(path):
    """The text without its marks, the marks as (question, line, column), and the expected answers."""
    text, marks, plain = path.read_text(), [], ""
    for piece, question in zip(MARK.split(text)[::2], MARK.split(text)[1::2] + [None]):
        plain += piece
        if question:
            lines = plain.split("\n")
            marks.append((question, len(lines) - 1, len(lines[-1])))
    expected = [line[4:] for line in plain.split("\n") if line.startswith("//= ")]
    return plain, marks, expected


def answer(server, uri, question, line, column):
    at = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
    if question == "complete":
        found = server.ask("textDocument/completion", at) or []
        items = found["items"] if isinstance(found, dict) else found
        items.sort(key=lambda item: item.get("sortText", item["label"]))
        return ", ".join(item.get("filterText") or item["label"] for item in items)
    if question == "hover":
        found = server.ask("textDocument/hover", at)
        return found["contents"]["value"] if found else "nothing"
    found = server.ask("textDocument/definition", at) or []
    places = [found] if isinstance(found, dict) else found
    return "\n".join(source_line(place) for place in places) or "nothing"


def source_line(place):
    path = pathlib.Path((place.get("targetUri") or place["uri"]).removeprefix("file://"))
    line = (place.get("targetSelectionRange") or place["range"])["start"]["line"]
    return f"{path.name}: {path.read_text().splitlines()[line].strip()}"


def agrees(question, expected, found):
    if question != "complete":
        return expected in found
    if expected.endswith("…"):
        return found.startswith(expected[:-1].rstrip(", "))
    return found == expected


def diagnostics(server, uri, plain):
    """They are asked for, since those that are told may be of the text before."""
    report = server.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    lines = plain.split("\n")
    for one in sorted(report["items"], key=lambda one: one["range"]["start"]["line"]):
        start, end = one["range"]["start"], one["range"]["end"]
        marked = lines[start["line"]][start["character"]:end["character"]]
        yield f"{marked}: " + one["message"].split("\n")[0]


def try_case(server, file, version, case):
    """Returns True if the answers are the expected ones."""
    plain, marks, expected = read_case(case)
    file.write_text(plain)
    uri = file.as_uri()
    document = {"uri": uri, "version": version}
    server.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": plain}]})
    if marks:
        found = [answer(server, uri, *mark) for mark in marks]
        pairs = list(zip(marks, expected, found))
        is_right = len(found) == len(expected) and all(agrees(mark[0], *pair) for mark, *pair in pairs)
    else:
        found = list(diagnostics(server, uri, plain))
        is_right = found == expected
    print(f"{'ok' if is_right else 'FAILED'}: {case.stem}")
    if not is_right:
        print("  expected\n    " + "\n    ".join(expected))
        print("  found\n    " + "\n    ".join(text.replace("\n", "\n    ") for text in found))
    return is_right


def main():
    command, sources, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    cases = [pathlib.Path(case) for case in sys.argv[4:]] or sorted((HERE / "cases").glob("*.rs"))
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(root=HERE.parent))
    for name in ("Cargo.lock", "rust-toolchain.toml"):
        (folder / name).write_bytes((HERE.parent / name).read_bytes())
    file = folder / "src/main.rs"
    file.write_text(EMPTY)
    server = start(command, sources, folder)
    try:
        document = {"uri": file.as_uri(), "languageId": "rust", "version": 0, "text": EMPTY}
        server.tell("textDocument/didOpen", {"textDocument": document})
        server.wait_until_ready()
        failures = sum(not try_case(server, file, *case) for case in enumerate(cases, start=1))
        server.ask("shutdown", None)
        server.tell("exit", None)
        server.process.wait(20)
    finally:
        server.process.kill()
    sys.exit(f"{failures} of {len(cases)} cases failed" if failures or not cases else 0)


if __name__ == "__main__":
    main()
