"""The client against aimock, a server on Node.js: tool calls, reasoning, and Node's short keep-alive."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from neurotui.api.timeouts import DEFAULT_TIMEOUTS
from neurotui.wire.events import Failed, RetryScheduled
from tests.api.asking import ask, client_of, question
from tests.cli.asking import Shell
from tests.peers.programs import find, free_port, started

KEEP_ALIVE = 5.0
"""Seconds after which Node.js closes a connection that stands idle."""
FIXTURES = {
    "fixtures": [
        {"match": {"userMessage": "think"}, "response": {"content": "42", "reasoning": "6 by 7 …"}},
        {
            "match": {"userMessage": "call"},
            "response": {"toolCalls": [{"name": "get_weather", "arguments": {"city": "Пермь"}}]},
        },
        {"match": {"userMessage": "hello"}, "response": {"content": "Привет! " * 20}},
        {
            "match": {"userMessage": "refuse"},
            "response": {"error": {"message": "no money", "code": "insufficient_quota"}, "status": 429},
        },
    ]
}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The base URL of an aimock that knows FIXTURES."""
    node, script = find("node"), Path(find("aimock")).resolve().with_name("cli.js")
    port, file = free_port(), tmp_path / "fixtures.json"
    file.write_text(json.dumps(FIXTURES), "utf-8")
    command = [node, str(script), "-p", str(port), "-f", str(file), "--strict"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with started(command, port, log=tmp_path / "aimock.log", environment=environment):
        yield f"http://127.0.0.1:{port}/v1"


def test_an_answer_its_reasoning_and_its_calls(shell: Shell, url: str) -> None:
    def ask(text: str) -> tuple[int, dict[str, object]]:
        done = shell(None, "ask", "--json", "-m", "gpt-5", text, variables={"NEUROTUI_BASE_URL": url})
        result: dict[str, object] = json.loads(done.out)
        return done.code, result

    code, result = ask("hello")
    assert (code, result["text"], result["status"]) == (0, "Привет! " * 20, "complete")

    code, result = ask("think")
    assert (code, result["text"], result["reasoning"]) == (0, "42", "6 by 7 …")

    code, result = ask("call")
    calls = result["tool_calls"]
    assert isinstance(calls, list)
    assert (code, calls[0]["name"], json.loads(calls[0]["arguments"])) == (
        0,
        "get_weather",
        {"city": "Пермь"},
    )

    code, result = ask("refuse")
    assert (code, result["status"]) == (4, "failed")


async def test_the_edge_of_a_short_keep_alive(url: str) -> None:
    """Requests that leave around the moment of the close are answered all the same, each once."""

    async def twice(pause: float) -> None:
        client = client_of(url, timeouts=DEFAULT_TIMEOUTS)
        for wait in (pause, 0.0):
            reply = await ask(client, question("hello"))
            assert (reply.text, reply.whole) == ("Привет! " * 20, True)
            assert not reply.count(Failed) and not reply.count(RetryScheduled)
            await asyncio.sleep(wait)
        await client.aclose()

    offsets = range(-40, 41, 4)
    await asyncio.gather(*(twice(KEEP_ALIVE + offset / 1000) for offset in offsets))
    async with httpx.AsyncClient() as journal:
        asked = await journal.get(
            f"{url.removesuffix('/v1')}/__aimock/journal", params={"path": "/v1/chat/completions"}
        )
    assert int(asked.headers["X-Total-Count"]) == 2 * len(offsets)
