"""Two windows on one conversation: both go on, the second is told, nothing is lost or mixed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.servers import Exchange, Server, answer
from tests.store.examples import check, rows
from tests.terminal import NEUROTUI, Terminal

WORDS = 40


async def script(exchange: Exchange) -> None:
    """Answers with the question in each word."""
    question = exchange.request.json["messages"][-1]["content"]
    await exchange.head()
    for number in range(WORDS):
        await exchange.text(f"{question}{number} ")
        await asyncio.sleep(0.01)
    await exchange.text("end.")
    await exchange.finish()


def test_two_windows_on_one_conversation(tmp_path: Path) -> None:
    with Server(script) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-" + "0123456789abcdef" * 2}

        def launch(*flags: str) -> Terminal:
            return Terminal([*NEUROTUI, "--lang", "en", *flags], home=tmp_path, environment=environment)

        def ask(terminal: Terminal, text: str) -> None:
            terminal.wait_for("Message")
            terminal.type(text)
            terminal.wait_for(text)
            terminal.press("enter")

        with launch() as first:
            ask(first, "one")
            first.wait_for("end.")
            with launch("-c") as second:
                second.wait_for("end.")
                second.wait_for("open in another window")
                assert "another window" not in first.text
                for terminal, name in ((first, "left"), (second, "right")):
                    ask(terminal, name)
                for terminal, name in ((first, "left"), (second, "right")):
                    terminal.wait_for(lambda t=terminal, n=name: f"{n}{WORDS - 1} end." in t.text)  # type: ignore[misc]
                    other = "right" if name == "left" else "left"
                    assert f"{other}0" not in terminal.text
                    terminal.press("ctrl+q")
                    assert terminal.wait_for_exit() == 0
    folder = tmp_path / ".local" / "share" / "neurotui"
    check(folder)
    answers = {
        question: [text for (text,) in rows(folder, f"SELECT text FROM messages WHERE parent_id = '{id_}'")]
        for id_, question in rows(folder, "SELECT id, text FROM messages WHERE role = 'user'")
    }
    said = {name: "".join(f"{name}{number} " for number in range(WORDS)) for name in answers}
    assert answers == {name: [said[name] + "end."] for name in ("one", "left", "right")}
    branches = rows(
        folder, "SELECT count(*) FROM messages WHERE text IN ('left', 'right') GROUP BY parent_id"
    )
    assert branches == [(2,)], "two questions after the same answer"


async def dated(exchange: Exchange) -> None:
    """Answers under the name of an edition; the five tokens of the answer are a dollar."""
    exchange._model += "-2025-08-07"
    await answer("Hello.")(exchange)


def test_a_limit_of_the_day_holds_in_every_window_and_for_every_way_to_ask(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "neurotui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        '[budget]\nday_cost = 1.0\n[profiles.neuroapi]\nprices."gpt-5-mini" = { output = 200000.0 }\n'
    )
    with Server(dated) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-" + "0123456789abcdef" * 2}

        def launch() -> Terminal:
            command = [*NEUROTUI, "--lang", "en", "-m", "gpt-5-mini"]
            return Terminal(command, home=tmp_path, environment=environment)

        with launch() as first, launch() as second:
            for terminal in (first, second):
                terminal.wait_for("Message")
            first.type("one")
            first.press("enter")
            first.wait_for("Hello.")
            first.wait_for(" · $1.00")
            for terminal, text in ((first, "two"), (second, "three")):
                terminal.type(text)
                terminal.wait_for(text)
                terminal.press("enter")
                terminal.wait_for("✗ The budget is used up")
                terminal.wait_for(lambda t=terminal, word=text: f"│ {word}" in t.text.split("○ ready")[-1])  # type: ignore[misc]
            first.press("ctrl+g")
            first.wait_for("2/2")
            assert len(server.chats) == 1


async def says_a_word(exchange: Exchange) -> None:
    """Answers `still` with a word and then nothing, anything else wholly."""
    if "still" not in exchange.request.json["messages"][-1]["content"]:
        await answer("Hello.")(exchange)
        return
    await exchange.head()
    await exchange.text("Word.")
    await exchange.stall()


@pytest.mark.parametrize("language", ["en", pytest.param("ru", marks=pytest.mark.slow)])
def test_what_is_deleted_in_one_window_and_answered_in_another_stays(tmp_path: Path, language: str) -> None:
    """In both orders: deleted while it runs, and asked after it was deleted."""
    kept, back, told = {
        "en": (
            "still” is kept",
            "still” is back",
            "It is kept, because an answer is being written",
        ),
        "ru": ("still» остаётся", "still» снова на месте", "Она остаётся: в ней пишется ответ"),
    }[language]
    with Server(says_a_word) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-" + "0123456789abcdef" * 2}

        def launch() -> Terminal:
            command = [*NEUROTUI, "--lang", language]
            return Terminal(command, home=tmp_path, environment=environment, size=(100, 24))

        def delete(terminal: Terminal) -> None:
            terminal.press("ctrl+r")
            terminal.wait_for("a question")
            terminal.press("ctrl+d")

        with launch() as first, launch() as second:
            for terminal in (first, second):
                terminal.wait_for("Ctrl+J")
            first.type("a question, still")
            first.press("enter")
            first.wait_for("Word.")
            delete(second)
            second.wait_for(kept)
            second.press("escape")
            assert told not in first.text
            first.press("escape")
            server.wait(lambda: not server.open)
            first.wait_for({"en": "stopped by you", "ru": "остановлено вами"}[language])
            first.type("another one")
            first.press("enter")
            first.wait_for("Hello.")
            delete(second)
            second.wait_for({"en": "is deleted", "ru": "удалена"}[language])
            first.type("go on, still")
            first.press("enter")
            first.wait_for(told)
            second.wait_for(back)
            second.wait_for("●")
            server.wait(lambda: server.open == 1)  # nothing was stopped
    folder = tmp_path / ".local" / "share" / "neurotui"
    check(folder)
    assert rows(folder, "SELECT count(*) FROM conversations WHERE deleted_at IS NULL") == [(1,)]
