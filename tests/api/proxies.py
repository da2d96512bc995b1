"""Proxies on loopback: HTTP, which forwards and tunnels, and SOCKS5.

Whatever name they are asked for, they go to this computer: none that is called loopback ever goes to a proxy.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes = b""
) -> None:
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    there_writer.write(first)
    await asyncio.gather(_pipe(reader, there_writer), _pipe(there_reader, writer))


@contextlib.asynccontextmanager
async def _serving(handler: Handler) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def handle() -> None:
            try:
                await handler(reader, writer)
            finally:
                writer.close()

        task = asyncio.get_running_loop().create_task(handle())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # for the sockets' own farewell


@contextlib.asynccontextmanager
async def http_proxy(asked: list[str], *, user: str = "") -> AsyncIterator[str]:
    """The address of an HTTP proxy that notes each line it is asked; `user` is `name:password`."""
    pass_word = "Basic " + base64.b64encode(user.encode()).decode()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line = head.splitlines()[0]
        asked.append(line)
        method, target, version = line.split()
        if user and f"proxy-authorization: {pass_word}".lower() not in head.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _join(reader, writer, int(target.rpartition(":")[2]))
        else:
            authority, slash, path = target.removeprefix("http://").partition("/")
            port = authority.rpartition(":")[2]
            first = head.replace(line, f"{method} {slash}{path} {version}", 1).encode()
            await _join(reader, writer, int(port), first)

    async with _serving(handler) as port:
        yield f"http://{user}{'@' if user else ''}127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def socks_proxy(asked: list[str]) -> AsyncIterator[str]:
    """The address of a SOCKS5 proxy that notes the targets it was asked for."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        if kind == 1:
            host = str(ipaddress.IPv4Address(await reader.readexactly(4)))
        else:
            [length] = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        port = int.from_bytes(await reader.readexactly(2))
        asked.append(f"{host}:{port}")
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await _join(reader, writer, port)

    async with _serving(handler) as port:
        yield f"socks://127.0.0.1:{port}"
