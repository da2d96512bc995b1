"""Every screen, in both languages and on every size of terminal: what somebody needs who stands before it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from textual.geometry import Region

from neurotui.app.commands import key_name
from neurotui.i18n import _
from neurotui.tui.conversation.features.history import History
from neurotui.tui.conversation.key_bar import KeyBar
from neurotui.tui.widgets.key_hints import KeyHints
from tests.scenes import Scene, Stage
from tests.tui.chatting import chatting

WORTH = ("Ctrl+P", "Ctrl+R", "F1")
"""Keys that lead to everything else, in their order on the last line."""
NAMES = {"neurotui", "neuroapi", "ollama", "demo", "minimal", "low", "medium", "high", "mini", "openai"}
"""Words that are the same in every language, because a server or a file is told them."""


def check(stage: Stage, scene: Scene) -> None:
    """Hold a scene against what somebody needs who comes to it; `test_pictures.py` does so in every one."""
    screen = stage.app.screen
    lines = stage.shown()
    assert all(len(line) <= stage.app.size.width for line in lines)
    if scene.control:
        controls = [widget for widget in screen.query(scene.control) if widget.has_focus]
        assert controls, f"{screen.focused} has the focus"
        assert is_seen(stage, controls[0].region)
    if not scene.title:
        bar = screen.query_one(KeyBar).region
        assert is_seen(stage, bar)
        assert f"F1 {_('help')}" in lines[-1]
        check_order(lines[-1][bar.x : bar.right].strip(), stage.pane.session.running)
        return
    panel = screen.query_one("#panel").region
    assert is_seen(stage, panel)
    assert any(_(scene.title) in line for line in lines[panel.y : panel.y + 4])
    foot = screen.query_one(KeyHints)
    assert panel.contains_region(foot.region)
    told = " ".join(line.strip(" │") for line in lines[foot.region.y : foot.region.bottom])
    assert foot.keys[-1][0] == "escape"
    for keys, label in foot.keys:
        assert f"{''.join(map(key_name, keys.split(',')))} {_(label)}" in told
    if stage.language == "ru":
        assert untranslated(line[panel.x : panel.right] for line in lines[panel.y : panel.bottom]) == []


def check_order(bar: str, running: bool) -> None:
    """What Escape or Enter does, or the rest of an answer, stands before what leads on, in one order.

    Where one of them has no room, none of less worth stands in its place.
    """
    keys = [part.split()[0] for part in re.split(" {2,}", bar)]
    leading = [key for key in keys if key in WORTH]
    assert leading == [key for key in WORTH if key in keys], bar
    before = keys[: keys.index(leading[0])]
    assert before in ([["Esc"]] if running else [["Enter"], ["F8", "Enter"], ["F8"], []]), bar
    assert keys[len(before) : len(before) + len(leading)] == leading, bar
    assert len(leading) == len(WORTH) or keys[-1] == "F1", bar


async def check_leaving(stage: Stage) -> None:
    """One Escape closes the screen; where the conversation had the focus, one more goes to the input."""
    before = stage.chat.focused
    await stage.press("escape")
    await stage.until(lambda: stage.app.screen is stage.chat, seconds=5)
    assert stage.chat.focused is before
    if before is not stage.pane.composer:
        await stage.press("escape")
    await stage.until(lambda: stage.pane.composer.has_focus, seconds=5)


def is_seen(stage: Stage, region: Region) -> bool:
    """Whether all of something is on the screen."""
    return bool(region) and stage.app.screen.region.contains_region(region)


def untranslated(lines: Iterable[str]) -> list[str]:
    """English words among Russian ones: in lower case, and no name, path, address, command or code."""
    told = [re.sub("▏(?!.*──).*", "", line) for line in lines]  # of a code card, the header alone is ours
    words = [word.strip(".,;:…()") for word in " ".join(told).split()]
    return [word for word in words if re.fullmatch("[a-z]{3,}", word) and word not in NAMES]


async def test_a_screen_is_not_closed_before_it_stands(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        for pause in range(5):
            chat.feature(History).choose()
            for _ in range(pause):
                await asyncio.sleep(0)
            assert await chat.app.run_action("leave", chat.app.screen)
            await chat.until(lambda: chat.app.screen is chat.screen)
            assert chat.app.is_running
