"""Finding words in the conversation: the bar, its keys, and a hit that is opened from the history."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.tui.message_list.widget import Transcript
from neurotui.wire.events import TextDelta
from tests.chat.test_session import ANSWER, Script
from tests.tui.chatting import Chat, chatting


def saying(*texts: str) -> Script:
    """An answer that says this."""
    first = next(at for at, event in enumerate(ANSWER) if isinstance(event, TextDelta))
    rest = [event for event in ANSWER if not isinstance(event, TextDelta)]
    return [*rest[:first], *map(TextDelta, texts), *rest[first:]]


def marks(chat: Chat, word: str = "hit") -> list[str]:
    return [
        span.text
        for shown in chat.pane.transcript.shown
        for span in shown.line.spans
        if word in span.style.split()
    ]


async def asked(chat: Chat, text: str = "hello") -> None:
    """Ask something, and wait for the answer."""
    await chat.type(text)
    await chat.press("enter")
    await chat.until(lambda: not chat.pane.session.running and len(chat.pane.transcript.views) > 1)


PARAGRAPHS = saying("\n\n".join(f"The loop number {number} runs." for number in range(1, 41)))


@pytest.mark.parametrize(
    ("language", "keys", "close"),
    [
        ("en", "↓ next match   ↑ previous match", "Esc close"),
        ("ru", "↓ следующее   ↑ предыдущее", "Esc закрыть"),
    ],
)
async def test_what_is_typed_is_found_counted_and_gone_through(
    tmp_path: Path, language: str, keys: str, close: str
) -> None:
    async with chatting(tmp_path, PARAGRAPHS, language=language) as chat:
        await asked(chat)
        await chat.press("ctrl+f")
        await chat.type("loop number 3")
        await chat.until_shown("/11")
        assert keys in chat.shown() and close in chat.shown()
        assert marks(chat, "hit-here") == ["loop number 3"]
        await chat.press("enter", "down", "up")
        rank = int(chat.shown().partition("/11")[0].split()[-1])
        await chat.press("up")
        await chat.until_shown(f"{(rank - 2) % 11 + 1}/11")
        await chat.press("escape")
        await chat.until(lambda: not marks(chat) and not marks(chat, "hit-here"))
        assert "/11" not in chat.shown()
        assert chat.screen.focused is chat.composer and chat.text == ""


async def test_keys_that_follow_at_once_go_into_the_bar(tmp_path: Path) -> None:
    async with chatting(tmp_path, PARAGRAPHS) as chat:
        await asked(chat)
        await chat.type("\x06runs")
        await chat.press("ctrl+f")
        await chat.type("runs")
        await chat.until_shown("/40")
        assert "runs" not in chat.text.removeprefix("runs")


async def test_letters_in_the_messages_go_from_hit_to_hit_on_both_layouts(tmp_path: Path) -> None:
    async with chatting(tmp_path, PARAGRAPHS) as chat:
        await asked(chat)
        await chat.press("ctrl+f")
        await chat.type("number 2 ")
        await chat.until_shown("1/1")
        await chat.press("ctrl+f")
        await chat.type("number 2")
        await chat.until_shown("/11")
        await chat.press("tab")
        assert isinstance(chat.screen.focused, Transcript)
        shown = chat.shown().partition("/11")[0].split()[-1]
        for key, step in (("n", 1), ("т", 1), ("N", -1), ("Т", -1)):
            await chat.press(key)
            shown = str((int(shown) - 1 + step) % 11 + 1)
            await chat.until_shown(f"{shown}/11")
        await chat.press("escape")
        await chat.press("n")
        await chat.until(lambda: bool(chat.notices))
        assert "Ctrl+F" in chat.notices[-1]


async def test_words_behind_a_slash_are_looked_for(tmp_path: Path) -> None:
    async with chatting(tmp_path, PARAGRAPHS) as chat:
        await chat.type("/find loop")
        await chat.press("enter")
        await chat.until(lambda: "There is nothing to search yet" in chat.notices)
        await asked(chat)
        await chat.type("/find loop")
        await chat.press("enter")
        await chat.until_shown("/40")


async def test_what_is_typed_on_the_other_layout_says_what_it_was_taken_for(tmp_path: Path) -> None:
    async with chatting(tmp_path, saying("Привет, мир"), size=(100, 24)) as chat:
        await asked(chat)
        await chat.press("ctrl+f")
        await chat.type("ghbdtn")
        await chat.until_shown("1/1   shown for “привет”")
        await chat.type("zzz")
        await chat.until_shown("nothing was found")


async def test_an_answer_that_comes_is_counted(tmp_path: Path) -> None:
    async with chatting(tmp_path, PARAGRAPHS, PARAGRAPHS) as chat:
        await asked(chat)
        await chat.press("ctrl+f")
        await chat.type("loop")
        await chat.until_shown("/40")
        chat.pane.composer.focus()
        await chat.type("more of the loop")
        await chat.press("enter")
        await chat.until_shown("/81")


async def test_another_conversation_ends_it(tmp_path: Path) -> None:
    async with chatting(tmp_path, PARAGRAPHS) as chat:
        await asked(chat)
        await chat.press("ctrl+f")
        await chat.type("loop")
        await chat.until_shown("/40")
        await chat.press("ctrl+n")
        await chat.until(lambda: "/40" not in chat.shown())
        assert chat.pane.transcript.hits is None and chat.screen.focused is chat.composer


async def test_a_hit_from_the_history_arrives_with_its_words_marked(tmp_path: Path) -> None:
    first = saying(
        "docker " * 3 + "\n\n" + "filler\n\n" * 60 + "compose and docker together\n\n" + "x\n\n" * 60
    )
    async with chatting(tmp_path, first) as chat:
        await asked(chat)
        await chat.press("ctrl+n")
        await chat.until(lambda: not chat.pane.session.conversation.messages)
        await chat.press("ctrl+r")
        await chat.type("compose docker")
        await chat.until_shown("docker docker")
        await chat.press("enter")
        await chat.until_shown("1/5")
        assert {*marks(chat), *marks(chat, "hit-here")} == {"docker"}
        assert chat.screen.focused is chat.composer
        assert "Esc close" in chat.shown() and "next match" not in chat.shown(), "here ↓ is not the bar's"
        await chat.press("tab")
        await chat.until_shown("n next match   N previous match   Esc close")
        await chat.press("n")
        await chat.until_shown("2/5")
        await chat.press("escape")
        await chat.until(lambda: not marks(chat))
        assert "/5" not in chat.shown()


async def test_escape_in_the_bar_closes_it_and_stops_nothing(tmp_path: Path) -> None:
    async with chatting(tmp_path, PARAGRAPHS, [*PARAGRAPHS[:-2], 3600.0]) as chat:
        await asked(chat)
        await chat.press("ctrl+f")
        await chat.type("loop")
        await chat.until_shown("/40")
        chat.pane.composer.focus()
        await chat.type("again")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.running)
        await chat.press("ctrl+f", "escape")
        assert chat.pane.session.running and chat.pane.transcript.hits is None
        await chat.press("escape")
        await chat.until(lambda: not chat.pane.session.running)
