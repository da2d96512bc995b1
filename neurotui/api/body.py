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

LIMIT = 64 * 1024 * 1024
"""Bytes of one answer, unpacked: some 300,000 tokens, each in an event of its own."""
PIECE = 64 * 1024

_GZIP_MAGIC = b"\x1f\x8b"
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\xef]")


async def pieces(response: httpx.Response, limit: int = LIMIT) -> AsyncGenerator[tuple[int, bytes], None]:
    """What the network brought: for each piece, the bytes that came in for it, and what they mean unpacked.

    Raises what httpx raises, LimitExceeded, and ProtocolViolated for what cannot be unpacked.
    """
    host = response.request.url.netloc.decode()
    unpack = Unpacker(response.headers.get("Content-Encoding", ""), host)
    total = 0
    async for chunk in response.aiter_raw():
        came = len(chunk)
        for piece in unpack.feed(chunk):
            total += len(piece)
            if total > limit:
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
        """What `data` unpacks to, at most `PIECE` bytes at a time. Raises ProtocolViolated."""
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
        """What unpacks a body that begins so; None for one that is not packed, whatever was said of it."""
        if data.startswith(_GZIP_MAGIC):
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        if not self._encoding or _TEXT.match(data):
            return None
        if self._encoding == "deflate":
            # With its header, as the standard has it, or without, as some servers do.
            wrapped = data[0] & 0x0F == 8 and len(data) > 1 and (data[0] << 8 | data[1]) % 31 == 0
            return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        if self._encoding == "identity":
            return None
        raise self._unreadable()

    def _unreadable(self) -> ProtocolViolated:
        cause = _("It is packed in a way that was not asked for: {encoding}")
        return ProtocolViolated(cause.format(encoding=self._encoding[:40] or "gzip"), host=self._host)
