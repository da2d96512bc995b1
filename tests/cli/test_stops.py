"""What is known of stops stands at the end of a stopped answer, in the faces of lines too."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.store.store import Store
from tests.cli.asking import KEY, environment
from tests.cli.store import FOLDER
from tests.servers import Exchange, Server
from tests.terminal import NEUROTUI, Terminal

WORDS = {
    "en": "here Stop stopped the bill 9 of 9 times",
    "ru": "здесь остановка прекращала списание: 9 из 9 раз",
}


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Begun, and\n")
    await exchange.stall()


def keep(home: Path, server: Server) -> None:
    """Keep that nine stops have stopped the bill."""
    store = Store(home / FOLDER)
    store.learnt.put(server.url.removesuffix("/v1"), "gpt-5-mini", "stops", "9 9")
    store.close()
    store.journal._database.close()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_linear_face(tmp_path: Path, language: str) -> None:
    with Server(endless) as server:
        keep(tmp_path, server)
        variables = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY, "TERM": "dumb"}
        command = [*NEUROTUI, "--plain", "-m", "gpt-5-mini", "--lang", language]
        with Terminal(command, home=tmp_path, environment=variables, size=(160, 40)) as terminal:
            terminal.wait_for("/help")
            terminal.type("Hi\r")
            terminal.wait_for("Begun, and")
            terminal.send(b"\x03")
            terminal.wait_for(WORDS[language])


@pytest.mark.parametrize("models", [("gpt-5-mini",), ("gpt-5-mini", "gpt-5-mini")])
def test_ask(tmp_path: Path, models: tuple[str, ...]) -> None:
    with Server(endless) as server:
        keep(tmp_path, server)
        command = [*NEUROTUI, "ask", *(f"-m{model}" for model in models), "Hi"]
        variables = environment(tmp_path, server)
        with Terminal(command, home=tmp_path, environment=variables, size=(160, 40)) as terminal:
            server.wait(lambda: len(server.chats) == len(models))
            terminal.wait_until_quiet(0.3)
            terminal.send(b"\x03")
            terminal.wait_for(lambda: terminal.text.count(WORDS["en"]) == len(models))
            assert terminal.wait_for_exit() == 130
