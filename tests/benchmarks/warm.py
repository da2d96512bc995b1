"""From the call that asks to the whole request at the server: over a new connection, a warm one, a kept one.

    python -m tests.benchmarks.warm [--runs 30]

TLS to a server on loopback, and to the same one behind a relay that holds every packet back, so that a round
trip takes 40 ms, as to a server in the next country (opening TCP, which a relay cannot slow down, is not in
it). Both clocks are `time.monotonic()` of one process. The client is warmed up first, so that no import is
measured. Aim: what is warm takes a millisecond or two beyond the way of the request itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint, Secret
from neurotui.wire.events import ReplyEvent
from neurotui.wire.request import ChatRequest, RequestMessage
from tests.benchmarks.figures import keep, median, percentile, table
from tests.servers import CERTIFICATES, Server, answer

ROUND_TRIP = 0.04
REQUEST = ChatRequest("m", [RequestMessage("user", "Hello " * 100)])


def unheard(_event: ReplyEvent) -> None:
    pass


async def taken(client: ChatClient, server: Server) -> float:
    """Seconds from the call to the request at the server."""
    began = time.monotonic()
    await client.stream(REQUEST, unheard)
    return server.chats[-1].at - began


async def over_new(url: str, server: Server) -> float:
    client = ChatClient(Endpoint(url, Secret("sk-benchmark")))
    await client.endpoint()
    seconds = await taken(client, server)
    await client.aclose()
    return seconds


async def over_warm(url: str, server: Server) -> float:
    client = ChatClient(Endpoint(url, Secret("sk-benchmark")))
    await client.warm()
    await asyncio.sleep(0.1 + 3 * ROUND_TRIP)  # the user types
    seconds = await taken(client, server)
    await client.aclose()
    return seconds


async def over_kept(url: str, server: Server) -> float:
    client = ChatClient(Endpoint(url, Secret("sk-benchmark")))
    await client.stream(REQUEST, unheard)
    seconds = await taken(client, server)
    await client.aclose()
    return seconds


@asynccontextmanager
async def relay(port: int, delay: float) -> AsyncIterator[int]:
    """The port of a relay to `port` that passes all bytes on `delay` seconds later, each way."""
    loop = asyncio.get_running_loop()
    pipes: set[asyncio.Task[None]] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                loop.call_later(delay, writer.write, data)
        loop.call_later(delay, writer.close)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        for task in (asyncio.create_task(pipe(reader, back)), asyncio.create_task(pipe(there, writer))):
            pipes.add(task)
            task.add_done_callback(pipes.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in pipes:
        task.cancel()


async def measure(runs: int) -> dict[str, dict[str, list[float]]]:
    """Seconds by place and kind of connection."""
    kinds = {"new connection": over_new, "warm connection": over_warm, "kept connection": over_kept}
    figures: dict[str, dict[str, list[float]]] = {}
    with Server(answer("Hi"), tls="localhost") as server:
        async with relay(server.port, ROUND_TRIP / 2) as far:
            places = {"loopback": server.port, f"{ROUND_TRIP * 1000:.0f} ms round trip": far}
            for place, port in places.items():
                url = f"https://127.0.0.1:{port}/v1"
                await over_new(url, server)
                figures[place] = {
                    kind: [await over(url, server) for _ in range(runs)] for kind, over in kinds.items()
                }
            await asyncio.sleep(4 * ROUND_TRIP)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    os.environ["SSL_CERT_FILE"] = str(CERTIFICATES / "ca.pem")
    figures = asyncio.run(measure(runs))
    rows = [
        (f"{place}, {kind}", *(f"{value * 1000:.1f}" for value in (median(values), percentile(values, 95))))
        for place, kinds in figures.items()
        for kind, values in kinds.items()
    ]
    print(table(("request at the server after, ms", "p50", "p95"), rows))
    print(keep("warm", {"runs": runs, "seconds": figures}))


if __name__ == "__main__":
    main()
