"""Two windows on one conversation: both go on, the second is told, nothing is lost or mixed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.servers import Exchange, Server
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
