"""Readers that are wrong in one place each, and the vectors that catch them.

    python3 vectors/wrong_readers.py vectors/*.json

plants one mistake after the other in `reference.py`. It exits with 1 if the vectors let one pass: then an
entry is missing.
"""

import contextlib
import io
import sys
from pathlib import Path

# What it gets wrong, the words of `reference.py`, and what stands in their place.
MISTAKES = [
    ("takes a longer token", "> 4096", "> 4097"),
    ("takes no token of 4096 characters", "> 4096", "> 4095"),
    ("takes a shorter token", "if len(sealed) < 45", "if len(sealed) < 44"),
    ("decodes generously", "if to_base64url(data) != text", "if False"),
    ("takes every version", "if head[:1] != VERSION:", "if False:"),
    ("does not check the order of tags", "record.tag <= session.records[-1].tag", "False"),
    ("takes a tag twice", "record.tag <= session.records[-1].tag", "record.tag < session.records[-1].tag"),
    (
        "orders tags by their last byte",
        "record.tag <= session.records[-1].tag",
        "record.tag[2:] <= session.records[-1].tag[2:]",
    ),
    ("takes a varint with a zero at its end", "if byte == 0 and shift > 0:", "if False:"),
    ("takes unknown flags", "if flags & ~KNOWN_FLAGS:", "if False:"),
    ("hashes names in lower case", "for byte in name.encode()", "for byte in name.lower().encode()"),
    ("folds a hash otherwise", "(h >> 24) ^ (h & 0xFFFFFF)", "(h >> 8)"),
    ("lets clocks be ahead a second longer", "now + 60)", "now + 61)"),
    ("lets clocks be ahead a second less", "now + 60)", "now + 59)"),
    ("ends a second late by idle", "if now >= saturating(session.renewed_at", "if now > saturating(session.renewed_at"),
    ("has no max", "if max_ is not None and now >=", "if False and now >="),
    ("ends a second late by max", "if max_ is not None and now >=", "if max_ is not None and now >"),
    ("drops a record a second late", "saturating(now) >= deadline", "saturating(now) > deadline"),
    ("takes the later of two deadlines", "return min(ends, default=None)", "return max(ends, default=None)"),
    ("does not saturate", "return min(seconds, 2**40 - 1)", "return seconds"),
    ("takes nobody for a user", 'is_whole(value) and value != b"\\xc0"', "is_whole(value)"),
    ("takes what is not whole for a user", 'is_whole(value) and value != b"\\xc0"', 'value != b"\\xc0"'),
    ("asks the flag alone for a user", "(session.flags & SOMEBODY or has_record)", "(session.flags & SOMEBODY)"),
    ("asks the record alone for a user", "(session.flags & SOMEBODY or has_record)", "has_record"),
    ("nests 63 deep", "if depth == 64", "if depth == 63"),
    ("nests 65 deep", "if depth == 64", "if depth == 65"),
    ("forgets the type of an extension", "reader.take(reader.number(size) + kind)", "reader.take(reader.number(size))"),
    ("takes 0xc1", '    else:\n        raise Refused("malformed")', "    else:\n        return"),
    ("takes a word twice", 'if word == "revoked" and not revoked', 'if word == "revoked"'),
    ("takes two times", "and seals_from is None", ""),
    ("takes other spellings of a time", 'if not re.fullmatch("[0-9]{4}-', 'if False and not re.fullmatch("[0-9]{4}-'),
    ("takes times before 1970", "if time.year < 1970", "if False"),
    ("does not check a checksum", "if data[32:] != checksum(data[:32])", "if False"),
    (
        "takes every white space of Unicode",
        're.split("[ \\t\\r\\n]+", text.strip(" \\t\\r\\n"))',
        're.split(r"\\s+", text.strip())',
    ),
]


def main(paths):
    source = Path(__file__).with_name("reference.py").read_text(encoding="utf-8")
    if not accepts(source, paths):
        print("the reference itself does not agree with the vectors")
        return 1
    missed = [mistake for mistake, words, others in MISTAKES if accepts(planted(source, words, others), paths)]
    for mistake in missed:
        print(f"PASSES: a reader that {mistake}")
    print(f"{len(MISTAKES) - len(missed)} of {len(MISTAKES)} wrong readers are caught")
    return 1 if missed else 0


def planted(source, words, others):
    if source.count(words) < 1:
        raise SystemExit(f"`reference.py` no longer says {words!r}")
    return source.replace(words, others, 1)


def accepts(source, paths):
    reader = {"__name__": "reader"}
    try:
        exec(compile(source, "reader", "exec"), reader)
        with contextlib.redirect_stdout(io.StringIO()):
            return reader["main"](paths) == 0
    except (Exception, SystemExit):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
