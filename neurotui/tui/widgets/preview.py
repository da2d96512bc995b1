"""What is under the cursor of a list, beside it on a wide screen."""

from __future__ import annotations

from textual.app import RenderResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

WIDE = 120
"""Width of a screen from which on there is room for it (columns)."""


class Preview(Widget):
    """A text that is cut where its room ends. Hidden at first: a wide screen shows it."""

    DEFAULT_CSS = """
    Preview {
        display: none;
        width: 37%;
        height: 100%;
        margin-left: 1;
        padding: 0 1 0 2;
        border-left: solid $foreground 15%;
    }
    """

    told: reactive[Content] = reactive(Content)

    def render(self) -> RenderResult:
        return self.told


class Beside(Horizontal):
    """A list and its preview."""

    DEFAULT_CSS = """
    Beside { height: 1fr; }
    """
