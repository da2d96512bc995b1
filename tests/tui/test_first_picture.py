"""The first picture: no widget is styled or laid out twice for it, and nothing lies beneath the chat."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from neurotui.tui.conversation.key_bar import KeyBar
from neurotui.tui.conversation.status import StatusLine
from neurotui.tui.conversation.welcome import WelcomeHead
from tests.tui.chatting import chatting
from tests.tui.sizes import SIZES
from tests.tui.steady import SteadyPilot


@pytest.mark.parametrize("size", SIZES)
async def test_no_widget_is_styled_twice(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styled: Counter[str] = Counter()
    style_parts = Stylesheet._process_component_classes  # the last step, whoever has chosen the rules

    def counted(sheet: Stylesheet, node: DOMNode) -> None:
        styled[type(node).__name__] += 1
        style_parts(sheet, node)

    monkeypatch.setattr(Stylesheet, "_process_component_classes", counted)
    async with chatting(tmp_path, size=size) as chat:
        assert chat.app.screen_stack == [chat.screen]
        always_there = ("ChatScreen", "ConversationPane", "TitleBar", "Foot", "StatusLine", "KeyBar")
        assert [styled[name] for name in always_there] == [1] * len(always_there)


@asynccontextmanager
async def drawn_at_once(app: App[Any], **options: Any) -> AsyncIterator[SteadyPilot]:
    """Run an app that draws whenever there is something, as on a terminal; `piloted` draws at the end."""
    async with app.run_test(**options):
        yield SteadyPilot(app)


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_moves_after_it(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: dict[type[Widget], Region] = {}
    monkeypatch.setattr("tests.tui.chatting.piloted", drawn_at_once)

    def note_place(view: type[Widget]) -> None:
        drawn = view.render_lines

        def noted(self: Widget, crop: Region) -> list[Strip]:
            places.setdefault(view, self.region)
            return drawn(self, crop)

        monkeypatch.setattr(view, "render_lines", noted)

    for view in (WelcomeHead, StatusLine, KeyBar):
        note_place(view)
    async with chatting(tmp_path, size=size) as chat:
        assert places == {view: chat.screen.query_one(view).region for view in places}
        assert len(places) == 3
