"""From a host and a port to a connection: the name is looked up, and its addresses race.

Names are looked up on a daemon thread. The event loop's executor is waited for at exit, and a resolver that
gets no answer would hold up a quitting program for half a minute. The addresses race as in RFC 8305, so that
a network whose IPv6 leads nowhere costs a quarter of a second and not the whole limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable
from typing import Any

from neurotui.api.connection import Connection

HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it."""

Address = tuple[int, str, int]
"""Family, numeric host, port."""


async def open_connection(host: str, port: int) -> Connection:
    """A connection to one of the addresses of `host`. Raises OSError, socket.gaierror among them."""
    return await first_to_answer(await look_up(host, port))


async def look_up(host: str, port: int) -> list[Address]:
    """The addresses of a name, in the system's order but with the families taking turns."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()

    def settle(setter: Callable[[Any], None], value: object) -> None:
        def set_unless_cancelled() -> None:
            if not found.done():
                setter(value)

        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(set_unless_cancelled)

    def look_up() -> None:
        try:
            records = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as reason:  # a label that is too long
            settle(found.set_exception, socket.gaierror(socket.EAI_NONAME, str(reason)))
        except OSError as reason:
            settle(found.set_exception, reason)
        else:
            settle(found.set_result, [(family, address[0], port) for family, *_, address in records])

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    addresses = await found
    first = [address for address in addresses if address[0] == addresses[0][0]]
    second = [address for address in addresses if address[0] != addresses[0][0]]
    pairs = itertools.zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]


async def first_to_answer(addresses: list[Address]) -> Connection:
    """A connection to the first address that answers; OSError of the first attempt where none does."""
    attempts: list[asyncio.Task[Connection]] = []
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


async def _connect(address: Address) -> Connection:
    family, host, port = address
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, port, family=family)
    return connection


def result_of(task: asyncio.Task[Connection] | None) -> Connection | None:
    """What a task has brought; None where it has not, for whatever reason."""
    if task is None or not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


def _discard(attempt: asyncio.Task[Connection]) -> None:
    connection = result_of(attempt)
    if connection is not None:
        connection.abort()
