"""The body of a response in pieces: unpacked, where it comes packed unasked, and bounded.

What is packed shows by its first bytes more surely than by its headers, which some gateways copy from
elsewhere. However small a bomb is packed, no more than one piece of it is ever in memory.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, Iterator

import httpx

from neurotui.errors import LimitExceeded, ProtocolViolated
from neurotui.i18n import _

PIECE = 4 * 1024
"""Bytes that are unpacked at once: so many pings are handled before a key gets its turn."""
BOMB_BYTES = 1024 * 1024
"""From this size on, what is packed too well is a bomb; pings, which pack best, never add up to it."""
BOMB_RATIO = 250
"""How many times its packed size no answer has: the longest envelopes around single letters have 150."""

_GZIP_MAGIC = b"\x1f"
"""The second byte may come later, and no text begins with the first."""
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


async def pieces(response: httpx.Response, limit: int) -> AsyncGenerator[tuple[int, bytes], None]:
    """Yield for each piece of a body the number of bytes that came in for it, and the piece unpacked.

    Raises what httpx raises, LimitExceeded beyond `limit` bytes unpacked or for a bomb, and ProtocolViolated
    for what cannot be unpacked.
    """
    host = response.request.url.netloc.decode()
    unpack = Unpacker(response.headers.get("Content-Encoding", ""), host)
    packed = total = 0
    async for chunk in response.aiter_raw():
        came = len(chunk)
        packed += came
        for piece in unpack.feed(chunk):
            total += len(piece)
            if total > limit or total > max(BOMB_BYTES, packed * BOMB_RATIO):
                raise LimitExceeded(host=host)
            yield came, piece
            came = 0
            if len(piece) == PIECE:
                await asyncio.sleep(0)
        if came:
            yield came, b""


class Unpacker:
    """Bytes as they came in, bytes as they were meant out."""

    def __init__(self, encoding: str, host: str) -> None:
        self._encoding = encoding.strip().lower()
        self._host = host
        self._started = False
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack `data`, at most `PIECE` bytes at a time. Raises ProtocolViolated."""
        if not self._started:
            self._started = True
            self._inflate = self._inflater(data)
        if self._inflate is None:
            yield data
            return
        piece = b""
        while not self._inflate.eof and (data or len(piece) == PIECE):
            try:
                piece = self._inflate.decompress(data, PIECE)
            except zlib.error:
                raise self._unreadable() from None
            data = self._inflate.unconsumed_tail
            yield piece

    def _inflater(self, data: bytes) -> zlib._Decompress | None:
        """Return a decompressor for this body, or None if it is not compressed, whatever its headers say."""
        if data.startswith(_GZIP_MAGIC):
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        if self._encoding in ("", "identity"):
            return None
        if self._encoding == "deflate" and data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0:
            return zlib.decompressobj()
        if _looks_like_text(data):
            return None
        if self._encoding == "deflate":  # without its header, as some servers have it
            return zlib.decompressobj(-zlib.MAX_WBITS)
        raise self._unreadable()

    def _unreadable(self) -> ProtocolViolated:
        cause = _("It is packed in a way that was not asked for: {encoding}")
        return ProtocolViolated(cause.format(encoding=self._encoding[:40] or "gzip"), host=self._host)


def _looks_like_text(data: bytes) -> bool:
    """True if `data` begins as the text of a stream or a document does."""
    beginning = data[:64]
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3:  # a letter cut at the end is none of its faults
            return False
    return not _CONTROLS.search(beginning)
