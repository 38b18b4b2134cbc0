"""Ways to damage a file: bytes, lines, members of archives, parts of JSON. Seeded."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

JUNK = (
    *(b";", b",", b"\t", b'"', b"'", b"\n", b"\r", b"\r\n", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"99999999999999999999", b"1e308", b"-1", b"-9", b"1e999", b"NaN", b"=1+1", b"{", b"["),
    *(b"\xff", b"\xc3", b"\xe2\x80\x93", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"]]>", b"../", b"/"),
    *(b";" * 2000, b"[" * 2000, b"x" * 40_000, b"0" * 400, b"\x00" * 512, b"\n" * 50),
)
NAMES = ("../a.csv", "/a.csv", "C:/a.csv", "a.zip", "b/../a", "a.csv", "", "x" * 300, "a\x00b")
ODD: tuple[Any, ...] = (
    *(None, [], {}, "", "x", -1, 0, 1e300, 10**30, True, [[]], {"a": 1}, "0" * 200, "\x00", [1]),
    *(float("inf"), float("nan"), "Point", "Polygon", "MultiPolygon", [[[0, 0]]], [1e300, 1e300]),
)


def mutated(data: bytes, structure: str, dice: random.Random) -> bytes:
    """Return a damaged copy; `structure` is ``"text"``, ``"binary"``, ``"zip"`` or ``"json"``."""
    if structure == "zip" and dice.random() < 0.7:
        return _archive(data, dice)
    if structure == "json" and dice.random() < 0.6:
        return _json(data, dice)
    return _plain(data, dice, lines=structure != "binary")


def _plain(data: bytes, dice: random.Random, *, lines: bool = True) -> bytes:
    steps = [_flip, _cut, _double, _drop, _swap, _insert, _insert]
    steps += [_head, _line, _line] if lines else []
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        data = dice.choice(steps)(data, dice)
    return data


def _flip(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 4, 16))):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _piece(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(len(data), start + dice.choice((1, 2, 8, 64, 512)))


def _double(data: bytes, dice: random.Random) -> bytes:
    start, end = _piece(data, dice)
    return data[:end] + data[start:end] * dice.choice((1, 1, 30)) + data[end:]


def _drop(data: bytes, dice: random.Random) -> bytes:
    start, end = _piece(data, dice)
    return data[:start] + data[end:]


def _swap(data: bytes, dice: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_piece(data, dice), _piece(data, dice)))
    return data if c < b else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _insert(data: bytes, dice: random.Random) -> bytes:
    at = dice.choice((0, len(data), dice.randrange(len(data) + 1)))
    return data[:at] + dice.choice(JUNK) + data[at:]


def _head(data: bytes, dice: random.Random) -> bytes:
    """Return a copy with another first line."""
    head, mark, rest = data.partition(b"\n")
    names = head.split(dice.choice((b";", b",")))
    change = dice.randrange(5)
    if change == 0:
        dice.shuffle(names)
    elif change == 1:
        names.append(dice.choice(names))
    elif change == 2:
        names.pop(dice.randrange(len(names)))
    elif change == 3:
        names[dice.randrange(len(names))] = dice.choice(JUNK)
    else:
        return mark.join((b"Titel", head, rest)) if dice.random() < 0.5 else rest
    return b";".join(names) + mark + rest


def _line(data: bytes, dice: random.Random) -> bytes:
    """Return a copy with a line gone, doubled, moved, cut or with a cell changed."""
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    change = dice.randrange(5)
    if change == 0:
        del lines[at]
    elif change == 1:
        lines.insert(at, lines[at])
    elif change == 2:
        lines.append(lines.pop(at))
    elif change == 3:
        lines[at] = lines[at][: len(lines[at]) // 2]
    else:
        cells = lines[at].split(b";")
        cells[dice.randrange(len(cells))] = dice.choice((*JUNK[:25], b"", b"-", b"*", b"x"))
        lines[at] = b";".join(cells)
    return b"\n".join(lines)


def _archive(data: bytes, dice: random.Random) -> bytes:
    """Return an archive with a member damaged, renamed, gone, doubled or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    at = dice.randrange(len(parts))
    name, content = parts[at]
    change = dice.randrange(8)
    if change < 4:
        parts[at] = (name, _plain(content, dice))
    elif change == 4:
        parts[at] = (dice.choice(NAMES), content)
    elif change == 5:
        del parts[at]
    elif change == 6:
        parts.append((dice.choice((name, name.upper(), *NAMES)), content))
    else:
        parts.append((f"{name}.zip", data))
    target = io.BytesIO()
    method = dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name or "_")
            info.compress_type = method
            if dice.random() < 0.03:
                info.external_attr = 0o120777 << 16
            archive.writestr(info, content)
    return target.getvalue()


def _json(data: bytes, dice: random.Random) -> bytes:
    """Return JSON with nodes gone, doubled, replaced or nested absurdly deep."""
    tree = json.loads(data)
    for _ in range(dice.choice((1, 1, 2))):
        holder, key = dice.choice(list(_nodes(tree)) or [(None, None)])
        if holder is None:
            break
        _change(holder, key, dice)
    written = json.dumps(tree)
    if dice.random() < 0.1:
        deep = dice.choice((600, 5_000, 200_000))
        return written.replace("null", "[" * deep + "]" * deep, 1).encode()
    return written.encode()


def _change(holder: Any, key: Any, dice: random.Random) -> None:
    change = dice.randrange(4)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif change == 2:
        holder[key] = [holder[key]]
    else:
        holder[key] = dice.choice(ODD)


def _nodes(tree: Any) -> list[tuple[Any, Any]]:
    """Return every place in a tree: what holds it, and its key or position."""
    found, waiting = [], [tree]
    walk: Callable[[Any], list[Any]] = lambda node: (  # noqa: E731 - one expression, used once
        list(node) if isinstance(node, dict) else list(range(len(node)))
    )
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            found += [(node, key) for key in walk(node)]
            waiting += [node[key] for key in walk(node)]
    return found
