"""Format 1, as docs/FORMAT.md says it, with nothing but Python's standard library.

    python3 vectors/reference.py vectors/*.json

checks every entry of the vectors (section 8). It exits with 1 on any mismatch, and if the file is
too thin to show anything.
"""

import base64
import hashlib
import hmac
import json
import re
import struct
import sys
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Optional


class Refused(Exception):
    """What was read is not to be accepted, for this reason."""


class Record(NamedTuple):
    tag: bytes
    deadline: Optional[int]
    value: bytes


class Session(NamedTuple):
    """What one token holds. In a ticket the records are empty."""

    flags: int
    created_at: int
    renewed_at: int
    login: Optional[bytes]
    written_at: Optional[int]
    records: list


class Key(NamedTuple):
    root: bytes
    revoked: bool = False
    seals_from: Optional[int] = None


class Field(NamedTuple):
    part: str
    tag: bytes
    lifetime: Optional[int]
    default: bytes
    kind: str = "number"


class Ticket(NamedTuple):
    """What the main cookie of a stored session holds."""

    session: Session
    id: bytes
    mark: bytes


class History(NamedTuple):
    """The differences that a base has taken."""

    highest: int
    taken: list  # of pairs: a name, and when it was taken


class Entry(NamedTuple):
    """What one entry of a row holds."""

    written_at: int
    deadline: Optional[int]
    history: Optional[History]
    value: bytes


class SessionType(NamedTuple):
    cookie_name: str
    idle: int
    max: int
    fields: dict
    identity: Optional[Field]


# The vectors (section 8) ------------------------------------------------------------------------


def main(paths):
    check_known_answers()
    found = list(complaints(paths))
    for complaint in found:
        print(complaint)
    return 1 if found else 0


def complaints(paths):
    files = [read_vectors(path) for path in paths]
    for file in files:
        yield from check_header(file)
        TYPES.update({name: read_type(described) for name, described in file.get("types", {}).items()})
    vectors = {kind: [entry for file in files for entry in file.get(kind, [])] for kind in ANSWERS}
    for kind, entries in vectors.items():
        yield from check_list(kind, entries)
    yield from check_thickness(vectors)


def read_vectors(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_header(file):
    if file["format"] != 1:
        yield f"UNKNOWN: format {file['format']}"
    for kind in file.keys() - ANSWERS.keys() - {"format", "version", "types"}:
        yield f"UNKNOWN: the list {kind}"


def check_list(kind, entries):
    verdicts = Counter()
    for entry in entries:
        try:
            found = {"accepted": ANSWERS[kind](entry)}
        except Refused as refused:
            found = {"refused": str(refused)}
        verdicts.update(found.keys())
        if found != entry["outcome"]:
            yield f"MISMATCH {entry['id']}: {entry['name']}: expected {entry['outcome']}, found {found}"
    print(f"{kind}:", ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in sorted(verdicts)))


def check_thickness(vectors):
    if sum(len(vectors[kind]) for kind in ANSWERS) < 300:
        yield "TOO THIN: fewer than 300 entries"
    outcomes = [(entry["part"], entry["outcome"]) for entry in vectors["tokens"]]
    if 2 * sum("refused" in outcome for _, outcome in outcomes) < len(outcomes):
        yield "TOO THIN: less than half of the tokens are refused"
    opens = {(part, outcome["accepted"]["flags"]) for part, outcome in outcomes if "accepted" in outcome}
    if opens != {(part, flags) for part in PARTS for flags in range(0x20) if not flags & ~KNOWN_FLAGS}:
        yield "TOO THIN: not every part opens with all flags"
    for kind in (kind for kind in ANSWERS if len(vectors[kind]) < 7):
        yield f"TOO THIN: the list {kind}"


def answer_token(entry):
    keys = [Key(bytes.fromhex(root)) for root in entry["keys"]]
    session = open_token(entry["token"], keys, entry["cookie_name"], entry["part"])
    check_steps(entry, session)
    if seal_again(entry["token"], session, keys, entry["cookie_name"], entry["part"]) != entry["token"]:
        raise Refused("another spelling")  # no reason of the format: no vector can expect it
    check_times(session, *clocks(entry["part"], entry["idle"], entry["max"]), entry["now"])
    lifetimes = {bytes.fromhex(tag): lifetime for tag, lifetime in entry.get("lifetimes", {}).items()}
    left = what_lasts(session, lifetimes, entry["now"])
    if entry["part"] == "main" and "identity" in entry:
        check_identity(session, left, bytes.fromhex(entry["identity"]), is_whole_user)
    records = [r._asdict() | {"tag": r.tag.hex(), "value": r.value.hex()} for r in left]
    login = session.login and session.login.hex()
    return session._asdict() | {"login": login, "records": records}


def seal_again(token, session, keys, cookie_name, part):
    """The format has one spelling of everything, so what was opened seals to the same token."""
    sealed = from_base64url(token)
    key = next(key for key in keys if key_id(key.root) == sealed[1:5])
    return seal(session, key.root, cookie_name, part, nonce=sealed[5:29])


def check_steps(entry, session):
    """The steps from the root key to the token, where an entry has them."""
    sealed = from_base64url(entry["token"])
    root = bytes.fromhex(entry["keys"][0])
    steps = {
        "pseudo_random_key": pseudo_random_key(root),
        "key_id": key_id(root),
        "part_key": part_key(root, entry["cookie_name"], entry["part"]),
        "associated_data": sealed[:5],
        "nonce": sealed[5:29],
        "plaintext": write_plaintext(session),
        "sealed": sealed,
    }
    compare_steps(entry, steps)


def compare_steps(entry, steps):
    for step, expected in entry.get("steps", {}).items():
        if steps[step].hex() != expected:
            raise Refused(f"another {step}")  # no reason of the format either


def is_whole_user(value):
    """Whether a value names a user, in the entries of tokens."""
    return is_whole(value) and value != b"\xc0"


def answer_request(entry):
    shop, now = TYPES[entry["type"]], entry["now"]
    cookies = read_cookies(shop, header_lines(entry))
    request = read_request(shop, read_key_list(entry["keys"]), cookies, now)
    found = {
        part: {
            "cookies": [str(refused or "opens") for _, refused in request[part].read],
            "ignored": len(cookies[part]) - len(request[part].read),
            "chosen": request[part].chosen,
        }
        for part in PARTS
    }
    return found | {"state": state(request["main"]), "fields": read_fields(shop, request)}


def header_lines(entry):
    """Each character of a line is one byte."""
    return [line.encode("latin-1") for line in entry["cookies"]]


def answer_writing(entry):
    shop, keys, now = TYPES[entry["type"]], read_key_list(entry["keys"]), entry["now"]
    cookies = read_cookies(shop, header_lines(entry))
    draft = Draft(shop, read_request(shop, keys, cookies, now), now)
    for step in entry["change"]:
        [(verb, operand)] = step.items()
        apply(draft, verb, operand, entry)
    written = {}
    for part, why in entry["writes"].items():
        session = session_to_write(draft, part, why, entry["background"])
        written[part] = session and {
            "plaintext": write_plaintext(session).hex(),
            "token": seal(
                session,
                sealing_key(keys, now).root,
                cookie_name(shop, part),
                part,
                bytes.fromhex(entry["nonce"]),
            ),
        }
    return written


def apply(draft, step, operand, entry):
    if step == "set":
        for name, value in operand.items():
            set_field(draft, draft.shop.fields[name], bytes.fromhex(value))
    elif step == "log_in":
        log_in(draft, bytes.fromhex(operand), bytes.fromhex(entry.get("login", "")))
    elif step == "log_out":
        start_over(draft)
    elif step == "remember":
        draft.said_remember = operand
        draft.remembered = operand
    elif step == "tell":
        draft.untold = False
    else:
        raise KeyError(step)


def answer_key(entry):
    key = read_key(entry["text"])
    return {"root": key.root.hex(), "id": key_id(key.root).hex()}


def answer_key_list(entry):
    keys = read_key_list(entry["text"])
    seal = [sealing_key(keys, now) for now in entry["times"]]
    else_it = {key: "revoked-key" if key.revoked else "opens" for key in keys}
    roles = [["seals" if sealing == key else else_it[key] for sealing in seal] for key in keys]
    return {"keys": [{"id": key_id(key.root).hex(), "roles": r} for key, r in zip(keys, roles)]}


def answer_tag(entry):
    return {"tag": field_tag(entry["name"]).hex()}


def answer_shape(entry):
    check_shape(bytes.fromhex(entry["bytes"]))
    return {}


def answer_value(entry):
    written = write_value(entry["value"])
    check_shape(written)
    return {"bytes": written.hex()}


def answer_reading(entry):
    data = bytes.fromhex(entry["bytes"])
    check_shape(data)
    try:
        value = READERS[entry["type"]](read_object(Reader(data)))
    except (ValueError, KeyError):
        raise Refused("another-type") from None
    return {"bytes": write_value(value).hex()}


def answer_ticket(entry):
    keys, name = read_key_list(entry["keys"]), entry["cookie_name"]
    ticket = open_ticket(entry["token"], keys, name)
    sealed = from_base64url(entry["token"])
    key = next(key for key in keys if key_id(key.root) == sealed[1:5])
    if seal_bytes(write_ticket(ticket), key.root, name, "main", sealed[5:29]) != entry["token"]:
        raise Refused("another spelling")
    steps = {
        "part_key": part_key(key.root, name, "main"),
        "associated_data": sealed[:5],
        "plaintext": write_ticket(ticket),
        "sealed": sealed,
    }
    compare_steps(entry, steps)
    check_times(ticket.session, entry["idle"], entry["max"], entry["now"])
    found = ticket.session._asdict() | {
        "login": ticket.session.login and ticket.session.login.hex(),
        "session_id": ticket.id.hex(),
        "mark": ticket.mark.hex(),
        "row_key": row_key(name, ticket.id).hex(),
    }
    del found["records"]
    return found


def answer_session_in_cookie(entry):
    keys, name, token = read_key_list(entry["keys"]), entry["cookie_name"], entry["token"]
    session = read_plaintext(unseal(token, keys, name, "main"))
    identity = bytes.fromhex(entry["identity"]) if "identity" in entry else None
    carried = carried_id(session, token, identity)
    id_ = id_in_login(carried, session, identity)
    check_times(session, entry["idle"], entry["max"], entry["now"])
    left = [record for record in session.records if not identity or record.tag != ID_TAG]
    return {
        "carried_id": carried.hex(),
        "session_id": id_.hex(),
        "mark": first_mark(id_).hex(),
        "row_key": row_key(name, id_).hex(),
        "records": [r._asdict() | {"tag": r.tag.hex(), "value": r.value.hex()} for r in left],
    }


def answer_row_key(entry):
    return {"row_key": row_key(entry["cookie_name"], bytes.fromhex(entry["session_id"])).hex()}


def answer_owner(entry):
    keys, user = read_key_list(entry["keys"]), bytes.fromhex(entry["user"])
    owners = owners_of(keys, entry["cookie_name"], user)
    written = owner_of(sealing_key(keys, entry["now"]).root, entry["cookie_name"], user)
    return {"written": written.hex(), "all": [owner.hex() for owner in owners]}


def answer_entry(entry):
    keys, name, id_ = read_key_list(entry["keys"]), entry["cookie_name"], bytes.fromhex(entry["session_id"])
    sealed, tag, role = bytes.fromhex(entry["sealed"]), bytes.fromhex(entry["tag"]), entry["role"]
    found = open_entry(sealed, keys, name, id_, tag, role)
    key = next(key for key in keys if key_id(key.root) == sealed[1:5])
    if seal_entry(found, key.root, name, id_, tag, role, nonce=sealed[5:29]) != sealed:
        raise Refused("another spelling")
    steps = {
        "row_key": row_key(name, id_),
        "row_part_key": part_key(key.root, name, "row"),
        "entry_key": entry_key(key.root, name, id_),
        "associated_data": entry_place(sealed[:5], name, id_, tag, role),
        "nonce": sealed[5:29],
        "plaintext": write_entry(found),
    }
    compare_steps(entry, steps)
    taken = found.history and [{"name": name.hex(), "taken_at": at} for name, at in found.history.taken]
    history = found.history and {"highest": found.history.highest, "taken": taken}
    return found._asdict() | {"value": found.value.hex(), "history": history}


def answer_label(entry):
    keys, name, id_ = read_key_list(entry["keys"]), entry["cookie_name"], bytes.fromhex(entry["session_id"])
    reader = Reader(open_bound(bytes.fromhex(entry["label"]), keys, name, "label", row_key(name, id_)))
    found = {"began": reader.number(5), "row_secret": reader.take(16).hex()}
    if reader.left():
        raise Refused("malformed")
    return found


def answer_handle(entry):
    keys, name, user = read_key_list(entry["keys"]), entry["cookie_name"], bytes.fromhex(entry["user"])
    if len(entry["handle"]) != 82:
        raise Refused("length")
    sealed = from_base64url(entry["handle"])
    return {"row_key": open_bound(sealed, keys, name, "handle", user).hex()}


def answer_row(entry):
    shop, keys, now = TYPES[entry["type"]], read_key_list(entry["keys"]), entry["now"]
    asked, unopened = [], []
    rows = {bytes.fromhex(key): read_row(row) for key, row in entry["rows"].items()}

    def load(key):
        asked.append(key.hex())
        return rows.get(key)

    cookies = read_cookies(shop, header_lines(entry))
    request = read_stored_request(shop, keys, cookies, load, unopened, now)
    fields = read_fields(shop, request)
    return {"asked": asked, "unopened": unopened, "state": stored_state(request["main"]), "fields": fields}


def read_row(row):
    """A row as section 8 describes it; nothing for one that has ended."""
    if row == "ended":
        return None
    if "replaced" in row:
        return Replaced(row["replaced"])
    copy = row.get("copy")
    copy = copy and Copy(bytes.fromhex(copy["mark"]), copy["until"], read_entries(copy["entries"]))
    return Row(bytes.fromhex(row["mark"]), row["expires"], read_entries(row["entries"]), copy)


def read_entries(entries):
    return [(bytes.fromhex(e["tag"]), e["role"], bytes.fromhex(e["sealed"])) for e in entries]


ANSWERS = {
    "tokens": answer_token,
    "requests": answer_request,
    "writing": answer_writing,
    "keys": answer_key,
    "key_lists": answer_key_list,
    "tags": answer_tag,
    "values": answer_value,
    "readings": answer_reading,
    "shapes": answer_shape,
    "tickets": answer_ticket,
    "row_keys": answer_row_key,
    "owners": answer_owner,
    "entries": answer_entry,
    "rows": answer_row,
    "labels": answer_label,
    "handles": answer_handle,
    "sessions_in_cookies": answer_session_in_cookie,
}

TYPES = {}


def read_type(described):
    """A session type as section 8 describes it. Its fields are numbers of 32 bits."""
    fields = {
        name: Field(
            field["part"],
            field_tag(name),
            field.get("lifetime", LIFETIMES[field["part"]]),
            bytes.fromhex(field["default"]),
            field.get("type", "number"),
        )
        for name, field in described["fields"].items()
    }
    identity = fields.get(described.get("identity"))
    return SessionType(described["cookie_name"], described["idle"], described["max"], fields, identity)


# The parts (section 1) --------------------------------------------------------------------------

PARTS = ("main", "browser", "flash")
SUFFIXES = {"main": "", "browser": ".browser", "flash": ".flash"}
MAX_COOKIES = 4


class Carried(NamedTuple):
    """What a request carries of one part."""

    read: list  # of pairs: a session or None, and None or why it is refused
    chosen: Optional[int]

    def session(self):
        return None if self.chosen is None else self.read[self.chosen][0]


def cookie_name(shop, part):
    return shop.cookie_name + SUFFIXES[part]


def read_cookies(shop, lines):
    """The tokens of each part, in their order."""
    found = {part: [] for part in PARTS}
    for piece in (piece.strip(b" \t") for line in lines for piece in line.split(b";")):
        for part in PARTS:
            start = cookie_name(shop, part).encode() + b"="
            if piece.startswith(start):
                found[part].append(piece.removeprefix(start))
    return found


def read_request(shop, keys, cookies, now):
    main = read_part(shop, keys, "main", cookies["main"], now)
    login = login_of(shop, main.session())
    others = {part: read_part(shop, keys, part, cookies[part], now, login) for part in PARTS[1:]}
    return {"main": main} | others


def read_part(shop, keys, part, tokens, now, login=None):
    read = []
    for token in tokens[:MAX_COOKIES]:
        try:
            read.append((read_token(shop, keys, part, token, now, login), None))
        except Refused as refused:
            read.append((None, refused))
    opened = [at for at, (session, _) in enumerate(read) if session]
    # `max` takes the first of several that are equal.
    return Carried(read, max(opened, key=lambda at: read[at][0].renewed_at, default=None))


def read_token(shop, keys, part, token, now, login):
    """All steps of section 2.1. The records are those that are left."""
    text = token.decode("latin-1")
    session = open_token(text, keys, cookie_name(shop, part), part)
    check_times(session, *clocks(part, shop.idle, shop.max), now)
    lifetimes = {field.tag: field.lifetime for field in shop.fields.values() if field.part == part}
    left = what_lasts(session, lifetimes, now)
    if part == "main" and shop.identity:
        check_identity(session, left, shop.identity.tag, is_user)
    if part == "flash" and session.login not in (None, login):
        raise Refused("another-login")
    return session._replace(records=left)


def state(main):
    if main.chosen is not None:
        return "expired" if main.session().flags & UNTOLD else "active"
    reasons = {str(refused) for _, refused in main.read}
    if "expired" in reasons:
        return "expired"
    if reasons & {"unknown-key", "revoked-key"}:
        return "unknown-key"
    return "unreadable" if reasons else "new"


def read_fields(shop, request):
    """The fields that are not at their defaults, as they would be written."""
    found = {}
    for name, field in shop.fields.items():
        value = stored(request[field.part].session(), field)
        written = value is not None and rewritten(value, field.kind)
        if written:
            found[name] = written.hex()
    return {name: value for name, value in found.items() if value != shop.fields[name].default.hex()}


def rewritten(value, kind):
    """The value as a writer of the field writes it; nothing if it is not of the field's type."""
    if kind == "number":
        return write_integer(read_number(value)) if is_user(value) else None
    numbers = read_items(value)
    if numbers is None or not all(map(is_user, numbers)):
        return None
    numbers = list(map(read_number, numbers))
    numbers = sorted(set(numbers)) if kind == "set" else numbers
    return write_items(map(write_integer, numbers))


def stored(session, field):
    values = [record.value for record in session.records if record.tag == field.tag] if session else []
    return values[0] if values else None


# The token (section 2) --------------------------------------------------------------------------

VERSION = b"\x01"


def open_token(token, keys, cookie_name, part):
    """Steps 1 to 7 of section 2.1."""
    return read_plaintext(unseal(token, keys, cookie_name, part))


def unseal(token, keys, cookie_name, part):
    """Steps 1 to 6."""
    if len(token.encode()) > 4096:
        raise Refused("length")
    sealed = from_base64url(token)
    if len(sealed) < 45:
        raise Refused("length")
    head, nonce, ciphertext, tag = sealed[:5], sealed[5:29], sealed[29:-16], sealed[-16:]
    if head[:1] != VERSION:
        raise Refused("version")
    named = [key for key in keys if key_id(key.root) == head[1:]]
    if not named:
        raise Refused("unknown-key")
    if named[0].revoked:
        raise Refused("revoked-key")
    key = part_key(named[0].root, cookie_name, part)
    return decrypt(key, nonce, ciphertext, tag, head)


def seal(session, root, cookie_name, part, nonce):
    return seal_bytes(write_plaintext(session), root, cookie_name, part, nonce)


def seal_bytes(plaintext, root, cookie_name, part, nonce):
    head = VERSION + key_id(root)
    key = part_key(root, cookie_name, part)
    ciphertext, tag = encrypt(key, nonce, plaintext, head)
    return to_base64url(head + nonce + ciphertext + tag)


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    """Python decodes generously; what does not encode to the same text was not canonical."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refused("alphabet") from None
    if to_base64url(data) != text:
        raise Refused("alphabet")
    return data


# Keys (section 3) -------------------------------------------------------------------------------


def key_id(root):
    return hkdf_expand(pseudo_random_key(root), b"key-id", 4)


def part_key(root, cookie_name, part):
    info = prefixed("cookie") + prefixed(cookie_name) + prefixed(part)
    return hkdf_expand(pseudo_random_key(root), info, 32)


def pseudo_random_key(root):
    return hkdf_extract(b"session-runtime/v1", root)


def prefixed(text):
    return struct.pack(">Q", len(text.encode())) + text.encode()


def prefixed_bytes(data):
    return struct.pack(">Q", len(data)) + data


def read_key(text):
    text, *words = re.split("[ \t\r\n]+", text.strip(" \t\r\n"))
    if not text:
        raise Refused("empty")
    if not text.startswith("srk1_"):
        raise Refused("prefix")
    if len(text) != 53:
        raise Refused("length")
    data = from_base64url(text.removeprefix("srk1_"))
    if data[32:] != checksum(data[:32]):
        raise Refused("checksum")
    return Key(data[:32], *read_words(words))


def read_words(words):
    """Whether the key is revoked, and the second from which on it seals; `None` if that is any."""
    revoked, seals_from = False, None
    for word in words:
        if word == "revoked" and not revoked:
            revoked = True
        elif word.startswith("from=") and seals_from is None:
            seals_from = read_time(word.removeprefix("from="))
        else:
            raise Refused("word")
    return revoked, seals_from


def read_time(text):
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text):
        raise Refused("time")
    try:
        time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise Refused("time") from None
    if time.year < 1970:
        raise Refused("time")
    return (time - datetime(1970, 1, 1)) // timedelta(seconds=1)


def read_key_list(text):
    keys = [read_key(one) for one in text.split(",")]
    if len({key_id(key.root) for key in keys}) < len(keys):
        raise Refused("repeated")
    active = [key for key in keys if not key.revoked]
    sealing = [key.seals_from is None for key in active]
    if True in sealing and False in sealing[sealing.index(True) :]:
        raise Refused("never-seals")
    if True not in sealing:
        raise Refused("nothing-seals")
    return keys


def sealing_key(keys, now):
    return next(key for key in keys if not key.revoked and (key.seals_from or 0) <= now)


def checksum(root):
    return hashlib.sha256(b"session-runtime/v1 key checksum" + root).digest()[:4]


def hkdf_extract(salt, secret):
    return hmac.digest(salt, secret, "sha256")


def hkdf_expand(pseudo_random, info, length):
    output = block = b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudo_random, block + info + bytes([count]), "sha256")
        output += block
    return output[:length]


# The plaintext (section 4) ----------------------------------------------------------------------


SOMEBODY, REMEMBERED, UNTOLD, BACKGROUND = 0x01, 0x02, 0x08, 0x10
KNOWN_FLAGS = SOMEBODY | REMEMBERED | UNTOLD | BACKGROUND


class Reader:
    """Bytes that are taken from the front."""

    def __init__(self, data):
        self.data, self.position = data, 0

    def left(self):
        return len(self.data) - self.position

    def take(self, count):
        if count > self.left():
            raise Refused("malformed")
        self.position += count
        return self.data[self.position - count : self.position]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")


def read_plaintext(plaintext):
    reader = Reader(plaintext)
    session = read_head(reader, KNOWN_FLAGS)
    while reader.left():
        record = read_record(reader)
        if session.records and record.tag <= session.records[-1].tag:
            raise Refused("malformed")
        session.records.append(record)
    return session


def read_head(reader, known):
    """What stands before the records."""
    flags, created_at, renewed_at = reader.number(1), reader.number(5), reader.number(5)
    if flags & ~known:
        raise Refused("malformed")
    login = reader.take(4) if flags & SOMEBODY else None
    written_at = reader.number(5) if flags & BACKGROUND else None
    return Session(flags, created_at, renewed_at, login, written_at, [])


def read_record(reader):
    """The value is taken as it stands: opening does not look into values."""
    tag = reader.take(3)
    length, has_deadline = divmod(read_varint(reader), 2)
    deadline = reader.number(5) if has_deadline else None
    return Record(tag, deadline, reader.take(length))


def read_varint(reader):
    number = 0
    for shift in (0, 7, 14):
        byte = reader.number(1)
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0 and shift > 0:
                raise Refused("malformed")
            return number
    raise Refused("malformed")


def write_plaintext(session):
    times = session.created_at.to_bytes(5, "big") + session.renewed_at.to_bytes(5, "big")
    head = bytes([session.flags]) + times + (session.login or b"")
    if session.written_at is not None:
        head += session.written_at.to_bytes(5, "big")
    return head + b"".join(map(write_record, session.records))


def write_record(record):
    has_deadline = record.deadline is not None
    deadline = record.deadline.to_bytes(5, "big") if has_deadline else b""
    return record.tag + write_varint(2 * len(record.value) + has_deadline) + deadline + record.value


def write_varint(number):
    if number < 0x80:
        return bytes([number])
    return bytes([number & 0x7F | 0x80]) + write_varint(number >> 7)


def field_tag(name):
    h = 0x811C9DC5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 % 2**32
    return ((h >> 24) ^ (h & 0xFFFFFF)).to_bytes(3, "big")


# Times (section 5) ------------------------------------------------------------------------------


DAY = 24 * 60 * 60
LIFETIMES = {"main": None, "browser": 365 * DAY, "flash": 300}


def clocks(part, idle, max_):
    """The `idle` and `max` of a part. Without a `max` it ends by `idle` alone."""
    return (idle, max_) if part == "main" else (400 * DAY, None)


def check_times(session, idle, max_, now):
    """Step 8 of section 2."""
    now = saturating(now)
    if max(session.created_at, session.renewed_at) > saturating(now + 60):
        raise Refused("future")
    if now >= saturating(session.renewed_at + idle):
        raise Refused("expired")
    if max_ is not None and now >= saturating(session.created_at + max_):
        raise Refused("expired")


def what_lasts(session, lifetimes, now):
    """The records that are left at `now`, as they are to be written again."""
    left = []
    written_at = session.renewed_at if session.written_at is None else session.written_at
    for record in session.records:
        deadline = ends_at(record, written_at, lifetimes.get(record.tag))
        if deadline is not None and saturating(now) >= deadline:
            continue
        left.append(record._replace(deadline=deadline))
    return left


def ends_at(record, written_at, lifetime):
    ends = [] if record.deadline is None else [record.deadline]
    if lifetime is not None:
        ends.append(saturating(written_at + lifetime))
    return min(ends, default=None)


def check_identity(session, left, identity, names_user):
    """Step 9 of section 2.1."""
    has_record = any(record.tag == identity for record in session.records)
    says_whose = any(record.tag == identity and names_user(record.value) for record in left)
    if (session.flags & SOMEBODY or has_record) and not says_whose:
        raise Refused("identity")


def is_user(value):
    """Whether a value is a number of 32 bits, as users and the other fields are in section 8's types."""
    number = read_number(value)
    return number is not None and 0 <= number < 2**32


def read_number(value):
    first, rest = value[:1], value[1:]
    sizes = {b"\xcc": 1, b"\xcd": 2, b"\xce": 4, b"\xcf": 8, b"\xd0": 1, b"\xd1": 2, b"\xd2": 4, b"\xd3": 8}
    if len(rest) == sizes.get(first):
        return int.from_bytes(rest, "big", signed=first >= b"\xd0")
    if len(value) == 1 and (value <= b"\x7f" or value >= b"\xe0"):
        return int.from_bytes(value, "big", signed=True)
    return None


def login_of(shop, main):
    """The login that a main part is in, as far as the session type tells."""
    if main is None or main.login:
        return main and main.login
    is_somebodys = shop.identity is None or stored(main, shop.identity) is not None
    return main.created_at.to_bytes(5, "big")[1:] if is_somebodys else None


def saturating(seconds):
    return min(seconds, 2**40 - 1)


# Writing (section 5.1) --------------------------------------------------------------------------


class Draft:
    """A session while a request changes it."""

    def __init__(self, shop, request, now):
        self.shop, self.now = shop, now
        # What goes on of each part: nothing of one that starts over.
        self.goes_on = {part: request[part].session() for part in PARTS}
        self.records = {part: records_of(self.goes_on[part]) for part in PARTS}
        main = self.goes_on["main"]
        self.user = shop.identity and stored(main, shop.identity)
        self.login = login_of(shop, main) if self.user else main and main.login
        self.begins = False
        self.remembered = bool(main and main.flags & REMEMBERED)
        self.said_remember = False
        self.untold = state(request["main"]) == "expired"


def records_of(session):
    return {record.tag: record for record in session.records} if session else {}


def set_field(draft, field, value):
    records = draft.records[field.part]
    before = records_of(draft.goes_on[field.part]).get(field.tag)
    if value == field.default:
        records.pop(field.tag, None)
    elif before and before.value == value:
        records[field.tag] = before
    else:
        records[field.tag] = Record(field.tag, deadline(draft, field), value)


def deadline(draft, field):
    return None if field.lifetime is None else saturating(draft.now + field.lifetime)


def log_in(draft, user, new_login):
    said_remember = draft.said_remember
    if draft.user not in (None, user):
        start_over(draft)
    if draft.user is None:
        draft.login = new_login
        draft.remembered = said_remember
        set_field(draft, draft.shop.identity, user)
    draft.user, draft.begins, draft.untold = user, True, False


def start_over(draft):
    for part in ("main", "flash"):
        draft.goes_on[part], draft.records[part] = None, {}
    draft.user = draft.login = None
    draft.remembered = draft.said_remember = draft.untold = draft.begins = False


def session_to_write(draft, part, why, background):
    """What a part's token is to hold; nothing if no record is left."""
    records = draft.records[part]
    if not records:
        return None
    before = draft.goes_on[part]
    created_at = draft.now if before is None or (part == "main" and draft.begins) else before.created_at
    renewed_at, written_at = draft.now, None
    if why == "new-key":
        renewed_at, written_at = before.renewed_at, before.written_at
    elif background and part == "main" and before and not draft.begins:
        renewed_at, written_at = before.renewed_at, draft.now
    elif part == "browser" and not background:
        records = records | used(draft, records)
    is_somebodys = draft.user if draft.shop.identity else draft.records["main"]
    login = draft.login if part != "browser" and is_somebodys else None
    flags = SOMEBODY * (login is not None) | BACKGROUND * (written_at is not None)
    if part == "main":
        flags |= REMEMBERED * draft.remembered | UNTOLD * draft.untold
    return Session(flags, created_at, renewed_at, login, written_at, [records[tag] for tag in sorted(records)])


def used(draft, records):
    """The fields of the browser part, which last from their last use on."""
    of_part = [field for field in draft.shop.fields.values() if field.part == "browser"]
    fields = [field for field in of_part if field.tag in records]
    return {field.tag: records[field.tag]._replace(deadline=deadline(draft, field)) for field in fields}


# Values (section 6) -----------------------------------------------------------------------------

INTEGERS = {"u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"}


def write_value(value):
    """A value in the notation of section 8."""
    [(kind, inside)] = value.items()
    if kind in INTEGERS:
        return write_integer(int(inside))
    if kind in ("f32", "f64"):
        return {"f32": b"\xca", "f64": b"\xcb"}[kind] + bytes.fromhex(inside)
    if kind in ("char", "string"):
        return write_str(inside)
    if kind == "bytes":
        return write_bin(bytes.fromhex(inside))
    if kind == "bool":
        return b"\xc3" if inside else b"\xc2"
    if kind in ("none", "unit", "unit struct"):
        return b"\xc0"
    if kind in ("some", "newtype struct"):
        return write_value(inside)
    return write_container(kind, inside)


def write_container(kind, inside):
    if kind in ("sequence", "tuple", "tuple struct"):
        return write_size(len(inside), (0x90, 15), (0xDC, 2)) + b"".join(map(write_value, inside))
    if kind == "map":
        return write_map([(write_value(key), item) for key, item in inside])
    if kind == "struct":
        return write_map([(write_str(name), item) for name, item in inside])
    if kind == "deep":
        return write_value({"sequence": [{"deep": inside - 1}] if inside > 1 else []})
    if kind == "unit variant":
        return write_str(inside)
    name, content = inside
    shapes = {"tuple variant": "tuple", "struct variant": "struct"}
    content = content if kind == "newtype variant" else {shapes[kind]: content}
    return write_map([(write_str(name), content)])


def write_map(pairs):
    written = b"".join(key + write_value(item) for key, item in pairs)
    return write_size(len(pairs), (0x80, 15), (0xDE, 2)) + written


def write_str(text):
    data = text.encode()
    return write_size(len(data), (0xA0, 31), (0xD9, 1), (0xDA, 2)) + data


def write_bin(data):
    return write_size(len(data), (0, -1), (0xC4, 1), (0xC5, 2)) + data


def write_size(size, short, *formats):
    """The first byte and the size: `short` has a size of up to so much in the byte, the others in bytes behind."""
    first, most = short
    if size <= most:
        return bytes([first | size])
    first, width = next(format for format in formats if size < 256 ** format[1])
    return bytes([first]) + size.to_bytes(width, "big")


def write_integer(number):
    if -32 <= number < 128:
        return number.to_bytes(1, "big", signed=number < 0)
    if not -(2**63) <= number < 2**64:
        return write_bin(number.to_bytes(16, "big", signed=number < 0))
    for at, width in enumerate((1, 2, 4, 8)):
        if 0 <= number < 256**width:
            return bytes([0xCC + at]) + number.to_bytes(width, "big")
        if -(256**width) // 2 <= number < 0:
            return bytes([0xD0 + at]) + number.to_bytes(width, "big", signed=True)


# What follows the first byte. PLAIN: so many bytes. SIZED: a size in so many bytes, the type of an
# extension in so many, and then that size of bytes. NESTED: a count in so many bytes, and so many
# objects for each.
PLAIN = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8}  # nil, false, true, floats
PLAIN |= {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}  # integers
PLAIN |= {0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}  # extensions of a fixed size
SIZED = {0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0)}  # bin
SIZED |= {0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0)}  # str
SIZED |= {0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)}  # extensions
NESTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}  # arrays, maps


def check_shape(data):
    reader = Reader(data)
    skip_object(reader, depth=0)
    if reader.left():
        raise Refused("malformed")


def is_whole(data):
    try:
        check_shape(data)
    except Refused:
        return False
    return True


def skip_object(reader, depth):
    first = reader.number(1)
    if first <= 0x7F or first >= 0xE0:  # a small integer
        return
    elif first <= 0x8F:
        skip_inside(reader, 2 * (first & 0x0F), depth)
    elif first <= 0x9F:
        skip_inside(reader, first & 0x0F, depth)
    elif first <= 0xBF:  # a short str
        reader.take(first & 0x1F)
    elif first in PLAIN:
        reader.take(PLAIN[first])
    elif first in SIZED:
        size, kind = SIZED[first]
        reader.take(reader.number(size) + kind)
    elif first in NESTED:
        size, objects = NESTED[first]
        skip_inside(reader, reader.number(size) * objects, depth)
    else:
        raise Refused("malformed")


def skip_inside(reader, count, depth):
    if depth == 64 or count > reader.left():
        raise Refused("malformed")
    for _ in range(count):
        skip_object(reader, depth + 1)


# Types (section 6.2) ----------------------------------------------------------------------------


class Object(NamedTuple):
    """A MessagePack object. A map's content is a list of pairs."""

    family: str
    content: object


def read_object(reader):
    """The next object, of bytes whose shape is checked."""
    first = reader.number(1)
    if first <= 0x7F:
        return Object("integer", first)
    elif first <= 0x8F:
        return Object("map", read_pairs(reader, first & 0x0F))
    elif first <= 0x9F:
        return Object("array", read_objects(reader, first & 0x0F))
    elif first <= 0xBF:
        return Object("str", reader.take(first & 0x1F))
    elif first >= 0xE0:
        return Object("integer", first - 0x100)
    elif first in (0xC0, 0xC2, 0xC3):
        return Object("nil", None) if first == 0xC0 else Object("bool", first == 0xC3)
    elif first in (0xCA, 0xCB):
        return Object("float", struct.unpack(">f" if first == 0xCA else ">d", reader.take(PLAIN[first]))[0])
    elif 0xCC <= first <= 0xD3:
        return Object("integer", int.from_bytes(reader.take(PLAIN[first]), "big", signed=first >= 0xD0))
    elif first in NESTED:
        size, objects = NESTED[first]
        read = read_objects if objects == 1 else read_pairs
        return Object("array" if objects == 1 else "map", read(reader, reader.number(size)))
    elif first in SIZED and SIZED[first][1] == 0:
        return Object("bin" if first <= 0xC6 else "str", reader.take(reader.number(SIZED[first][0])))
    return Object("extension", None)


def read_objects(reader, count):
    return [read_object(reader) for _ in range(count)]


def read_pairs(reader, count):
    return [(read_object(reader), read_object(reader)) for _ in range(count)]


def expect_family(found, *families):
    if found.family not in families:
        raise ValueError(found.family)
    return found.content


def read_integer(kind, found):
    """A number, or in 128 bits what 64 do not hold as 16 bytes."""
    bits, signed = int(kind[1:]), kind[0] == "i"
    number = expect_family(found, "integer", "bin") if bits == 128 else expect_family(found, "integer")
    if found.family == "bin":
        if len(number) != 16:
            raise ValueError("not 16 bytes")
        number = int.from_bytes(number, "big", signed=signed)
    least = -(2 ** (bits - 1)) if signed else 0
    if not least <= number < least + 2**bits:
        raise ValueError("out of range")
    return {kind: str(number)}


def read_float(kind, found):
    number = float(expect_family(found, "float", "integer"))
    return {kind: struct.pack({"f32": ">f", "f64": ">d"}[kind], number).hex()}


def read_string(found):
    return {"string": expect_family(found, "str").decode()}


def read_char(found):
    text = read_string(found)["string"]
    if len(text) != 1:
        raise ValueError("not one character")
    return {"char": text}


def read_list(found):
    """A bin is a list of numbers."""
    content = expect_family(found, "array", "bin")
    return [Object("integer", byte) for byte in content] if found.family == "bin" else content


def read_bytes(found):
    if found.family == "str":
        return {"bytes": found.content.hex()}
    numbers = [read_integer("u8", item)["u8"] for item in read_list(found)]
    return {"bytes": bytes(map(int, numbers)).hex()}


def read_option(read, found):
    return {"none": None} if found.family == "nil" else {"some": read(found)}


def read_tuple(readers, found):
    items = read_list(found)
    if len(items) != len(readers):
        raise ValueError("another length")
    return {"tuple": [read(item) for read, item in zip(readers, items)]}


def read_map(found):
    """Of a key that stands there twice the later value counts."""
    pairs = {}
    for key, item in expect_family(found, "map"):
        pairs[read_string(key)["string"]] = read_integer("u8", item)
    return {"map": [[{"string": key}, item] for key, item in sorted(pairs.items())]}


def read_struct(readers, found):
    """From a map, or from an array of the fields in their order."""
    names = list(readers)
    if found.family != "map":
        items = read_list(found)
        if len(items) != len(names):
            raise ValueError("another length")
    else:
        pairs = [(read_string(key)["string"], item) for key, item in found.content]
        known = [name for name, _ in pairs if name in names]
        if len(set(known)) < len(known):
            raise ValueError("a field twice")
        # An option that is not there is none.
        missing = {name: Object("nil", None) for name in names if name in OPTIONS}
        items = [(missing | dict(pairs))[name] for name in names]
    return {"struct": [[name, readers[name](item)] for name, item in zip(names, items)]}


def read_variant(variants, found):
    """A unit variant is its name, or a map from it to nil, as the others are to what they hold."""
    if found.family == "str":
        name, content = found.content.decode(), Object("nil", None)
        if variants[name] is not read_unit:
            raise ValueError("nothing inside")
    else:
        [(key, content)] = expect_family(found, "map")
        name = read_string(key)["string"]
    [(kind, inside)] = variants[name](content).items()
    if kind == "unit":
        return {"unit variant": name}
    if kind in ("tuple", "struct"):
        return {f"{kind} variant": [name, inside]}
    return {"newtype variant": [name, {kind: inside}]}


def read_unit(found):
    return {"unit": expect_family(found, "nil")}


def read_bool(found):
    return {"bool": expect_family(found, "bool")}


def read_sequence(found):
    return {"sequence": [read_u8(item) for item in read_list(found)]}


read_u8, read_u32 = partial(read_integer, "u8"), partial(read_integer, "u32")
OPTIONS = {"note"}
LINE = {"sku": read_u32, "note": partial(read_option, read_string)}
KIND = {
    "Red": read_unit,
    "Gray": read_u8,
    "Maybe": partial(read_option, read_u8),
    "Pair": partial(read_tuple, [read_u8, read_u8]),
    "Mixed": partial(read_struct, {"red": read_u8}),
}
READERS = {kind: partial(read_integer, kind) for kind in INTEGERS} | {
    "bool": read_bool,
    "f32": partial(read_float, "f32"),
    "f64": partial(read_float, "f64"),
    "char": read_char,
    "string": read_string,
    "bytes": read_bytes,
    "unit": read_unit,
    "option of u8": partial(read_option, read_u8),
    "sequence of u8": read_sequence,
    "tuple of u8 and bool": partial(read_tuple, [read_u8, read_bool]),
    "map from string to u8": read_map,
    "Line": partial(read_struct, LINE),
    "Kind": partial(read_variant, KIND),
}


# Stored sessions (section 9) --------------------------------------------------------------------

TICKET = 0x04
HAS_DEADLINE, HAS_HISTORY = 0x01, 0x02


class Row(NamedTuple):
    mark: bytes
    expires: int
    entries: list  # of triples: a field tag, a role, and an entry as it is sealed
    copy: Optional["Copy"]


class Replaced(NamedTuple):
    """A row that has ended, because another session has taken its place."""

    late_until: int


class Copy(NamedTuple):
    """A row as it was before its last login."""

    mark: bytes
    until: int
    entries: list


def open_ticket(token, keys, cookie_name):
    """Steps 1 to 7 of section 2.1 for a ticket."""
    return read_ticket(unseal(token, keys, cookie_name, "main"))


def read_ticket(plaintext):
    reader = Reader(plaintext)
    session = read_head(reader, KNOWN_FLAGS | TICKET)
    if not session.flags & TICKET:
        raise Refused("malformed")
    ticket = Ticket(session, id=reader.take(16), mark=reader.take(8))
    if reader.left():
        raise Refused("malformed")
    return ticket


def write_ticket(ticket):
    return write_plaintext(ticket.session) + ticket.id + ticket.mark


ID_TAG = b"\0id"


def carried_id(session, token, identity):
    """The id that the cookies of a session carry along (section 9.7)."""
    for record in session.records if identity else []:
        if record.tag == ID_TAG and len(record.value) == 16:
            return record.value
    return hashlib.sha256(prefixed("session-runtime/v1/cookie") + prefixed(token)).digest()[:16]


def id_in_login(carried, session, identity):
    users = [record.value for record in session.records if record.tag == identity]
    login = session.login
    if login is None and users:
        login = struct.pack(">Q", session.created_at)[-4:]
    if login is None:
        return carried
    named = [b"session-runtime/v1/login", carried, login, users[0] if users else b""]
    return hashlib.sha256(b"".join(map(prefixed_bytes, named))).digest()[:16]


def first_mark(id_):
    named = prefixed("session-runtime/v1/first-mark") + prefixed_bytes(id_)
    mark = bytearray(hashlib.sha256(named).digest()[:8])
    mark[0] &= 0xFC
    return bytes(mark)


def row_hash(cookie_name, id_):
    named = prefixed("session-runtime/v1/row") + prefixed(cookie_name) + prefixed_bytes(id_)
    return hashlib.sha256(named).digest()


def row_key(cookie_name, id_):
    return row_hash(cookie_name, id_)[:16]


def row_secret(cookie_name, id_):
    return row_hash(cookie_name, id_)[16:]


def owner_of(root, cookie_name, user):
    return hkdf_expand(part_key(root, cookie_name, "owner"), user, 16)


def owners_of(keys, cookie_name, user):
    return [owner_of(key.root, cookie_name, user) for key in keys]


def entry_key(root, cookie_name, id_):
    return hkdf_expand(part_key(root, cookie_name, "row"), row_secret(cookie_name, id_), 32)


def entry_place(head, cookie_name, id_, tag, role):
    """The associated data of an entry."""
    return head + row_key(cookie_name, id_) + tag + bytes([role])


def open_entry(sealed, keys, cookie_name, id_, tag, role):
    if len(sealed) < 45:
        raise Refused("length")
    head, nonce, ciphertext, seal_ = sealed[:5], sealed[5:29], sealed[29:-16], sealed[-16:]
    if not head.startswith(VERSION):
        raise Refused("version")
    named = [key for key in keys if head.endswith(key_id(key.root))]
    if not named:
        raise Refused("unknown-key")
    [key] = named
    if key.revoked:
        raise Refused("revoked-key")
    place = entry_place(head, cookie_name, id_, tag, role)
    return read_entry(decrypt(entry_key(key.root, cookie_name, id_), nonce, ciphertext, seal_, place))


def open_bound(sealed, keys, cookie_name, part, bound_to):
    """A label or a handle (section 9.6)."""
    if len(sealed) < 45:
        raise Refused("length")
    head, nonce, ciphertext, seal_ = sealed[:5], sealed[5:29], sealed[29:-16], sealed[-16:]
    if not head.startswith(VERSION):
        raise Refused("version")
    named = [key for key in keys if head.endswith(key_id(key.root))]
    if not named:
        raise Refused("unknown-key")
    if named[0].revoked:
        raise Refused("revoked-key")
    secret = part_key(named[0].root, cookie_name, part)
    return decrypt(secret, nonce, ciphertext, seal_, head + bound_to)


def read_entry(plaintext):
    reader = Reader(plaintext)
    flags, written_at = reader.number(1), reader.number(5)
    if flags & ~(HAS_DEADLINE | HAS_HISTORY):
        raise Refused("malformed")
    deadline_ = reader.number(5) if flags & HAS_DEADLINE else None
    history = read_history(reader) if flags & HAS_HISTORY else None
    return Entry(written_at, deadline_, history, reader.take(reader.left()))


def read_history(reader):
    highest, count = reader.number(4), reader.number(2)
    history = History(highest, [(reader.take(8), reader.number(5)) for _ in range(count)])
    if history == History(0, []):
        raise Refused("malformed")
    return history


def write_entry(entry):
    flags = HAS_DEADLINE * (entry.deadline is not None) | HAS_HISTORY * (entry.history is not None)
    written = bytes([flags]) + entry.written_at.to_bytes(5, "big")
    if entry.deadline is not None:
        written += entry.deadline.to_bytes(5, "big")
    if entry.history is not None:
        written += struct.pack(">IH", entry.history.highest, len(entry.history.taken))
        written += b"".join(name + at.to_bytes(5, "big") for name, at in entry.history.taken)
    return written + entry.value


def seal_entry(entry, root, cookie_name, id_, tag, role, nonce):
    head = VERSION + key_id(root)
    place = entry_place(head, cookie_name, id_, tag, role)
    ciphertext, seal_ = encrypt(entry_key(root, cookie_name, id_), nonce, write_entry(entry), place)
    return head + nonce + ciphertext + seal_


def read_stored_request(shop, keys, cookies, load, unopened, now):
    """The parts of a request, whose main part is in the row that `load` finds."""
    main = read_stored_main(shop, keys, cookies["main"], load, unopened, now)
    login = login_of(shop, main.session())
    others = {part: read_part(shop, keys, part, cookies[part], now, login) for part in PARTS[1:]}
    return {"main": main} | others


def read_stored_main(shop, keys, tokens, load, unopened, now):
    read = []
    for token in tokens[:MAX_COOKIES]:
        try:
            ticket = open_ticket(token.decode("latin-1"), keys, shop.cookie_name)
            check_times(ticket.session, shop.idle, shop.max, now)
            read.append((ticket, None))
        except Refused as refused:
            read.append((None, refused))
    opened = [at for at, (ticket, _) in enumerate(read) if ticket]
    chosen = max(opened, key=lambda at: read[at][0].session.renewed_at, default=None)
    if chosen is None:
        return Carried(read, None)
    ticket = read[chosen][0]
    try:
        row = load(row_key(shop.cookie_name, ticket.id))
        session = fill(shop, keys, ticket, standing(row, ticket, now), unopened, now)
        return Carried([(session, None)], 0)
    except Refused as refused:
        return Carried([(None, refused)], None)


def standing(row, ticket, now):
    """The entries that count for a ticket, and whether it is late (section 9.4)."""
    if isinstance(row, Replaced) and now < row.late_until:
        return [], True
    if row is None or isinstance(row, Replaced) or now >= row.expires:
        raise Refused("ended")
    if row.mark == ticket.mark:
        return row.entries, False
    if row.copy is None or now >= row.copy.until:
        raise Refused("ended")
    if row.mark[0] & 1:
        return [], True
    return row.copy.entries if row.copy.mark == ticket.mark else [], True


def fill(shop, keys, ticket, found, unopened, now):
    """The main part of a session, from its ticket and its row."""
    entries, is_late = found
    bases, added = {}, {}
    for tag, role, sealed in entries:
        try:
            entry = open_entry(sealed, keys, shop.cookie_name, ticket.id, tag, role)
            if role == 1:
                added.setdefault(tag, []).append(read_difference(entry, sealed))
            else:
                bases[tag] = entry
        except Refused as refused:
            unopened.append(str(refused))
    session = ticket.session
    if is_late and not (bases or added):
        session = session._replace(flags=session.flags & ~SOMEBODY, login=None)
    known = {field.tag: field for field in shop.fields.values() if field.part == "main"}
    records, left = [], []
    for tag in sorted(bases.keys() | added.keys()):
        entry = put_together(known.get(tag), bases.get(tag), added.get(tag, []))
        if entry is None:
            continue
        record = Record(tag, entry.deadline, entry.value)
        records.append(record)
        ends = ends_at(record, entry.written_at, known[tag].lifetime if tag in known else None)
        if ends is None or saturating(now) < ends:
            left.append(record._replace(deadline=ends))
    if shop.identity:
        check_identity(session._replace(records=records), left, shop.identity.tag, is_user)
    return session._replace(records=left)


# Differences (section 9.5) ----------------------------------------------------------------------


class Difference(NamedTuple):
    number: int
    written_at: int
    name: bytes
    deadline: Optional[int]
    parts: list


TAKE, BRING = 0, 1


def read_difference(entry, sealed):
    """A difference, from an entry that opened."""
    reader = Reader(entry.value)
    number = reader.number(4)
    parts = read_parts(read_items(reader.take(reader.left())))
    return Difference(number, entry.written_at, sealed[5:13], entry.deadline, parts)


def read_parts(items):
    shapes = {1: [read_number] * 3, 2: [read_items] * 2, 3: [read_number, read_items]}
    shapes |= {4: [read_number], 5: [read_number]}
    kind = read_number(items[0]) if items else None
    if len(items or []) != 1 + len(shapes.get(kind, [])) or kind not in shapes:
        raise Refused("malformed")
    parts = [read(item) for read, item in zip(shapes[kind], items[1:])]
    if None in parts or (kind == 3 and not 0 <= parts[0] < 2**32):
        raise Refused("malformed")
    return [kind] + parts


def put_together(field, base, added):
    """What a field is in the end; nothing if it counts as missing."""
    if field is None:
        return base
    is_merged = bool(added) or (base is not None and base.history is not None)
    if added:
        base = apply_all(field, base, added)
    return None if is_merged and base.value == field.default else base


def apply_all(field, base, added):
    value, written_at, ends, names = field.default, 0, None, set()
    if base is not None:
        value, written_at = base.value, base.written_at
        ends = ends_at(base, written_at, field.lifetime)
        names = {name for name, _ in base.history.taken} if base.history else set()
    once = {}
    for difference in added:
        if difference.name not in names:
            once.setdefault(difference.name, difference)
    steps = [(difference, phase) for difference in once.values() for phase in (TAKE, BRING)]
    steps.sort(key=lambda step: (step[0].number, step[1], step[0].written_at, step[0].name))
    for difference, phase in steps:
        is_over = ends is not None and ends <= difference.written_at
        after = apply_one(difference.parts, phase, field.default if is_over else value)
        if after is None:
            continue
        value = after
        if difference.written_at >= written_at:
            written_at = difference.written_at
            ends = ends_at(difference, written_at, field.lifetime)
    return Entry(written_at, ends, None, value)


def apply_one(parts, phase, value):
    """The value after a difference has taken or brought; nothing if it is no change of such a value."""
    kind, *parts = parts
    items, number = read_items(value), read_number(value)
    if phase == TAKE:
        if kind != 2:
            return value
        return None if items is None else write_items([item for item in items if item not in parts[0]])
    if (items if kind in (2, 3) else number) is None:
        return None
    if kind == 1:
        least, greatest, by = parts
        return write_integer(min(max(number + by, least), greatest))
    if kind == 2:
        return write_items(items + [item for item in parts[1] if item not in items])
    if kind == 3:
        cap, new = parts
        items = items + new
        return write_items(items[max(len(items) - cap, 0) :])
    return write_integer((max if kind == 4 else min)(number, parts[0]))


def read_items(value):
    """The bytes of each item of a list; nothing if the value is no list."""
    if not is_whole(value) or not (0x90 <= value[0] <= 0x9F or value[0] in (0xDC, 0xDD)):
        return None
    reader = Reader(value)
    first = reader.number(1)
    count = first & 0x0F if first <= 0x9F else reader.number(NESTED[first][0])
    items = []
    for _ in range(count):
        start = reader.position
        skip_object(reader, depth=1)
        items.append(value[start : reader.position])
    return items


def write_items(items):
    items = list(items)
    return write_size(len(items), (0x90, 15), (0xDC, 2)) + b"".join(items)


def stored_state(main):
    """The state of a stored session (sections 1.2 and 9.4)."""
    reasons = {str(refused) for _, refused in main.read}
    return "ended" if reasons == {"ended"} else state(main)


# XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, RFC 8439) ---------------------------------------


def encrypt(key, nonce, plaintext, associated):
    return aead_encrypt(*subkey_and_nonce(key, nonce), plaintext, associated)


def decrypt(key, nonce, ciphertext, tag, associated):
    key, nonce = subkey_and_nonce(key, nonce)
    if not hmac.compare_digest(tag, aead_tag(key, nonce, ciphertext, associated)):
        raise Refused("forged")
    return chacha20(key, nonce, ciphertext)


def subkey_and_nonce(key, nonce):
    return hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]


def aead_encrypt(key, nonce, plaintext, associated):
    ciphertext = chacha20(key, nonce, plaintext)
    return ciphertext, aead_tag(key, nonce, ciphertext, associated)


def aead_tag(key, nonce, ciphertext, associated):
    lengths = struct.pack("<QQ", len(associated), len(ciphertext))
    one_time_key = chacha20_block(key, 0, nonce)[:32]
    return poly1305(one_time_key, padded(associated) + padded(ciphertext) + lengths)


def padded(data):
    return data + bytes(-len(data) % 16)


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(key[16:], "little")
    sum_ = 0
    for start in range(0, len(message), 16):
        block = message[start : start + 16] + b"\x01"
        sum_ = (sum_ + int.from_bytes(block, "little")) * r % (2**130 - 5)
    return ((sum_ + s) % 2**128).to_bytes(16, "little")


def chacha20(key, nonce, data):
    output = b""
    for counter, start in enumerate(range(0, len(data), 64), 1):
        block = chacha20_block(key, counter, nonce)
        output += bytes(a ^ b for a, b in zip(data[start : start + 64], block))
    return output


def chacha20_block(key, counter, nonce):
    state = chacha_state(key, struct.pack("<I", counter) + nonce)
    return struct.pack("<16I", *((a + b) % 2**32 for a, b in zip(state, twenty_rounds(state))))


def hchacha20(key, nonce):
    words = twenty_rounds(chacha_state(key, nonce))
    return struct.pack("<8I", *words[:4], *words[12:])


def chacha_state(key, counter_and_nonce):
    return struct.unpack("<16I", b"expand 32-byte k" + key + counter_and_nonce)


COLUMNS = (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)
DIAGONALS = (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)


def twenty_rounds(state):
    words = list(state)
    for _ in range(10):
        for places in COLUMNS + DIAGONALS:
            quarter_round(words, *places)
    return words


def quarter_round(words, a, b, c, d):
    for x, y, z, distance in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        words[x] = (words[x] + words[y]) & 0xFFFFFFFF
        mixed = words[z] ^ words[x]
        words[z] = (mixed << distance | mixed >> 32 - distance) & 0xFFFFFFFF


# Known answers, of the documents that define the algorithms -------------------------------------

SUNSCREEN = (
    b"Ladies and Gentlemen of the class of '99: "
    b"If I could offer you only one tip for the future, sunscreen would be it."
)
RFC_8439_2_8_2 = """
    d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b
    1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
    3ff4def08e4b7a9de576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691"""
XCHACHA_2_2_1 = "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"
XCHACHA_A_3_1 = """
    bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
    ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
    21f9664c97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49"""
RFC_5869_A_1 = (
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
)


def check_known_answers():
    key, associated = bytes(range(0x80, 0xA0)), bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    nonce = bytes.fromhex("070000004041424344454647")
    expect("RFC 8439, 2.8.2", RFC_8439_2_8_2, *aead_encrypt(key, nonce, SUNSCREEN, associated))
    nonce = bytes.fromhex("000000090000004a0000000031415927")
    expect("XChaCha, 2.2.1", XCHACHA_2_2_1, hchacha20(bytes(range(32)), nonce))
    nonce = bytes(range(0x40, 0x58))
    expect("XChaCha, A.3.1", XCHACHA_A_3_1, *encrypt(key, nonce, SUNSCREEN, associated))
    pseudo_random = hkdf_extract(bytes(range(13)), b"\x0b" * 22)
    expect("RFC 5869, A.1", RFC_5869_A_1, hkdf_expand(pseudo_random, bytes(range(0xF0, 0xFA)), 42))
    expect("FORMAT.md, visits", "d3122f", field_tag("visits"))


def expect(name, known, *found):
    if bytes.fromhex(known) != b"".join(found):
        sys.exit(f"the reference is wrong: {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
