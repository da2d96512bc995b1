"""Small pictures and sounds, made here: whole and real, byte by byte."""

from __future__ import annotations

import base64
import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"


def png(width: int = 4, height: int = 2, colour: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    """A picture of one colour."""
    return png_of([[colour] * width] * height)


def png_of(rows: list[list[tuple[int, int, int]]]) -> bytes:
    """A picture of these pixels."""
    raw = b"".join(b"\0" + b"".join(map(bytes, row)) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(raw))
        + _chunk(b"IEND", b"")
    )


def bomb(side: int = 100_000) -> bytes:
    """A picture whose header promises more pixels than any memory holds."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def wav(seconds: float = 0.5, rate: int = 8000) -> bytes:
    """Silence."""
    data = b"\0\0" * int(seconds * rate)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + form
    return head + struct.pack("<4sI", b"data", len(data)) + data


def base64_of(data: bytes) -> str:
    """Bytes as servers send them."""
    return base64.b64encode(data).decode()


def data_url(data: bytes, media_type: str = "image/png") -> str:
    """Bytes as an address that holds them."""
    return f"data:{media_type};base64,{base64_of(data)}"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
