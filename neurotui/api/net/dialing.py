"""From a host and a port to a connection: the name is looked up, and its addresses race.

The addresses race as in RFC 8305, so that a network whose IPv6 leads nowhere costs a quarter of a second and
not the whole limit.
"""

from __future__ import annotations

import asyncio
import itertools
import socket

from neurotui.api.net.stream import SocketStream
from neurotui.api.net.threads import on_daemon_thread

HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it."""

Address = tuple[int, str, int]
"""Family, numeric host (that of a local link with its zone), port."""


async def open_connection(host: str, port: int) -> SocketStream:
    """A connection to one of the addresses of `host`. Raises OSError, socket.gaierror among them."""
    return await first_to_answer(await look_up(host, port))


async def look_up(host: str, port: int) -> list[Address]:
    """Return the addresses of a name, in the system's order but with the families taking turns.

    An address of IPv6 may have its zone as in a URL (RFC 6874). What ends in .localhost is asked of no name
    server (RFC 6761): nobody else shall say where that is.
    """
    name = host.replace("%25", "%", 1) if ":" in host else host
    if name.lower().rstrip(".").endswith(".localhost"):
        name = "localhost"

    def ask() -> list[Address]:
        try:
            records = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except UnicodeError as reason:  # a label that is too long
            raise socket.gaierror(socket.EAI_NONAME, str(reason)) from None
        return [(family, _with_zone(address), port) for family, *_, address in records]

    addresses = await on_daemon_thread(ask, f"look up {host}")
    first = [address for address in addresses if address[0] == addresses[0][0]]
    second = [address for address in addresses if address[0] != addresses[0][0]]
    pairs = itertools.zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]


def _with_zone(address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> str:
    zone = address[3] if len(address) == 4 else 0
    return f"{address[0]!s}%{zone}" if zone else str(address[0])


async def first_to_answer(addresses: list[Address]) -> SocketStream:
    """A connection to the first address that answers; OSError of the first attempt where none does."""
    attempts: list[asyncio.Task[SocketStream]] = []
    winner = None
    try:
        for number, address in enumerate(addresses, start=1):
            attempts.append(asyncio.create_task(_connect(address)))
            last = number == len(addresses)
            while winner is None and (pending := [attempt for attempt in attempts if not attempt.done()]):
                done, _ = await asyncio.wait(
                    pending, timeout=None if last else HEAD_START, return_when=asyncio.FIRST_COMPLETED
                )
                winner = next((attempt for attempt in done if result_of(attempt) is not None), None)
                if not last and not winner:
                    break
            if winner is not None:
                return winner.result()
        reason = attempts[0].exception()
        assert reason is not None
        raise reason
    finally:
        for attempt in attempts:
            if attempt is not winner:
                attempt.cancel()
                attempt.add_done_callback(_discard)


async def _connect(address: Address) -> SocketStream:
    family, host, port = address
    _, connection = await asyncio.get_running_loop().create_connection(
        SocketStream, host, port, family=family
    )
    return connection


def result_of(task: asyncio.Task[SocketStream] | None) -> SocketStream | None:
    """Return the connection that a task has opened; None if it has not, for whatever reason."""
    if task is None or not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


def _discard(attempt: asyncio.Task[SocketStream]) -> None:
    connection = result_of(attempt)
    if connection is not None:
        connection.abort()
