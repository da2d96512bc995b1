"""The panel with the story of the running or the last turn, updated once a second while a turn runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from neurotui.app.commands import find, key_name
from neurotui.i18n import _
from neurotui.tui.conversation.status import Fact

if TYPE_CHECKING:
    from neurotui.chat.turn import Turn

INTERVAL = 1.0
"""Time between two updates (seconds)."""
WIDE = 120
"""Width of a screen from which on the panel is beside the conversation (columns)."""


class ConnectionPanel(Widget):
    """The panel: hidden at first; below the conversation, or beside it on a wide screen."""

    def __init__(self) -> None:
        super().__init__()
        self._turn: Turn | None = None
        self._facts: Sequence[Fact] = ()
        self._timer: Timer | None = None

    def show(self, turn: Turn | None, facts: Sequence[Fact] = ()) -> None:
        """Show a turn and facts about it from now on."""
        self._turn, self._facts = turn, facts
        self._follow()

    def toggle(self) -> None:
        """Show or hide the panel."""
        self.display = not self.display
        self._follow()

    def render(self) -> RenderResult:
        if self._turn is None:
            words = _("Nothing sent yet; the progress of the next answer shows here")
            return Content.styled(words, "$foreground-muted")
        from neurotui.tui.conversation.connection_text import below, beside

        width, height = self.size
        draw = beside if self.screen.has_class("-wide") else below
        return draw(self._turn, width, height, self._facts)

    def on_mount(self) -> None:
        self.retranslate()

    def retranslate(self) -> None:
        """Switch to the current language and keys."""
        key = _("{key} close").format(key=find("connection").key or key_name("escape"))
        pad = "" if self.styles.border_left[0] else " "  # between corners, textual leaves room itself
        title = _("Connection")
        self.border_title = Content.assemble(pad, title, (f" · {key}{pad}", "$foreground-muted"))

    def on_resize(self) -> None:
        self.retranslate()

    def on_click(self, event: events.Click) -> None:
        event.stop()

    def _follow(self) -> None:
        runs = self.display and self._turn is not None and not self._turn.ended
        if runs and self._timer is None:
            self._timer = self.set_interval(INTERVAL, self.refresh)
        elif not runs and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()
