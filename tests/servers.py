"""A real HTTP/1.1 server on loopback that does what a script tells it: answers, pings, stalls, resets, lies.

A script is an async function that is given one `Exchange`, and answers through it:

    async def script(exchange: Exchange) -> None:
        await exchange.head()                   # 200, text/event-stream, chunked
        await exchange.ping()
        await exchange.text("Hello, ", "world")
        await exchange.stall()                  # silent, until the client is gone

    async with Server(script) as server:        # in a coroutine: on the running loop
        client = ChatClient(Endpoint(server.url))
        …
        assert server.chats[0].json["model"] == "m"
        assert server.closed_at[0] - stopped_at < 0.1

    with Server(script) as server:              # in a plain function: on a thread with a loop of its own
        process = spawn("neurotui", NEUROTUI_BASE_URL=server.url)
        server.wait(lambda: server.closed_at)

Several scripts are taken in turn, one a request, and the last one for all that follow; `server.scripts` may
be set anew while the server runs. A script that returns with its answer complete leaves the connection open
for the next request; one that returns in the middle closes it (FIN). One whose client goes away is cancelled.
`answer`, `whole`, `refuse` and `raw` make the common ones. Models and billing are answered by `MODELS` and
`BILLING` unless `paths` says otherwise.

Times are `time.monotonic()`, which on Linux is the same clock in every process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

CERTIFICATES = Path(__file__).parent / "certificates"
"""`ca.pem` for SSL_CERT_FILE; `localhost.pem` and `elsewhere.pem` are what `Server(tls=…)` names."""

MODELS = {
    "object": "list",
    "data": [{"id": "gpt-5-mini", "object": "model"}, {"id": "другая", "object": "model"}],
}
BILLING = {
    "usage": {"object": "list", "total_usage": 1234},
    "subscription": {"object": "billing_subscription", "hard_limit_usd": 600.0},
}


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    at: float
    """When its last byte came."""
    connection: int
    """The number of the connection it came over, from 0."""

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Connection:
    """One client's connection: bytes in, bytes out, and the time at which the client was seen to be gone."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.gone = asyncio.Event()
        self.gone_at: float | None = None
        self.reset_by_client = False
        self.writer = writer
        self._reader = reader
        self._received = bytearray()
        self._more = asyncio.Event()

    async def pump(self) -> None:
        """Reads for as long as the client is there, so that its going is seen at once."""
        try:
            while data := await self._reader.read(65536):
                self._received += data
                self._more.set()
        except (ConnectionError, ssl.SSLError):
            self.reset_by_client = True
        self.gone_at = time.monotonic()
        self.gone.set()
        self._more.set()

    async def read_until(self, end: bytes) -> bytes:
        """Bytes up to and with `end`; EOFError where the client left before."""
        while end not in self._received:
            await self._wait()
        return self._take(self._received.index(end) + len(end))

    async def read_some(self) -> bytes:
        """All that came so far, at least one byte; EOFError where the client left before."""
        while not self._received:
            await self._wait()
        return self._take(len(self._received))

    async def read_exactly(self, count: int) -> bytes:
        """`count` bytes; EOFError where the client left before."""
        while len(self._received) < count:
            await self._wait()
        return self._take(count)

    async def send(self, data: bytes) -> None:
        """Sends `data` as it is; to a client that is gone, nothing."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            if not self.gone.is_set():
                self.writer.write(data)
                await self.writer.drain()
        await asyncio.sleep(0)  # a script that floods must still learn that its client is gone

    async def taken(self) -> None:
        """Waits until the other side's system has all that was sent: an RST drops what is on the way."""
        if sys.platform == "linux":
            from fcntl import ioctl
            from termios import TIOCOUTQ

            sock: socket.socket = self.writer.get_extra_info("socket")
            while any(ioctl(sock.fileno(), TIOCOUTQ, bytes(4))):  # noqa: ASYNC110 - only the kernel knows
                await asyncio.sleep(0.001)

    def reset(self) -> None:
        """Ends the connection with an RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        """Ends the connection with a FIN, after what was sent."""
        self.writer.close()

    def half_close(self) -> None:
        """Says that no more comes, and stays open for what the client says."""
        self.writer.write_eof()

    async def _wait(self) -> None:
        if self.gone.is_set():
            raise EOFError
        self._more.clear()
        await self._more.wait()

    def _take(self, count: int) -> bytes:
        data = bytes(self._received[:count])
        del self._received[:count]
        return data


class Exchange:
    """One request, and the means to answer it in every way, good or bad."""

    def __init__(self, request: Request, connection: Connection) -> None:
        self.request = request
        self.connection = connection
        self.complete = False
        """Whether the answer was ended properly, so that the connection may carry another request."""
        self._chunked = True
        self._model = ""
        if request.body.startswith(b"{"):
            self._model = str(request.json.get("model", ""))

    async def send(self, data: bytes) -> None:
        """Bytes as they are, outside of any framing."""
        await self.connection.send(data)

    async def head(
        self,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        content_type: str = "text/event-stream",
        chunked: bool = True,
        reason: str = "OK",
    ) -> None:
        """The head of the answer; unchunked, the body ends with the connection or by Content-Length."""
        self._chunked = chunked
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {content_type}"]
        lines += ["Transfer-Encoding: chunked"] if chunked else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def write(self, data: bytes) -> None:
        """Bytes of the body, as one chunk."""
        await self.send(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def drip(self, data: bytes, pace: float = 0.0, size: int = 1) -> None:
        """Bytes of the body, `size` at a time with `pace` seconds between."""
        for start in range(0, len(data), size):
            await self.write(data[start : start + size])
            await asyncio.sleep(pace)

    async def event(self, data: object) -> None:
        """One event: `data` as it is where it is a string, else as JSON."""
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        await self.write(f"data: {text}\n\n".encode("utf-8", "surrogatepass"))

    async def delta(self, finish_reason: str | None = None, /, **delta: object) -> None:
        """One chunk of a completion."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        await self.event({"object": "chat.completion.chunk", "model": self._model, "choices": [choice]})

    async def text(self, *deltas: str, pace: float = 0.0) -> None:
        """Deltas of the answer, with `pace` seconds after each."""
        for delta in deltas:
            await self.delta(content=delta)
            if pace:
                await asyncio.sleep(pace)

    async def ping(self, text: str = " PING") -> None:
        """A keep-alive comment."""
        await self.write(f":{text}\n\n".encode())

    async def usage(self, prompt_tokens: int = 7, completion_tokens: int = 5) -> None:
        """The counts of tokens, in a chunk with no choices."""
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        }
        await self.event({"object": "chat.completion.chunk", "choices": [], "usage": usage})

    async def finish(self, reason: str = "stop") -> None:
        """The reason to end, the usage, [DONE], the last chunk."""
        await self.delta(reason)
        await self.usage()
        await self.event("[DONE]")
        await self.end()

    async def end(self) -> None:
        """The proper end of a chunked body."""
        await self.write(b"")
        self.complete = True

    async def body(
        self,
        status: int,
        data: object,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """A whole answer with its length: bytes and strings as they are, anything else as JSON."""
        text = data if isinstance(data, str | bytes) else json.dumps(data, ensure_ascii=False)
        encoded = text.encode() if isinstance(text, str) else text
        length = {"Content-Length": str(len(encoded))}
        await self.head(status, length | dict(headers or {}), content_type=content_type, chunked=False)
        await self.send(encoded)
        self.complete = True

    async def stall(self) -> None:
        """Says nothing more until the client is gone."""
        await self.connection.gone.wait()

    def reset(self) -> None:
        """Ends the connection with an RST."""
        self.connection.reset()

    def close(self) -> None:
        """Ends the connection with a FIN."""
        self.connection.close()

    def half_close(self) -> None:
        """Says that no more comes, but does not close."""
        self.connection.half_close()


Script = Callable[[Exchange], Awaitable[None]]
Ending = Callable[[Exchange], Awaitable[None] | None]


def answer(*deltas: str, pings: int = 0, pace: float = 0.0, reason: str = "stop") -> Script:
    """A good answer in these deltas, after so many pings, with `pace` seconds after each of either."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for _ in range(pings):
            await exchange.ping()
            await asyncio.sleep(pace)
        await exchange.text(*deltas, pace=pace)
        await exchange.finish(reason)

    return script


def whole(text: str) -> Script:
    """A good answer in one piece of JSON."""

    async def script(exchange: Exchange) -> None:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        await exchange.body(200, {"object": "chat.completion", "choices": [choice], "usage": usage})

    return script


def refuse(
    status: int,
    code: object = None,
    message: str = "no",
    headers: Mapping[str, str] | None = None,
    *,
    data: object = None,
    content_type: str = "application/json",
) -> Script:
    """An error as NeuroAPI words it, or with the body `data`."""
    error = {"error": {"message": message, "type": "neuroapi_error", "code": code}}

    async def script(exchange: Exchange) -> None:
        await exchange.body(status, error if data is None else data, headers, content_type)

    return script


def raw(*pieces: bytes, pace: float = 0.0, then: Ending = Exchange.close) -> Script:
    """These bytes on the wire, head and all, then `Exchange.close`, `Exchange.reset`, `Exchange.stall` …"""

    async def script(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.send(piece)
            await asyncio.sleep(pace)
        ending = then(exchange)
        if ending is not None:
            await ending

    return script


async def listing(exchange: Exchange) -> None:
    """What models and billing answer by default."""
    *_, last = exchange.request.path.split("/")
    found = MODELS if last == "models" else BILLING.get(last)
    if found is None:
        await refuse(404)(exchange)
    else:
        await exchange.body(200, found)


HELLO = answer("Hello", ", world")


class Server:
    """The server; see the module's docstring."""

    def __init__(
        self,
        scripts: Script | Iterable[Script] = HELLO,
        *,
        paths: Mapping[str, Script] | None = None,
        connect: Callable[[Connection], Awaitable[None]] | None = None,
        tls: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`scripts` answer POST requests, `paths` those whose path ends so, whatever the method.

        `connect` is done with each connection before a request is read; one that closes it ends it there.
        `tls` names a certificate: `localhost` or `elsewhere`.
        """
        self.scripts = scripts
        self.paths = dict(paths or {})
        self.connect = connect
        self.tls = tls
        self.host = host
        self.port = port
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self.failures: list[Exception] = []
        """What scripts raised; leaving the server raises the first of them."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn: Iterator[Script] = iter(())
        self._turn_of: object = None
        self._last: Script = answer()

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}/v1"

    @property
    def chats(self) -> list[Request]:
        """The requests for a completion, in the order they came."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    @property
    def closed_at(self) -> list[float]:
        """When each client that is gone was seen to be gone, in that order."""
        return sorted(c.gone_at for c in self.connections if c.gone_at is not None)

    @property
    def open(self) -> int:
        """How many clients are there."""
        return sum(connection.gone_at is None for connection in self.connections)

    async def until(self, condition: Callable[[], object], within: float = 30.0) -> None:
        """Waits in a coroutine until `condition()` is true; TimeoutError after `within` seconds."""
        for _ in range(round(within / 0.002)):
            if condition():
                return
            await asyncio.sleep(0.002)
        raise TimeoutError

    def do(self, what: Callable[[], object]) -> None:
        """Has something done on the server's thread, and waits until it is."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(what)
        self._loop.call_soon_threadsafe(done.set)
        done.wait()

    def wait(self, condition: Callable[[], object], within: float = 30.0) -> None:
        """Waits in a plain function until `condition()` is true; TimeoutError after `within` seconds."""
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.002)

    async def __aenter__(self) -> Self:
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATES / f"{self.tls}.pem")
        self._server = await asyncio.start_server(self._accept, self.host, self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for _step in range(5):  # steps that asyncio takes from a connection that is accepted to its reader
            await asyncio.sleep(0)
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)
        for connection in self.connections:  # one whose task had not begun has closed nothing
            connection.writer.transport.abort()
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures[0]

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=[self._run(ready)], daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self.failures:
            raise self.failures[0]

    async def _run(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        with contextlib.suppress(Exception):  # kept in `failures`, and raised in the thread that waits
            async with self:
                ready.set()
                await self._stop.wait()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(len(self.connections), reader, writer)
        self.connections.append(connection)
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: Connection) -> None:
        pump = asyncio.ensure_future(connection.pump())
        try:
            if self.connect is not None:
                await self.connect(connection)
            while not connection.writer.is_closing():
                request = await self._read_request(connection)
                self.requests.append(request)
                exchange = Exchange(request, connection)
                await self._play(self._script_for(request), exchange)
                if not exchange.complete:
                    break
        except EOFError:
            pass
        finally:
            connection.writer.close()
            # What the client does after the server's own end is still of interest: when it closed its side.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await connection.gone.wait()
            pump.cancel()

    async def _play(self, script: Script, exchange: Exchange) -> None:
        playing = asyncio.ensure_future(script(exchange))
        gone = asyncio.ensure_future(exchange.connection.gone.wait())
        try:
            await asyncio.wait([playing, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            playing.cancel()
            [outcome] = await asyncio.gather(playing, return_exceptions=True)
            if isinstance(outcome, Exception):
                self.failures.append(outcome)

    async def _read_request(self, connection: Connection) -> Request:
        start, *lines = (await connection.read_until(b"\r\n\r\n")).decode("latin-1").splitlines()
        method, path, _ = start.split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await connection.read_exactly(int(headers.get("content-length", "0")))
        return Request(method, path, headers, body, time.monotonic(), connection.number)

    def _script_for(self, request: Request) -> Script:
        for end, script in self.paths.items():
            if request.path.endswith(end):
                return script
        if request.method != "POST":
            return listing
        if self._turn_of is not self.scripts:
            self._turn_of = self.scripts
            self._turn = iter([self.scripts] if callable(self.scripts) else self.scripts)
        self._last = next(self._turn, self._last)
        return self._last


def one_at_a_time() -> Callable[[Connection], Awaitable[None]]:
    """A `connect` for a server that reads of no connection before the one it has is closed."""
    turn = asyncio.Lock()
    waiting: set[asyncio.Task[None]] = set()

    async def release(connection: Connection) -> None:
        await connection.gone.wait()
        turn.release()

    async def take(connection: Connection) -> None:
        await turn.acquire()
        task = asyncio.create_task(release(connection))
        waiting.add(task)
        task.add_done_callback(waiting.discard)

    return take


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """A base URL at which a connection neither opens nor fails: its queue is full.

    Skips the test where the system has no such queue.
    """
    if sys.platform != "linux":
        import pytest

        pytest.skip("only Linux leaves a connection waiting at a full queue")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield "http://{}:{}/v1".format(*listener.getsockname())


def closed_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
