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
    ("takes unknown flags", "if flags & ~known:", "if False:"),
    ("hashes names in lower case", "for byte in name.encode()", "for byte in name.lower().encode()"),
    ("folds a hash otherwise", "(h >> 24) ^ (h & 0xFFFFFF)", "(h >> 8)"),
    ("lets clocks be ahead a second longer", "now + 60)", "now + 61)"),
    ("lets clocks be ahead a second less", "now + 60)", "now + 59)"),
    (
        "ends a second late by idle",
        "if now >= saturating(session.renewed_at",
        "if now > saturating(session.renewed_at",
    ),
    ("has no max", "if max_ is not None and now >=", "if False and now >="),
    ("ends a second late by max", "if max_ is not None and now >=", "if max_ is not None and now >"),
    ("drops a record a second late", "saturating(now) >= deadline", "saturating(now) > deadline"),
    ("takes the later of two deadlines", "return min(ends, default=None)", "return max(ends, default=None)"),
    ("does not saturate", "return min(seconds, 2**40 - 1)", "return seconds"),
    ("takes nobody for a user", 'is_whole(value) and value != b"\\xc0"', "is_whole(value)"),
    ("takes what is not whole for a user", 'is_whole(value) and value != b"\\xc0"', 'value != b"\\xc0"'),
    (
        "asks the flag alone for a user",
        "(session.flags & SOMEBODY or has_record)",
        "(session.flags & SOMEBODY)",
    ),
    ("asks the record alone for a user", "(session.flags & SOMEBODY or has_record)", "has_record"),
    ("nests 63 deep", "if depth == 64", "if depth == 63"),
    ("nests 65 deep", "if depth == 64", "if depth == 65"),
    (
        "forgets the type of an extension",
        "reader.take(reader.number(size) + kind)",
        "reader.take(reader.number(size))",
    ),
    ("takes 0xc1", '    else:\n        raise Refused("malformed")', "    else:\n        return"),
    ("takes a word twice", 'if word == "revoked" and not revoked', 'if word == "revoked"'),
    ("takes two times", "and seals_from is None", ""),
    (
        "takes other spellings of a time",
        'if not re.fullmatch("[0-9]{4}-',
        'if False and not re.fullmatch("[0-9]{4}-',
    ),
    ("takes times before 1970", "if time.year < 1970", "if False"),
    ("does not check a checksum", "if data[32:] != checksum(data[:32])", "if False"),
    (
        "takes every white space of Unicode",
        're.split("[ \\t\\r\\n]+", text.strip(" \\t\\r\\n"))',
        're.split(r"\\s+", text.strip())',
    ),
    # A list of keys.
    ("takes a key twice", "if len({key_id(key.root) for key in keys}) < len(keys)", "if False"),
    ("takes a key that never seals", "if True in sealing and False in", "if False and False in"),
    ("takes a list in which nothing seals", "if True not in sealing:", "if not keys:"),
    (
        "takes revoked keys for keys that seal",
        "active = [key for key in keys if not key.revoked]",
        "active = keys",
    ),
    ("seals under a revoked key", "if not key.revoked and (key.seals_from or 0)", "if (key.seals_from or 0)"),
    ("seals a second late under a new key", "(key.seals_from or 0) <= now", "(key.seals_from or 0) < now"),
    (
        "seals under the last key",
        "return next(key for key in keys if not",
        "return next(key for key in keys[::-1] if not",
    ),
    ("takes semicolons for commas", 'text.split(",")', 'text.replace(";", ",").split(",")'),
    ("lets empty entries stand", 'for one in text.split(",")', 'for one in text.split(",") if one.strip()'),
    # A request.
    ("opens with a revoked key", "if named[0].revoked:", "if False:"),
    ("takes the cookie that was used first", "at: read[at][0].renewed_at", "at: -read[at][0].renewed_at"),
    ("takes the cookie that began last", "at: read[at][0].renewed_at", "at: read[at][0].created_at"),
    (
        "takes the cookie that was written last",
        "at: read[at][0].renewed_at",
        "at: read[at][0].written_at or read[at][0].renewed_at",
    ),
    ("takes the last of two cookies", "at: read[at][0].renewed_at", "at: (read[at][0].renewed_at, at)"),
    ("takes the first cookie that opens", "at: read[at][0].renewed_at", "at: -at"),
    ("looks at the first cookie alone", "MAX_COOKIES = 4", "MAX_COOKIES = 1"),
    ("looks at five cookies", "MAX_COOKIES = 4", "MAX_COOKIES = 5"),
    ("looks at the first header alone", "for line in lines for piece", "for line in lines[:1] for piece"),
    ("splits at commas too", 'line.split(b";")', 're.split(b"[;,]", line)'),
    ("takes only a space behind a semicolon", 'piece.strip(b" \\t") for', 'piece.removeprefix(b" ") for'),
    ("ignores no tabs", 'piece.strip(b" \\t") for', 'piece.strip(b" ") for'),
    ("ignores a no-break space", 'piece.strip(b" \\t") for', 'piece.strip(b" \\t\\xa0") for'),
    (
        "ignores a space before the =",
        "if piece.startswith(start)",
        'if piece.replace(b" =", b"=").startswith(start)',
    ),
    (
        "compares names without case",
        "if piece.startswith(start)",
        "if piece.lower().startswith(start.lower())",
    ),
    ("takes a name that ends as it should", "if piece.startswith(start)", "if start in piece"),
    (
        "strips quotes",
        "found[part].append(piece.removeprefix(start))",
        'found[part].append(piece.removeprefix(start).strip(b\'"\'))',
    ),
    (
        "cuts a token at a second =",
        "found[part].append(piece.removeprefix(start))",
        'found[part].append(piece.split(b"=")[1])',
    ),
    (
        "shows a notice of another login",
        'if part == "flash" and session.login not in (None, login)',
        "if False",
    ),
    ("hides a notice of nobody", "session.login not in (None, login)", "session.login != login"),
    (
        "gives nobody the login that is not written",
        "shop.identity is None or stored(main, shop.identity) is not None",
        "True",
    ),
    (
        "knows no login that is not written",
        'to_bytes(5, "big")[1:] if is_somebodys',
        'to_bytes(5, "big")[1:] if False',
    ),
    (
        "knows no login that is not written without an identity",
        "shop.identity is None or stored(main, shop.identity)",
        "shop.identity is not None and stored(main, shop.identity)",
    ),
    ("says active of what was not said", '"expired" if main.session().flags & UNTOLD', '"expired" if False'),
    ("forgets that a session is over", 'if "expired" in reasons:', "if False:"),
    ("takes a revoked key for junk", '{"unknown-key", "revoked-key"}', '{"unknown-key"}'),
    ("takes an unknown key for junk", '{"unknown-key", "revoked-key"}', '{"revoked-key"}'),
    (
        "asks the first reason alone",
        "str(refused) for _, refused in main.read}",
        "str(refused) for _, refused in main.read[:1]}",
    ),
    ("reads a field from every part", "if field.part == part}\n    left", "}\n    left"),
    (
        "finds a field in every part",
        "stored(request[field.part].session(), field)",
        "next(filter(None, (stored(request[part].session(), field) for part in PARTS)), None)",
    ),
    ("takes any number", "0 <= number < 2**32", "True"),
    (
        "takes no number that is longer than it needs",
        "return number is not None and",
        "return len(value) < 3 and number is not None and",
    ),
    # What is written.
    (
        "keeps renewed-at",
        "renewed_at, written_at = draft.now, None",
        "renewed_at, written_at = before.renewed_at if before else draft.now, None",
    ),
    ("notes a use with a new key", 'if why == "new-key":', "if False:"),
    (
        "notes a use in the background",
        'elif background and part == "main" and before',
        "elif False and before",
    ),
    ("does not begin with a login", '(part == "main" and draft.begins)', "False"),
    ("begins the flash part with a login", '(part == "main" and draft.begins)', "draft.begins"),
    ("begins with every change", 'before is None or (part == "main" and draft.begins)', "True"),
    (
        "drops fields that it does not know",
        "records[tag] for tag in sorted(records)]",
        "records[tag] for tag in sorted(records) if any(f.tag == tag for f in draft.shop.fields.values())]",
    ),
    ("gives fields of other parts more time", 'if field.part == "browser"]', "]"),
    (
        "gives fields that it does not know more time",
        "fields = [field for field in of_part if field.tag in records]",
        'fields = [Field("browser", tag, 365 * DAY, b"") for tag in records]',
    ),
    ("gives the browser's fields no more time", "records = records | used(draft, records)", "pass"),
    (
        "gives the browser's fields more time in the background",
        'elif part == "browser" and not background:',
        'elif part == "browser":',
    ),
    ("starts a lifetime again when nothing changed", "elif before and before.value == value:", "elif False:"),
    (
        "writes no lifetime",
        "return None if field.lifetime is None else saturating(draft.now + field.lifetime)",
        "return None",
    ),
    (
        "counts a lifetime from the beginning",
        "saturating(draft.now + field.lifetime)",
        'saturating(getattr(draft.goes_on[field.part], "created_at", draft.now) + field.lifetime)',
    ),
    ("stores a default", "if value == field.default:", "if False:"),
    ("writes a part without records", "if not records:", "if False:"),
    ("draws no number for a login", "draft.login = new_login", "pass"),
    (
        "draws a number when the same user logs in",
        "draft.user, draft.begins, draft.untold = user, True, False",
        "draft.login = new_login or bytes(4)\n    draft.user, draft.begins, draft.untold = user, True, False",
    ),
    ("keeps the session of another user", "if draft.user not in (None, user):", "if False:"),
    ("keeps a notice after a logout", 'for part in ("main", "flash"):', 'for part in ("main",):'),
    ("ends the browser part with a logout", 'for part in ("main", "flash"):', "for part in PARTS:"),
    ("writes the login in the browser part", 'if part != "browser" and is_somebodys', "if is_somebodys"),
    (
        "writes no login in the flash part",
        'if part != "browser" and is_somebodys',
        'if part == "main" and is_somebodys',
    ),
    (
        "forgets a login that it cannot tell",
        'is_somebodys = draft.user if draft.shop.identity else draft.records["main"]',
        "is_somebodys = draft.user",
    ),
    ("remembers a login as the session before", "draft.remembered = said_remember", "pass"),
    ("remembers the other user too", "draft.remembered = draft.said_remember = draft.untold", "draft.untold"),
    ("forgets that it is remembered", "bool(main and main.flags & REMEMBERED)", "False"),
    (
        "remembers the flash part",
        'if part == "main":\n        flags |=',
        'if part != "browser":\n        flags |=',
    ),
    (
        "does not say that a session was over",
        'self.untold = state(request["main"]) == "expired"',
        "self.untold = False",
    ),
    ("says it for ever", "draft.untold = False\n    else", "pass\n    else"),
    (
        "says it after a login",
        "draft.user, draft.begins, draft.untold = user, True, False",
        "draft.user, draft.begins = user, True",
    ),
    ("seals with another nonce", 'bytes.fromhex(entry["nonce"]),', "bytes(24),"),
    # Values.
    ("writes integers in 64 bits", "for at, width in enumerate((1, 2, 4, 8)):", "for at, width in [(3, 8)]:"),
    (
        "writes integers above zero in signed formats",
        "bytes([0xCC + at]) + number",
        "bytes([0xD0 + at]) + number",
    ),
    (
        "writes integers of 128 bits always in bytes",
        "return write_integer(int(inside))",
        'return write_bin(int(inside).to_bytes(16, "big")) if kind == "u128" else write_integer(int(inside))',
    ),
    (
        "writes integers of 128 bits from the other end",
        'return write_bin(number.to_bytes(16, "big", signed',
        'return write_bin(number.to_bytes(16, "little", signed',
    ),
    ("takes -33 for a small integer", "if -32 <= number < 128:", "if -33 <= number < 128:"),
    (
        "writes bytes as a list",
        "return write_bin(bytes.fromhex(inside))",
        'return write_container("sequence", [{"u8": b} for b in bytes.fromhex(inside)])',
    ),
    (
        "counts characters",
        "return write_size(len(data), (0xA0, 31)",
        "return write_size(len(text), (0xA0, 31)",
    ),
    ("has no str 8", "(0xA0, 31), (0xD9, 1), (0xDA, 2)", "(0xA0, 31), (0xDA, 2)"),
    ("has short strs of 30", "(0xA0, 31)", "(0xA0, 30)"),
    ("has short arrays of 14", "(0x90, 15)", "(0x90, 14)"),
    ("has short maps of 14", "(0x80, 15)", "(0x80, 14)"),
    (
        "writes a unit struct as an empty array",
        'if kind in ("none", "unit", "unit struct"):',
        'if kind == "unit struct":\n        return b"\\x90"\n    if kind in ("none", "unit"):',
    ),
    (
        "writes a newtype struct as an array",
        'if kind in ("some", "newtype struct"):',
        'if kind == "newtype struct":\n        return b"\\x91" + write_value(inside)\n    if kind == "some":',
    ),
    (
        "keeps an inner none",
        'if kind in ("some", "newtype struct"):',
        'if inside == {"none": None}:\n        return b"\\x91\\xc0"\n    if kind in ("some", "newtype struct"):',
    ),
    (
        "writes a struct as an array",
        "return write_map([(write_str(name), item) for name, item in inside])",
        'return write_container("sequence", [item for _, item in inside])',
    ),
    (
        "writes a unit variant as a map",
        "return write_str(inside)\n    name",
        'return write_map([(write_str(inside), {"unit": None})])\n    name',
    ),
    (
        "writes a tuple variant as an array of its name and what is inside",
        "    name, content = inside\n",
        '    if kind == "tuple variant":\n        return write_value({"tuple": [{"string": inside[0]}, *inside[1]]})\n'
        "    name, content = inside\n",
    ),
    (
        "writes f32 as f64",
        '{"f32": b"\\xca", "f64": b"\\xcb"}[kind] + bytes.fromhex(inside)',
        'b"\\xcb" + struct.pack(">d", struct.unpack(">f" if kind == "f32" else ">d", bytes.fromhex(inside))[0])',
    ),
    ("writes what is nested too deep", "    check_shape(written)\n", ""),
    # Types.
    (
        "takes a float for an integer",
        'else expect_family(found, "integer")\n',
        'else int(expect_family(found, "integer", "float"))\n',
    ),
    ("takes any integer", "if not least <= number < least + 2**bits:", "if False:"),
    (
        "takes an integer below zero for one without a sign",
        "least = -(2 ** (bits - 1)) if signed else 0",
        "least = -(2 ** (bits - 1))",
    ),
    ("takes no signed format for a number above zero", '"big", signed=first >= 0xD0)', '"big", signed=True)'),
    ("takes any number of bytes for 128 bits", "if len(number) != 16:", "if False:"),
    (
        "takes no integer for a float",
        'float(expect_family(found, "float", "integer"))',
        'float(expect_family(found, "float"))',
    ),
    (
        "takes bin for text",
        'expect_family(found, "str").decode()',
        'expect_family(found, "str", "bin").decode()',
    ),
    (
        "takes text that is not UTF-8",
        'expect_family(found, "str").decode()',
        'expect_family(found, "str").decode(errors="replace")',
    ),
    ("takes several characters for one", "if len(text) != 1:", "if len(text) < 1:"),
    ("takes no character for one", "if len(text) != 1:", "if len(text) > 1:"),
    (
        "takes no bin for a list",
        'content = expect_family(found, "array", "bin")',
        'content = expect_family(found, "array")',
    ),
    (
        "takes no str for bytes",
        'if found.family == "str":\n        return {"bytes"',
        'if False:\n        return {"bytes"',
    ),
    ("takes a tuple of another length", "if len(items) != len(readers):", "if len(items) < len(readers):"),
    (
        "keeps the first of two keys",
        'pairs[read_string(key)["string"]] = read_integer("u8", item)',
        'pairs.setdefault(read_string(key)["string"], read_integer("u8", item))',
    ),
    ("asks for every option", "if name in OPTIONS}", "if False}"),
    (
        "gives a field that is not there a default",
        "(missing | dict(pairs))[name]",
        '(missing | dict(pairs)).get(name, Object("integer", 0))',
    ),
    ("takes a field twice", "if len(set(known)) < len(known):", "if False:"),
    (
        "refuses a name that it does not know",
        "if name in names]\n",
        "]\n        if set(known) - set(names):\n            raise ValueError(known)\n",
    ),
    (
        "takes no array for a struct",
        'if found.family != "map":\n        items = read_list(found)',
        'if found.family != "map":\n        items = expect_family(found, "map")',
    ),
    ("takes a name alone for every variant", "if variants[name] is not read_unit:", "if False:"),
    (
        "takes no map for a unit variant",
        '[(key, content)] = expect_family(found, "map")\n',
        '[(key, content)] = expect_family(found, "map")\n        expect_family(content, "integer", "array", "map")\n',
    ),
    (
        "does not look into a unit variant",
        'return {"unit": expect_family(found, "nil")}',
        'return {"unit": None}',
    ),
    (
        "takes several variants",
        '[(key, content)] = expect_family(found, "map")',
        '(key, content), *_ = expect_family(found, "map")',
    ),
    # Tickets.
    ("takes unknown flags in a ticket", "KNOWN_FLAGS | TICKET)", "0xFF)"),
    ("takes a session in its cookie for a ticket", "if not session.flags & TICKET:", "if False:"),
    (
        "takes a ticket for a session in its cookie",
        "read_head(reader, KNOWN_FLAGS)",
        "read_head(reader, KNOWN_FLAGS | TICKET)",
    ),
    (
        "takes bytes behind a mark",
        "    if reader.left():\n        raise Refused(\"malformed\")\n    return ticket",
        "    return ticket",
    ),
    ("takes a mark that is cut", "mark=reader.take(8)", "mark=reader.take(min(8, reader.left()))"),
    (
        "reads the mark before the id",
        "id=reader.take(16), mark=reader.take(8)",
        "mark=reader.take(8), id=reader.take(16)",
    ),
    (
        "reads the id before the login",
        "    ticket = Ticket(session, id=reader.take(16), mark=reader.take(8))",
        "    head = Reader(plaintext[11:])\n"
        "    ticket = Ticket(session, id=head.take(16), mark=head.take(8))\n"
        "    reader = Reader(b\"\")",
    ),
    (
        "opens a ticket under a key of its own",
        'unseal(token, keys, cookie_name, "main")',
        'unseal(token, keys, cookie_name, "row")',
    ),
    (
        "asks the store for a ticket that is over",
        "            check_times(ticket.session, shop.idle, shop.max, now)\n",
        "",
    ),
    (
        "does not look at the times of a ticket",
        'check_times(ticket.session, entry["idle"], entry["max"], entry["now"])',
        "pass",
    ),
    # Rows and owners.
    (
        "names a row by its whole hash",
        "row_hash(cookie_name, id_)[:16]",
        "row_hash(cookie_name, id_)",
    ),
    (
        "names a row by the end of its hash",
        "row_hash(cookie_name, id_)[:16]",
        "row_hash(cookie_name, id_)[16:]",
    ),
    ("names a row without its cookie", 'prefixed(cookie_name) + prefixed_bytes(id_)', "prefixed_bytes(id_)"),
    ("names a row without a length before its id", "+ prefixed_bytes(id_)", "+ id_"),
    ("names a row without a label", 'prefixed("session-runtime/v1/row") + ', ""),
    ("hashes the hexadecimal text of an id", "prefixed_bytes(id_)", "prefixed(id_.hex())"),
    (
        "names an owner by a hash without a key",
        'return hkdf_expand(part_key(root, cookie_name, "owner"), user, 16)',
        "return hashlib.sha256(user).digest()[:16]",
    ),
    (
        "names an owner under the key of rows",
        'part_key(root, cookie_name, "owner")',
        'part_key(root, cookie_name, "row")',
    ),
    ("names an owner in 32 bytes", '"owner"), user, 16)', '"owner"), user, 32)'),
    (
        "says a length before a user",
        'part_key(root, cookie_name, "owner"), user, 16)',
        'part_key(root, cookie_name, "owner"), prefixed_bytes(user), 16)',
    ),
    (
        "does not know the rows of a revoked key",
        "cookie_name, user) for key in keys]",
        "cookie_name, user) for key in keys if not key.revoked]",
    ),
    (
        "writes owners under the first key",
        'owner_of(sealing_key(keys, entry["now"]).root,',
        "owner_of(keys[0].root,",
    ),
    # Entries.
    (
        "takes a shorter entry",
        "    if len(sealed) < 45:\n        raise Refused(\"length\")\n    head, nonce, ciphertext, seal_",
        "    head, nonce, ciphertext, seal_",
    ),
    ("takes every version of an entry", "if not head.startswith(VERSION):", "if False:"),
    (
        "looks for the key of an entry before its version",
        '    if not head.startswith(VERSION):\n        raise Refused("version")\n'
        "    named = [key for key in keys if head.endswith(key_id(key.root))]\n"
        '    if not named:\n        raise Refused("unknown-key")\n',
        "    named = [key for key in keys if head.endswith(key_id(key.root))]\n"
        '    if not named:\n        raise Refused("unknown-key")\n'
        '    if not head.startswith(VERSION):\n        raise Refused("version")\n',
    ),
    (
        "looks at the version of an entry before its length",
        '    if len(sealed) < 45:\n        raise Refused("length")\n    head, nonce, ciphertext, seal_',
        '    if sealed and sealed[:1] != VERSION:\n        raise Refused("version")\n'
        '    if len(sealed) < 45:\n        raise Refused("length")\n    head, nonce, ciphertext, seal_',
    ),
    ("opens an entry with a revoked key", "if key.revoked:", "if False:"),
    ("opens an entry with the first key alone", "    [key] = named\n", "    key = keys[0]\n"),
    (
        "opens an entry under the key that seals",
        "    [key] = named\n",
        "    key = sealing_key(keys, 0)\n",
    ),
    (
        "seals entries without the id",
        'part_key(root, cookie_name, "row"), row_secret(cookie_name, id_), 32)',
        'part_key(root, cookie_name, "row"), b"", 32)',
    ),
    (
        "seals entries under the key of tickets",
        'hkdf_expand(part_key(root, cookie_name, "row"), row_secret(cookie_name, id_), 32)',
        'hkdf_expand(part_key(root, cookie_name, "main"), row_secret(cookie_name, id_), 32)',
    ),
    (
        "extracts the key of an entry once more",
        'hkdf_expand(part_key(root, cookie_name, "row"), row_secret(cookie_name, id_), 32)',
        'hkdf_expand(hkdf_extract(b"", part_key(root, cookie_name, "row")), row_secret(cookie_name, id_), 32)',
    ),
    (
        "derives the key of an entry from the id itself",
        'hkdf_expand(part_key(root, cookie_name, "row"), row_secret(cookie_name, id_), 32)',
        'hkdf_expand(part_key(root, cookie_name, "row"), id_, 32)',
    ),
    (
        "derives the key of an entry from the row key",
        'hkdf_expand(part_key(root, cookie_name, "row"), row_secret(cookie_name, id_), 32)',
        'hkdf_expand(part_key(root, cookie_name, "row"), row_key(cookie_name, id_), 32)',
    ),
    (
        "does not bind an entry to its head",
        "return head + row_key(cookie_name, id_)",
        "return row_key(cookie_name, id_)",
    ),
    (
        "binds an entry to the id and not to the row key",
        "head + row_key(cookie_name, id_) + tag",
        "head + id_ + tag",
    ),
    ("does not bind an entry to its row", "head + row_key(cookie_name, id_) + tag", "head + tag"),
    (
        "does not bind an entry to its field",
        "row_key(cookie_name, id_) + tag + bytes([role])",
        "row_key(cookie_name, id_) + bytes([role])",
    ),
    ("does not bind an entry to its role", "+ tag + bytes([role])", "+ tag"),
    ("binds an entry to its role before its field", "+ tag + bytes([role])", "+ bytes([role]) + tag"),
    (
        "takes unknown flags in an entry",
        '    if flags & ~(HAS_DEADLINE | HAS_HISTORY):\n        raise Refused("malformed")\n',
        "",
    ),
    (
        "reads a deadline that is said to be missing",
        "reader.number(5) if flags & HAS_DEADLINE else",
        "reader.number(5) if True else",
    ),
    (
        "reads the deadline before the written-at",
        "deadline_ = reader.number(5) if flags & HAS_DEADLINE else None\n",
        "deadline_ = None\n    if flags & HAS_DEADLINE:\n"
        "        deadline_, written_at = written_at, reader.number(5)\n",
    ),
    (
        "looks into the value of an entry",
        "    return Entry(written_at, deadline_, history, reader.take(reader.left()))",
        "    check_shape(reader.data[reader.position :])\n"
        "    return Entry(written_at, deadline_, history, reader.take(reader.left()))",
    ),
    (
        "reads the value of an entry as a record",
        "    return Entry(written_at, deadline_, history, reader.take(reader.left()))",
        "    return Entry(written_at, deadline_, history, reader.take(read_varint(reader) // 2))",
    ),
    ("takes an empty history", '    if history == History(0, []):\n        raise Refused("malformed")\n', ""),
    (
        "takes a history without names for an empty one",
        "if history == History(0, []):",
        "if not history.taken:",
    ),
    ("takes a highest of 0 for an empty history", "if history == History(0, []):", "if not highest:"),
    (
        "reads a history before the deadline",
        "    deadline_ = reader.number(5) if flags & HAS_DEADLINE else None\n"
        "    history = read_history(reader) if flags & HAS_HISTORY else None\n",
        "    history = read_history(reader) if flags & HAS_HISTORY else None\n"
        "    deadline_ = reader.number(5) if flags & HAS_DEADLINE else None\n",
    ),
    (
        "reads the time before the name in a history",
        "[(reader.take(8), reader.number(5)) for _ in range(count)]",
        "[(at, int.from_bytes(name)) for name, at in [(reader.take(5), reader.take(8)) for _ in range(count)]]",
    ),
    # Differences.
    ("takes a difference for a base", "if role == 1:", "if False:"),
    ("names a difference by the end of its nonce", "sealed[5:13]", "sealed[21:29]"),
    ("names a difference by all of its nonce", "sealed[5:13]", "sealed[5:29]"),
    ("counts a difference that was taken", "if difference.name not in names:\n            once", "if True:\n            once"),
    (
        "counts a difference twice",
        "for difference in once.values() for phase",
        "for difference in added if difference.name not in names for phase",
    ),
    (
        "leaves out all differences of a base with a history",
        "if difference.name not in names:\n            once",
        "if not names:\n            once",
    ),
    ("applies differences as the store has them", "    steps.sort(key", "    sorted([], key"),
    (
        "applies differences in the order of their times",
        "(step[0].number, step[1], step[0].written_at,",
        "(step[0].written_at, step[1], step[0].number,",
    ),
    (
        "applies differences with one number by their names",
        "step[0].written_at, step[0].name))",
        "step[0].name))",
    ),
    (
        "applies differences of one second as the store has them",
        "step[0].written_at, step[0].name))",
        "step[0].written_at))",
    ),
    (
        "applies one difference after the other",
        "(step[0].number, step[1], step[0].written_at, step[0].name)",
        "(step[0].number, step[0].written_at, step[0].name, step[1])",
    ),
    (
        "lets all differences take first",
        "(step[0].number, step[1], step[0]",
        "(step[1], step[0].number, step[0]",
    ),
    ("counts from a value that was over", "field.default if is_over else value", "value"),
    (
        "counts from a value for a second after it was over",
        "ends <= difference.written_at",
        "ends < difference.written_at",
    ),
    (
        "does not know when the lifetime of a base is over",
        "        ends = ends_at(base, written_at, field.lifetime)\n",
        "        ends = base.deadline\n",
    ),
    ("keeps the deadline of a base", "        if difference.written_at >= written_at:", "        if False:"),
    (
        "takes the deadline of an older difference",
        "        if difference.written_at >= written_at:",
        "        if True:",
    ),
    (
        "keeps the deadline of a base of the same second",
        "        if difference.written_at >= written_at:",
        "        if difference.written_at > written_at:",
    ),
    (
        "begins with 0 where there is no base",
        "value, written_at, ends, names = field.default, 0,",
        'value, written_at, ends, names = b"\\0", 0,',
    ),
    (
        "does not stop a sum",
        "write_integer(min(max(number + by, least), greatest))",
        "write_integer(number + by)",
    ),
    ("takes max for min", "(max if kind == 4 else min)(number", "(min if kind == 4 else max)(number"),
    ("takes a limit whatever it is", "(max if kind == 4 else min)(number, parts[0])", "parts[0]"),
    ("brings an item twice", "items + [item for item in parts[1] if item not in items]", "items + parts[1]"),
    ("takes no items from a set", "[item for item in items if item not in parts[0]]", "items"),
    (
        "brings no item twice to a list",
        "items = items + new\n",
        "items = items + [item for item in new if item not in items]\n",
    ),
    ("keeps the oldest items", "items[max(len(items) - cap, 0) :]", "items[:cap]"),
    ("has no cap", "items[max(len(items) - cap, 0) :]", "items"),
    (
        "empties a field with a difference that is no change of it",
        "        if after is None:\n            continue\n",
        '        if after is None:\n            return Entry(0, None, None, b"")\n',
    ),
    (
        "takes differences with parts too many",
        "if len(items or []) != 1 + len(shapes.get(kind, []))",
        "if len(items or []) < 1 + len(shapes.get(kind, []))",
    ),
    # A request and its row.
    ("reads a row that is over", "isinstance(row, Replaced) or now >= row.expires:", "isinstance(row, Replaced):"),
    ("ends a row a second late", "now >= row.expires:", "now > row.expires:"),
    (
        "tells a late ticket that its session has ended",
        "isinstance(row, Replaced) and now < row.late_until:",
        "False:",
    ),
    (
        "takes a ticket for late for ever",
        "isinstance(row, Replaced) and now < row.late_until:",
        "isinstance(row, Replaced):",
    ),
    ("takes a ticket for late a second longer", "now < row.late_until", "now <= row.late_until"),
    ("does not compare marks", "if row.mark == ticket.mark:", "if True:"),
    ("takes a label of another row", "return decrypt(secret, nonce, ciphertext, seal_, head + bound_to)", "return decrypt(secret, nonce, ciphertext, seal_, head)"),
    ("opens labels and handles under the key of entries", "part_key(named[0].root, cookie_name, part)", 'part_key(named[0].root, cookie_name, "row")'),
    ("takes a label under a revoked key", "if named[0].revoked:", "if False:"),
    ("takes a label with more behind", 'if reader.left():\n        raise Refused("malformed")\n    return found', "return found"),
    ("takes a handle of any length", 'if len(entry["handle"]) != 82:', "if False:"),
    ("reads a copy that is shut", "if row.mark[0] & 1:", "if False:"),
    ("takes any bit of a mark for the one that shuts the copy", "if row.mark[0] & 1:", "if row.mark[0]:"),
    ("looks for the bit of a mark at its end", "if row.mark[0] & 1:", "if row.mark[7] & 1:"),
    ("reads no copy", 'if row.copy is None or now >= row.copy.until:', "if True:"),
    ("reads a copy for ever", "if row.copy is None or now >= row.copy.until:", "if row.copy is None:"),
    ("reads a copy a second longer", "now >= row.copy.until", "now > row.copy.until"),
    (
        "gives an older ticket the copy",
        "row.copy.entries if row.copy.mark == ticket.mark else []",
        "row.copy.entries",
    ),
    (
        "gives an older ticket the entries of now",
        "row.copy.entries if row.copy.mark == ticket.mark else []",
        "row.entries",
    ),
    (
        "tells an older ticket that its session has ended",
        "return row.copy.entries if row.copy.mark == ticket.mark else [], True",
        'if row.copy.mark != ticket.mark:\n        raise Refused("ended")\n    return row.copy.entries, True',
    ),
    ("asks an older ticket for its user", "if is_late and not (bases or added):", "if False:"),
    (
        "takes a good ticket without entries for nobody's",
        "if is_late and not (bases or added):",
        "if not (bases or added):",
    ),
    (
        "keeps the login of an older ticket",
        "session._replace(flags=session.flags & ~SOMEBODY, login=None)",
        "session._replace(flags=session.flags & ~SOMEBODY)",
    ),
    (
        "drops a row of which an entry does not open",
        "            unopened.append(str(refused))\n",
        "            unopened.append(str(refused))\n            raise\n",
    ),
    (
        "counts a lifetime from the ticket",
        "ends_at(record, entry.written_at, known",
        "ends_at(record, ticket.session.renewed_at, known",
    ),
    (
        "has no lifetimes in a row",
        "ends_at(record, entry.written_at, known[tag].lifetime if tag in known else None)",
        "ends_at(record, entry.written_at, None)",
    ),
    (
        "ends a field of a row a second late",
        "if ends is None or saturating(now) < ends:",
        "if ends is None or saturating(now) <= ends:",
    ),
    (
        "does not ask whose a row is",
        "    if shop.identity:\n        check_identity(session._replace(records=records), left, shop",
        "    if False:\n        check_identity(session._replace(records=records), left, shop",
    ),
    (
        "says unreadable of a session that has ended",
        'return "ended" if reasons == {"ended"} else state(main)',
        "return state(main)",
    ),
    (
        "asks the store for every ticket",
        "    if chosen is None:\n        return Carried(read, None)\n",
        "    for at in opened:\n"
        "        if at != chosen:\n            load(row_key(shop.cookie_name, read[at][0].id))\n"
        "    if chosen is None:\n        return Carried(read, None)\n",
    ),
    (
        "asks the store for the first ticket",
        "    chosen = max(opened, key=lambda at: read[at][0].session.renewed_at, default=None)\n",
        "    chosen = min(opened, default=None)\n",
    ),
    (
        "asks the store for the last of two tickets",
        "key=lambda at: read[at][0].session.renewed_at, default",
        "key=lambda at: (read[at][0].session.renewed_at, at), default",
    ),
    (
        "opens five tickets",
        "for token in tokens[:MAX_COOKIES]:\n        try:\n            ticket",
        "for token in tokens[: MAX_COOKIES + 1]:\n        try:\n            ticket",
    ),
    # The steps.
    (
        "derives from the root key itself",
        "return hkdf_expand(pseudo_random_key(root), info, 32)",
        "return hkdf_expand(root, info, 32)",
    ),
    (
        "says no lengths when it derives",
        'struct.pack(">Q", len(text.encode())) + text.encode()',
        "text.encode()",
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
    """Whether a reader has no complaint about the vectors. One that breaks down on an entry has not read it."""
    reader = {"__name__": "reader"}
    exec(compile(source, "reader", "exec"), reader)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            reader["check_known_answers"]()
            return next(reader["complaints"](paths), None) is None
    except (Exception, SystemExit):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
