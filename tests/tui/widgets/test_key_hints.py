"""The keys at the foot of a dialog leave room for what the dialog is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList
from tests.tui.chatting import chatting


@pytest.mark.sample("language")
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("key", ["ctrl+r", "ctrl+l", "ctrl+p", "f7"])
async def test_on_a_small_screen_there_are_fewer(key: str, language: str, tmp_path: Path) -> None:
    async with chatting(tmp_path, language=language) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        await chat.press(key)
        await chat.until(lambda: bool(chat.app.screen.query(PickList)))
        for size in ((80, 24), (60, 15), (40, 10), (20, 6), (80, 24)):
            await chat.pilot.resize_terminal(*size)
            await chat.pilot.pause()
            hints = chat.app.screen.query_one(KeyHints)
            assert hints.size.height <= max(1, size[1] // 4)
            if size != (20, 6):
                assert "Esc" in chat.shown()
                shown = chat.app.screen.query_one(PickList)
                assert shown.size.height and shown.region.bottom <= hints.region.y
