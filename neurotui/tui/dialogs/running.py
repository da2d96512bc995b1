"""The open conversations with their status: go to one, or stop its answer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from neurotui.app.open_list import OpenRow, open_rows, row_of
from neurotui.app.workspace import Workspace
from neurotui.chat.session import Session
from neurotui.i18n import N_, _
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.dialogs.open_state import OpenWatch, sign_of, state_of
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList

NAME_CELLS = 28
STATUS_CELLS = 24
"""Of the sign's words; twice as many where there is room for the model."""
MODEL_FROM = 110
"""Least width at which the model is shown (columns)."""
TEXT_CELLS = 12
"""Least width of the last line of the text; less tells nothing."""


class RunningScreen(Dialog[Session | None]):
    """Dialog whose result is the session to go to; None if it was closed without a choice."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f7", "dismiss(None)", show=False, priority=True),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "pick", show=False),
        Binding(twins("x,X"), "stop", show=False),
        Binding(twins("n,N"), "next", show=False),
    ]
    DEFAULT_CSS = """
    RunningScreen #panel { max-width: 124; }
    """

    def __init__(self, workspace: Workspace, front: Session) -> None:
        """`front` is the session on the screen."""
        super().__init__()
        self._workspace = workspace
        self._front = front
        self._rows: list[OpenRow] = []
        self._list = PickList(self._picked)
        self._watch: OpenWatch | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Open conversations"))
            yield self._list
            yield KeyHints(
                ("enter", N_("go there")),
                ("x", N_("stop")),
                ("n", N_("next that runs or is new")),
                ("escape", N_("close")),
            )

    def on_mount(self) -> None:
        self._rows = open_rows(self._workspace)
        self._show(next((at for at, row in enumerate(self._rows) if row.session is not self._front), 0))
        self._watch = OpenWatch(self, self._workspace, self._look)

    def on_unmount(self) -> None:
        if self._watch is not None:
            self._watch.end()

    def action_move(self, rows: int) -> None:
        self._list.move(rows)

    def action_pick(self) -> None:
        self._list.pick()

    async def action_stop(self) -> None:
        """Stop all that is being written in the conversation under the cursor."""
        if self._rows:
            await self._workspace.stop_in(self._rows[self._list.cursor].session)

    def action_next(self) -> None:
        """Go to the next conversation that runs or has news."""
        session = self._workspace.next_open(self._front)
        if session is not None:
            self.dismiss(session)

    def _picked(self, index: int) -> None:
        self.dismiss(self._rows[index].session)

    def _look(self) -> None:
        """Update all rows; they keep their places, because the cursor is on one of them.

        One that was dropped from memory stays: it is read again if it is gone to.
        """
        fresh = {row.id: row for row in open_rows(self._workspace)}
        kept = [fresh.pop(row.id) if row.id in fresh else row_of([row.session]) for row in self._rows]
        self._rows = [*kept, *fresh.values()]
        if self.is_attached:
            self._show(self._list.cursor)

    def _show(self, cursor: int) -> None:
        self._list.show(len(self._rows), self._line, cursor)

    def _line(self, index: int, width: int) -> Content:
        row = self._rows[index]
        name = Content(row.name).truncate(NAME_CELLS, ellipsis=True, pad=True)
        if row.session is self._front:
            name = name.stylize("bold")
        state = state_of(row, STATUS_CELLS if width < MODEL_FROM else 2 * STATUS_CELLS)
        parts = [Content.assemble(" ", sign_of(row), " ", name, "  ", state)]
        if width >= MODEL_FROM:
            model = Content(row.model).truncate(18, ellipsis=True, pad=True)
            parts.append(model.stylize("$foreground-muted"))
        line = Content("  ").join(parts)
        if width - line.cell_length > TEXT_CELLS:
            line = Content.assemble(line, "  ", (row.text, "$foreground-muted"))
        return line.rstrip().truncate(max(1, width), ellipsis=True)
