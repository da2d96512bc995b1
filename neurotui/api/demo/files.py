"""Files in the demo: what it says of those it is sent, and the picture it makes. Pure."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

SIDE, SCALE = 128, 4
"""Cells of the picture that is made, a side, and pixels of a cell."""

_TEXT_FILE = re.compile(
    r"^(?P<name>[^\n]{1,400}):\n(?P<fence>`{3,})\n(?P<text>.*?)\n(?P=fence)$", re.M | re.S
)
"""A text file as neurotui sends it."""
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,")


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file of a question, as it came."""

    kind: str
    """`image`, `audio`, `file` or `text`."""
    size: int
    """Bytes; of a text, characters."""
    name: str = ""
    form: str = ""
    """The last word of its media type, such as `PNG`."""


def taken_apart(content: object) -> tuple[str, list[ReceivedFile]]:
    """Return the words of a question, and the files that came with it."""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    words: list[str] = []
    files: list[ReceivedFile] = []
    for part in parts if isinstance(parts, list) else []:
        match part:
            case {"type": "text", "text": str(text)}:
                files += (
                    ReceivedFile("text", len(file["text"]), file["name"])
                    for file in _TEXT_FILE.finditer(text)
                )
                words.append(_TEXT_FILE.sub("", text).strip())
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                files.append(_file("image", url))
            case {"type": "input_audio", "input_audio": {"data": str(data), "format": str(form)}}:
                files.append(ReceivedFile("audio", _size(data), form=form.upper()))
            case {"type": "file", "file": {"filename": str(name), "file_data": str(url)}}:
                files.append(_file("file", url, name))
    return "\n".join(filter(None, words)), files


def report(files: Sequence[ReceivedFile], texts: Mapping[str, str]) -> str:
    """Return an answer that tells which files came."""
    lines = (f"{number}. {line}" for number, line in enumerate(_told(files, texts), start=1))
    return texts["files"].replace("{files}", "\n".join(lines))


@lru_cache(maxsize=4)
def picture(seed: str) -> bytes:
    """Return a PNG of rings around a place, in colours that `seed` chooses."""
    hue = zlib.crc32(seed.encode("utf-8", "replace"))
    x0, y0 = hue % SIDE, hue // SIDE % SIDE
    palette = bytes(
        (level * weight >> 8) & 255 for level in range(256) for weight in (hue & 255, hue >> 8 & 255, 255)
    )
    rows = bytearray()
    for y in range(SIDE):
        row = bytes(((x - x0) ** 2 + (y - y0) ** 2 >> 4) & 255 for x in range(SIDE))
        wide = b"".join(bytes([cell]) * SCALE for cell in row)
        rows += (b"\0" + wide) * SCALE
    size = SIDE * SCALE
    head = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _told(files: Sequence[ReceivedFile], texts: Mapping[str, str]) -> Iterator[str]:
    kinds = dict(line.split(" = ") for line in texts["kinds of files"].splitlines())
    for file in files:
        name = f"`{file.name.replace('`', '´')}`" if file.name else ""
        if file.kind == "text":
            size = kinds["characters"].replace("{n}", f"{file.size:,}".replace(",", kinds["separator"]))
        else:
            size = _in_units(file.size, kinds)
        yield ", ".join(filter(None, (kinds[file.kind], name, file.form, size)))


def _in_units(size: int, kinds: Mapping[str, str]) -> str:
    unit, amount = ("MB", size / 1e6) if size >= 1_000_000 else ("kB", size / 1e3)
    if size < 1000:
        return f"{size} {kinds['B']}"
    return f"{amount:.1f} {kinds[unit]}".replace(".", kinds["point"], 1)


def _file(kind: str, url: str, name: str = "") -> ReceivedFile:
    head = _DATA_URL.match(url)
    if head is None:
        return ReceivedFile(kind, 0, name)
    return ReceivedFile(kind, _size(url[head.end() :]), name, head[1].rpartition("/")[2].upper())


def _size(data: str) -> int:
    """Return the number of bytes in base64."""
    return len(data) // 4 * 3 - data[-2:].count("=")
