"""Commands that cannot be done: a sentence each, in both languages, whole on every screen or cut by …"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets._toast import Toast

from neurotui.api.catalogue import ModelInfo
from tests.chat.test_session import ANSWER, ENDLESS
from tests.tui.chatting import Chat, chatting


async def give(chat: Chat, command: str) -> None:
    await chat.type(command)
    await chat.press("enter")


async def answered(chat: Chat) -> None:
    await give(chat, "hi")
    await chat.until(lambda: chat.pane.session.turn is not None and not chat.pane.session.running)


async def compare_nobody(chat: Chat) -> None:
    chat.pane.account.models = [ModelInfo("alpha")]
    await give(chat, "/compare nobody")


async def compare_none(chat: Chat) -> None:
    await chat.type("/compare ")
    await chat.press("escape", "enter")


async def compare_nine(chat: Chat) -> None:
    await give(chat, "/compare a b c d e f g h i")


async def continue_what_is_finished(chat: Chat) -> None:
    await answered(chat)
    await give(chat, "/continue")


async def continue_a_question(chat: Chat) -> None:
    await answered(chat)
    chat.pane.transcript.focus()
    await chat.press("k", "f8")


async def continue_while_one_runs(chat: Chat) -> None:
    chat.client.scripts = [ENDLESS]
    await give(chat, "hi")
    await chat.until_shown("начало")
    await give(chat, "/continue")


async def continue_nothing(chat: Chat) -> None:
    await give(chat, "/continue")


async def find_in_nothing(chat: Chat) -> None:
    await give(chat, "/find words")


async def next_of_nothing(chat: Chat) -> None:
    await give(chat, "/next")


@pytest.mark.sample("size")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15)])
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("do", "words", "asked"),
    [
        (compare_nobody, "nobody", 0),
        (compare_none, "/compare", 0),
        (compare_nine, "8", 0),
        (continue_what_is_finished, "", 1),
        (continue_a_question, "", 1),
        (continue_while_one_runs, "", 1),
        (continue_nothing, "", 0),
        (find_in_nothing, "", 0),
        (next_of_nothing, "", 0),
    ],
)
async def test_it_is_said_in_a_sentence(
    tmp_path: Path,
    do: Callable[[Chat], Awaitable[None]],
    words: str,
    asked: int,
    language: str,
    size: tuple[int, int],
) -> None:
    async with chatting(tmp_path, ANSWER, size=size, language=language) as chat:
        await do(chat)
        await chat.until(lambda: bool(chat.notices or chat.note))
        sentence = (chat.notices or [chat.note])[-1]
        assert words in sentence and (re.search("[а-яё]", sentence) is not None) is (language == "ru")
        await chat.until(lambda: is_shown(chat, sentence))
        assert all(cell_len(line) <= size[0] for line in chat.shown().splitlines())
        assert len(chat.asked) == asked
        await chat.pane.workspace.stop_all()


def is_shown(chat: Chat, sentence: str) -> bool:
    """True if a sentence is on the screen, in as many lines as it takes, or as much as fits before an …"""
    lines = chat.shown().splitlines()
    for toast in chat.app.screen.query(Toast):
        x, y, width, height = toast.region
        part = "".join(line.ljust(x + width)[x : x + width] for line in lines[y : y + height])
        if letters(sentence) in letters(part):
            return True
    return any(
        letters(sentence) in letters(line)
        or ("…" in line and letters(sentence).startswith(letters(line[: line.rindex("…")]) or "nothing"))
        for line in lines
    )


def letters(text: str) -> str:
    return "".join(re.findall(r"\w", text))
