"""The linear face asks about what is dear, by whatever command it leaves; a message that waits, too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.catalogues import openrouter
from tests.cli.test_ask import configure
from tests.plain.test_in_a_terminal import talking
from tests.plain.test_pipes import talk
from tests.servers import Exchange, Server
from tests.tui.conversation.test_asking_price import MODELS

QUESTION = "Send it?\n1. Send it\n2. Do not send it"


async def limited(exchange: Exchange) -> None:
    """Answers, and is cut by the limit of tokens."""
    await exchange.head()
    await exchange.text("Half of it\n")
    await exchange.delta("length")
    await exchange.event("[DONE]")
    await exchange.end()


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("/repeat", 1),
        ("/regenerate", 1),
        ("/continue", 1),
        ("/edit\nIn other words", 1),
        ("/compare gpt-5-mini gpt-5", 2),
    ],
)
def test_every_command_asks_once(tmp_path: Path, typed: str, count: int) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.001")
    lines = f"Hi\n1\n{typed}\n2\n{typed}\n1\n" + ("\n" if count > 1 else "")
    with Server(limited, paths=openrouter(MODELS)) as server:
        _code, out = talk(tmp_path, server, lines, NEUROTUI_MODEL="gpt-5-mini")
        assert len(server.chats) == 1 + count, out
    assert out.count(QUESTION) == 3


@pytest.mark.parametrize("typed", ["/repeat", "/regenerate", "/continue", "/compare gpt-5-mini gpt-5\n"])
def test_what_is_not_dear_is_not_asked_about(tmp_path: Path, typed: str) -> None:
    configure(tmp_path, "[budget]\nask_above = 1")
    with Server(limited, paths=openrouter(MODELS)) as server:
        _code, out = talk(tmp_path, server, f"Hi\n{typed}\n", NEUROTUI_MODEL="gpt-5-mini")
        assert len(server.chats) > 1, out
    assert QUESTION not in out


@pytest.mark.parametrize("currency", ["RUB", "USD"])
def test_a_picture_says_so_where_it_is_chosen(tmp_path: Path, currency: str) -> None:
    with Server(limited, paths=openrouter(MODELS)) as server:
        sold = f'base_url = "{server.url}"\ncurrency = "{currency}"\nrate = 80'
        configure(tmp_path, f'[budget]\nask_above = 2\ncurrency = "RUB"\n[profiles.neuroapi]\n{sold}')
        variables = {"NEUROTUI_MODEL": "gpt-5-mini", "NEUROTUI_BASE_URL": ""}
        _code, out = talk(tmp_path, server, "/image кот\n\n", "--plain", "--lang", "ru", **variables)
        assert not [each for each in server.requests if each.path.endswith("generations")]
    is_dear = "Вы просили спрашивать, если дороже 2\u00a0₽.\n" in out
    assert is_dear == (currency == "RUB"), "without a rate nothing is told of roubles"
    price = "3,2\u00a0₽" if is_dear else "0,04\u00a0$"
    assert f"painter · {price}" in out


def test_a_message_that_waits_is_asked_about(tmp_path: Path) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.001")
    gate = asyncio.Event()

    async def waits(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Begun.\n")
        await gate.wait()
        await exchange.text("Done.\n")
        await exchange.finish()

    with (
        Server(waits, paths=openrouter(MODELS)) as server,
        talking(tmp_path, server, "-m", "gpt-5-mini") as terminal,
    ):
        terminal.type("one\r")
        terminal.wait_for("2. Do not send it")
        terminal.type("1\r")
        terminal.wait_for("Begun.")
        terminal.type("two\r")
        terminal.wait_for(lambda: terminal.text.count("2. Do not send it") == 2)
        terminal.type("2\r")
        terminal.type("two\r")
        terminal.wait_for(lambda: terminal.text.count("2. Do not send it") == 3)
        terminal.type("1\r")
        terminal.wait_for("It will be sent when the answer ends")
        assert len(server.chats) == 1
        server.do(gate.set)
        server.wait(lambda: len(server.chats) == 2)
        terminal.wait_for(lambda: terminal.text.count("Done.") == 2)
        assert terminal.text.count("2. Do not send it") == 3
