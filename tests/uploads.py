"""What the tests of files that leave share: a folder of files, and a server that reads as it is told.

`tests/servers.py` reads all that comes, whatever its script does. A `SlowReader` reads nothing by itself: a
plain function is given its connection, on a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self

from neurotui.wire.parts import Blob, ImagePart, TextPart
from neurotui.wire.request import ChatRequest, RequestMessage

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    b'data: {"choices":[{"delta":{"content":"seen"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


class Folder:
    """Files by their digests, as the store keeps them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened: list[Blob] = []

    def put(self, data: bytes) -> Blob:
        digest = hashlib.sha256(data).hexdigest()
        (self.path / digest).write_bytes(data)
        return Blob(digest, len(data))

    def open(self, blob: Blob) -> BinaryIO:
        self.opened.append(blob)
        return (self.path / blob.digest).open("rb")


def some_bytes(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def picture_question(blob: Blob, name: str = "holiday.png") -> ChatRequest:
    parts = (TextPart("What is this?"), ImagePart(blob, "image/png", name))
    return ChatRequest("m", [RequestMessage("user", parts)])


class Reading:
    """A connection whose bytes are read as a test wants."""

    def __init__(self, client: socket.socket) -> None:
        self.socket = client
        self.body = bytearray()
        """What was read of the body."""
        self.length = 0
        """The body's length, by the head of the request."""

    def head(self) -> None:
        """Read the head, and what came with it."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(4096)
        head, _, self.body[:] = data.partition(b"\r\n\r\n")
        self.length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])

    def read(self, size: int) -> None:
        """Read some more of the body."""
        self.body += self.socket.recv(min(size, self.length - len(self.body)))

    def rest(self, rate: float = 0.0) -> None:
        """Read the rest of the body, at `rate` bytes a second; 0 for as fast as it comes."""
        began, had = time.monotonic(), len(self.body)
        while len(self.body) < self.length:
            self.read(65536)
            if rate:
                due = began + (len(self.body) - had) / rate
                time.sleep(max(0.0, due - time.monotonic()))

    def answer(self, data: bytes = ANSWER) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        """End the connection with an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def until_gone(self, within: float = 10.0) -> float:
        """Wait, without reading, until the client is gone; return when that was seen."""
        poll = select.poll()
        poll.register(self.socket, select.POLLHUP | select.POLLERR | select.POLLRDHUP)
        if not poll.poll(within * 1000):
            raise TimeoutError
        return time.monotonic()


class SlowReader:
    """A server for one connection after another, each handled by `serve` on a thread."""

    def __init__(self, serve: Callable[[Reading], None], buffer: int = 0) -> None:
        """`buffer` is the size of what the kernel takes in advance (bytes); 0 for what it likes."""
        self.readings: list[Reading] = []
        self.failures: list[Exception] = []
        self._serve = serve
        self._listening = socket.socket()
        if buffer:
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)
        if self.failures:
            raise self.failures[0]

    async def until(self, condition: Callable[[], object], within: float = 30.0) -> None:
        """Wait until `condition()` is true; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110  it is another thread that makes it so
                await asyncio.sleep(0.002)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                reading = Reading(client)
                self.readings.append(reading)
                try:
                    with client:
                        self._serve(reading)
                except ConnectionError:
                    pass
                except Exception as error:  # noqa: BLE001  raised when the test leaves
                    self.failures.append(error)
