"""The first picture: no widget is styled twice for it, and nothing lies beneath the chat."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from tests.tui.chatting import chatting
from tests.tui.sizes import SIZES


@pytest.mark.parametrize("size", SIZES)
async def test_no_widget_is_styled_twice(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styled: Counter[str] = Counter()
    apply = Stylesheet.apply

    def counted(sheet: Stylesheet, node: DOMNode, **options: Any) -> None:
        styled[type(node).__name__] += 1
        apply(sheet, node, **options)

    monkeypatch.setattr(Stylesheet, "apply", counted)
    async with chatting(tmp_path, size=size) as chat:
        assert chat.app.screen_stack == [chat.screen]
        always_there = ("ChatScreen", "ConversationPane", "TitleBar", "Foot", "StatusLine", "KeyBar")
        assert [styled[name] for name in always_there] == [1] * len(always_there)
