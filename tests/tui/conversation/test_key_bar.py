"""The footer names the keys of what has the focus."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from neurotui.app.wording import StatusText
from tests.chat.test_session import ENDLESS
from tests.tui.chatting import Chat, chatting
from tests.tui.conversation.test_continuing import ask, go_on, said
from tests.tui.conversation.test_reading import ANSWERS


def footer(chat: Chat) -> str:
    return chat.shown().split("\n")[-1].strip()


def keys(chat: Chat) -> set[str]:
    return {part.split()[0] for part in footer(chat).split("   ")}


@pytest.mark.parametrize(
    ("language", "help_", "copy"), [("en", "F1 help", "c copy"), ("ru", "F1 помощь", "c коп")]
)
async def test_in_the_conversation_it_names_what_the_message_is_good_for(
    language: str, help_: str, copy: str, tmp_path: Path
) -> None:
    async with chatting(tmp_path, ANSWERS, language=language) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        assert copy not in footer(chat)
        await chat.press("tab", "k")
        for width in (60, 80, 200):
            await chat.pilot.resize_terminal(width, 24)
            await chat.pilot.pause()
            assert cell_len(footer(chat)) <= width - 4
            assert footer(chat).startswith("Ctrl+P ") and help_ in footer(chat)
            assert copy in footer(chat) or width == 60
        assert {"k", "c", "b", "o", "r", "e"} <= keys(chat)
        await chat.press("k")
        assert {"c", "e"} <= keys(chat)
        assert not keys(chat) & {"k", "b", "o", "r"}  # it is the first, without code and links, and no answer
        await chat.press("tab")
        assert copy not in footer(chat)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_the_most_useful_keys_stay_where_they_are_whatever_goes_on(
    size: tuple[int, int], language: str, tmp_path: Path
) -> None:
    async with chatting(tmp_path, ENDLESS, language=language, size=size) as chat:

        def worth() -> list[str]:
            first = [part.split()[0] for part in footer(chat).split("   ")][:4]
            return first if size[0] >= 80 else first[: first.index("F1") + 1]

        behind = [key for key in ("Ctrl+P", "Ctrl+R", "F1") if key in worth()]
        assert worth() == ["Enter", *behind] and (len(behind) == 3 or size[0] < 80)
        await chat.press("h", "i", "enter")
        await chat.until(lambda: footer(chat).startswith("Esc"))
        assert worth() in (["Esc", *behind], ["Esc", "Ctrl+P", "Ctrl+R", "F1"])


@pytest.mark.parametrize(("language", "label"), [("en", "F8 continue"), ("ru", "F8 продолж")])
async def test_it_begins_with_how_to_go_on_with_an_answer_that_was_cut(
    language: str, label: str, tmp_path: Path
) -> None:
    scripts = said("one"), said("two", "length"), said(" three")
    async with chatting(tmp_path, *scripts, language=language) as chat:
        await ask(chat)
        assert "F8" not in keys(chat)
        await ask(chat, "more")
        for size in ((60, 15), (80, 24), (120, 40)):
            await chat.pilot.resize_terminal(*size)
            await chat.pilot.pause()
            assert footer(chat).startswith(label) and any(
                "F8" in each.line.text for each in chat.pane.transcript.shown
            )
            shown = [part.split()[0] for part in re.split(" {2,}", footer(chat))]
            order = ["F8", "Enter", "Ctrl+P", "Ctrl+R", "F1"]
            fit = 5 if size[0] >= 80 else shown.index("F1")
            assert shown[:fit] == order[:fit]  # none of less worth stands where one has no room
            assert size[0] >= 80 or shown[fit:] == ["F1"]
        cut = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until(lambda: "F8" not in keys(chat))
        chat.pane.hold(cut)
        await chat.until(lambda: "F8" in keys(chat))
        await go_on(chat)
        await chat.until(lambda: "F8" not in keys(chat))


async def test_it_names_another_version_only_where_there_is_one(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(200, 24)) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        await chat.press("tab")
        assert not keys(chat) & {"←", "→"}
        await chat.press("r", "r")
        await chat.until(lambda: len(chat.asked) == 2 and not chat.pane.session.running)
        await chat.pilot.pause()
        assert keys(chat) & {"←", "→"} == {"←"}
        await chat.press("left")
        await chat.until(lambda: keys(chat) & {"←", "→"} == {"→"})


async def test_it_names_no_key_for_another_answer_while_one_is_written(tmp_path: Path) -> None:
    async with chatting(tmp_path, ENDLESS, size=(200, 24)) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: chat.pane.session.running)
        await chat.press("tab", "k")
        assert "c" in keys(chat) and "r" not in keys(chat)
        await chat.press("escape")
        await chat.until(lambda: "r" in keys(chat))


async def test_a_status_that_has_no_room_is_cut_with_an_ellipsis(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(60, 15)) as chat:
        chat.pane.status.line.line = StatusText(
            "○", "muted", ("The file of the keys cannot be read: " + "x" * 40,)
        )
        await chat.pilot.pause()
        assert f"read: {'x' * 16}…" in chat.shown()
