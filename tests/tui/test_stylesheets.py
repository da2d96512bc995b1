"""Rules that were chosen once for all apps are those that textual chooses by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.widget import Widget

from neurotui.tui.themes import DARK, LIGHT
from tests.tui import stylesheets
from tests.tui.chatting import Chat, chatting


def unlike(chat: Chat) -> list[tuple[Widget, dict[str, Any], dict[str, Any]]]:
    """The widgets that look otherwise when textual chooses."""
    found = []
    for screen in chat.app.screen_stack:
        for widget in screen.walk_children(Widget, with_self=True):
            before = dict(widget._css_styles._rules)
            parts = {name: dict(styles.base._rules) for name, styles in widget._component_styles.items()}
            with pytest.MonkeyPatch.context() as textual:
                textual.setattr(Stylesheet, "apply", stylesheets.choose)
                chat.app.stylesheet.apply(widget)
            after = dict(widget._css_styles._rules)
            if before != after:
                found.append((widget, before, after))
            assert parts == {
                name: dict(styles.base._rules) for name, styles in widget._component_styles.items()
            }
    return found


async def test_they_are_those_of_textual(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(60, 15)) as chat:
        for theme in (DARK, LIGHT, "ansi-dark"):
            chat.app.theme = theme
            for keys in (("h", "enter"), ("tab", "shift+tab"), ("f1",), ("f2", "down"), ("ctrl+p",)):
                await chat.press(*keys)
                assert not unlike(chat)
                while chat.app.screen is not chat.screen:
                    await chat.press("escape")
