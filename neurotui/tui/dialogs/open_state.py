"""Open conversations in a list: how each stands, in a sign and words, and when to look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.cells import cell_len
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer

from neurotui.app.open_list import OpenRow
from neurotui.app.workspace import Workspace
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.i18n import _

INTERVAL = 0.5
"""Time between two looks while an answer runs (seconds)."""


def sign_of(row: OpenRow) -> Content:
    """Return the sign of a conversation, in its colour."""
    tone = row.status.tone
    return Content.styled(row.status.sign, "$foreground-muted" if tone == "muted" else f"$text-{tone}")


def state_of(row: OpenRow, cells: int) -> Content:
    """Return how a conversation stands, in so many cells."""
    new = Content.styled(_("new answer"), "$text-success") if row.is_new else Content()
    gap = " · " if row.is_new else ""
    room = cells - new.cell_length - len(gap)
    told = " · ".join(row.status.fit(room + 2, cell_len))
    if row.is_new and cell_len(told) > room:
        gap = told = ""
    return Content.assemble(new, gap, told).truncate(cells, ellipsis=True, pad=True)


class OpenWatch(WorkspaceObserver):
    """Has a screen look again when an answer begins or ends or a conversation goes, and while one runs."""

    def __init__(self, screen: Screen[Any], workspace: Workspace, look: Callable[[], None]) -> None:
        """Begin, and call `look` each time."""
        self._screen = screen
        self._workspace = workspace
        self._look = look
        self._timer: Timer | None = None
        self._unsubscribe = workspace.subscribe(self)
        self._follow()

    def end(self) -> None:
        """Look no more."""
        self._unsubscribe()
        if self._timer is not None:
            self._timer.stop()

    def reply_began(self, session: Session) -> None:
        self._changed()

    def reply_ended(self, session: Session, answer: Message) -> None:
        self._changed()

    def session_removed(self, session: Session) -> None:
        self._changed()

    def _changed(self) -> None:
        self._look()
        self._follow()

    def _follow(self) -> None:
        """Have a timer exactly while something runs."""
        if self._workspace.running and self._timer is None:
            self._timer = self._screen.set_interval(INTERVAL, self._look)
        elif not self._workspace.running and self._timer is not None:
            self._timer.stop()
            self._timer = None
