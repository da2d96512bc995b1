"""Notices in passing: whole on every screen, and none beside its equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.chatting import Chat, chatting

SENTENCE = "There is not a word of this answer to continue from; Ctrl+G asks again"


def rows(chat: Chat, text: str) -> list[int]:
    return [y for y, line in enumerate(chat.shown().split("\n")) if text in line]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_a_notice_is_seen_to_its_end_whatever_its_length(size: tuple[int, int], tmp_path: Path) -> None:
    room = (size[0] - 2) * 3 // 4 - 3
    async with chatting(tmp_path, size=size) as chat:
        for length in (room - 1, room, room + 1, 2 * room - 2, 2 * room - 1, 2 * room, 3 * room - 4):
            end = f" end{length}."
            chat.app.notify(f"{'a word ' * 60}"[: length - len(end)] + end, markup=False)
            await chat.until_shown(end.strip())
            await chat.pilot.click("Toast")
            await chat.until(lambda: not chat.notices)


async def test_an_equal_notice_takes_the_place_of_the_one_that_stands(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(60, 15)) as chat:
        chat.app.notify(SENTENCE, markup=False)
        await chat.until_shown("asks again")
        place = rows(chat, "asks again")
        known = {"", chat.newest_notice}
        for presses in range(1, 4):
            chat.app.notify(SENTENCE, markup=False)
            await chat.until(lambda: chat.newest_notice not in known)  # its time has begun again
            await chat.pilot.pause()
            assert chat.notices == [SENTENCE] and rows(chat, "asks again") == place, presses
            known.add(chat.newest_notice)
        chat.app.notify(SENTENCE, severity="warning", markup=False)
        await chat.until(lambda: len(rows(chat, "asks again")) == 2)
