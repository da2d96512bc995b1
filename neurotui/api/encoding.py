"""The body of a request: JSON, and in it the files of a message as base64.

A file never becomes a part of a text that `json.dumps` has to look at: the JSON is made around its base64.
That is read and encoded a piece at a time, on a thread, as the connection takes it, so that a request needs
the memory of two pieces, however large its files are. Before anything of it leaves, each file is held against
its digest, once for all repetitions.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from binascii import b2a_base64
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence, Set
from functools import partial
from secrets import token_hex
from typing import BinaryIO, Protocol

from neurotui.api.net.threads import on_daemon_thread
from neurotui.errors import AttachmentLost, NeurotuiError, StoreError
from neurotui.i18n import _
from neurotui.wire.parts import Base64, Blob

PIECE = 3 * 256 * 1024
"""Bytes of a file that are read at once: a multiple of 3, so that pieces of base64 can be put together."""
CHUNK = 64 * 1024
"""Bytes of the body that are sent between two turns of the event loop."""


class Blobs(Protocol):
    """The bytes of files, kept by their digest."""

    def open(self, blob: Blob) -> BinaryIO:
        """Open bytes for reading. Raises AttachmentLost. Blocks."""


class Body:
    """The body of a request that has files. It can be sent any number of times."""

    def __init__(self, parts: Sequence[bytes | Base64], blobs: Blobs) -> None:
        self.parts = parts
        """The JSON, cut where the base64 of files stands."""
        self.size = sum(len(part) if isinstance(part, bytes) else _size(part.blob) for part in parts)
        """Bytes."""
        self._blobs = blobs

    @property
    def described(self) -> bytes:
        """The body with digests where the bytes of files stand: to be kept, or compared with another."""
        return b"".join(
            part if isinstance(part, bytes) else f"sha256:{part.blob.digest}".encode() for part in self.parts
        )

    async def chunks(self, leaving: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
        """Yield the body; before each chunk tell `leaving` how many bytes have left.

        Raises AttachmentLost.
        """
        sent = 0
        for part in self.parts:
            async for chunk in _once(part) if isinstance(part, bytes) else self._encoded(part):
                leaving(sent)
                await asyncio.sleep(0)  # for a key, for a stop, and for a server that refuses in the midst
                yield chunk
                sent += len(chunk)

    async def _encoded(self, file: Base64) -> AsyncGenerator[bytes, None]:
        """Yield the base64 of a file; one piece is read while another one leaves."""
        upcoming = self._read(file, 0)
        try:
            for start in range(PIECE, file.blob.size + PIECE, PIECE):
                piece = await upcoming
                if start < file.blob.size:
                    upcoming = self._read(file, start)
                for at in range(0, len(piece), CHUNK):
                    yield piece[at : at + CHUNK]
        finally:
            upcoming.cancel()

    def _read(self, file: Base64, start: int) -> asyncio.Future[bytes]:
        return on_daemon_thread(partial(_piece, self._blobs, file, start), "read attachment")


class Encoder:
    """Makes the bodies of one request and of its repetitions."""

    def __init__(self, blobs: Blobs | None) -> None:
        self._blobs = blobs
        self._whole: set[Blob] = set()
        """Files that were found to be what their digests say."""

    async def lost(self, files: Set[Blob]) -> frozenset[Blob]:
        """Return those of some files that are gone, or not what they were."""
        if self._blobs is None:
            return frozenset(files)
        lost = await on_daemon_thread(partial(_lost_of, self._blobs, files), "check attachments")
        self._whole.update(files - lost)
        return lost

    async def encode(self, document: Mapping[str, object]) -> bytes | Body:
        """Return the body for a JSON object in which files stand as `Base64`.

        Raises AttachmentLost if one of them is not what it was.
        """
        files: list[Base64] = []
        mark = token_hex(16)

        def stand_in(value: object) -> str:
            if not isinstance(value, Base64):
                return str(value)
            files.append(value)
            return mark

        text = json.dumps(document, ensure_ascii=False, default=stand_in).encode("utf-8", "replace")
        if not files:
            return text
        if self._blobs is None:
            raise _lost(files[0])
        unknown = [file for file in files if file.blob not in self._whole]
        await on_daemon_thread(partial(_check, self._blobs, unknown), "check attachments")
        self._whole.update(file.blob for file in unknown)
        first, *others = text.split(mark.encode())
        parts: list[bytes | Base64] = [first]
        for file, rest in zip(files, others, strict=True):
            parts[-1:] = [first + json.dumps(file.prefix)[1:-1].encode(), file]
            parts.append(first := rest)
        return Body(parts, self._blobs)


async def _once(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data


def _size(blob: Blob) -> int:
    """Return the length of bytes in base64."""
    return (blob.size + 2) // 3 * 4


def _check(blobs: Blobs, files: Sequence[Base64]) -> None:
    """Raise AttachmentLost unless all files are what their digests say. Blocks."""
    for file in {file.blob: file for file in files}.values():
        digest, size = hashlib.sha256(), 0
        with _opened(blobs, file) as opened:
            try:
                while size <= file.blob.size and (data := opened.read(PIECE)):
                    digest.update(data)
                    size += len(data)
            except OSError:
                raise _lost(file) from None
        if size != file.blob.size or digest.hexdigest() != file.blob.digest:
            raise _lost(file)


def _lost_of(blobs: Blobs, files: Set[Blob]) -> frozenset[Blob]:
    """Return the files that are not what their digests say. Blocks."""

    def is_lost(file: Blob) -> bool:
        try:
            _check(blobs, [Base64(file)])
        except AttachmentLost:
            return True
        return False

    return frozenset(filter(is_lost, files))


def _piece(blobs: Blobs, file: Base64, start: int) -> bytes:
    """Return a piece of a file in base64. Raises AttachmentLost. Blocks."""
    size = min(PIECE, file.blob.size - start)
    with _opened(blobs, file) as opened:
        try:
            opened.seek(start)
            data = opened.read(size)
        except OSError:
            raise _lost(file) from None
    if len(data) != size:
        raise _lost(file)
    return b2a_base64(data, newline=False)


def _opened(blobs: Blobs, file: Base64) -> BinaryIO:
    try:
        return blobs.open(file.blob)
    except (StoreError, OSError) as error:
        raise _lost(file, error.cause if isinstance(error, NeurotuiError) else "") from None


def _lost(file: Base64, cause: str = "") -> AttachmentLost:
    return AttachmentLost(cause, name=file.name or _("the attachment"))
