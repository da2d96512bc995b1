"""A list of a few things, to pick one: links, files, blocks of code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from neurotui.i18n import N_
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList


class ThingsScreen(Dialog[int | None]):
    """Dialog for choosing one of `rows`, which are clean; its result is the index of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{twins('q,Q')}", "dismiss(None)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "pick", show=False),
    ]

    def __init__(self, title: str, rows: Sequence[str], verb: str) -> None:
        """`verb` is what Enter does, not translated yet."""
        super().__init__()
        self._title = title
        self._rows = rows
        self._verb = verb

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(self._title)
            yield PickList(self._picked)
            yield KeyHints(("up,down", N_("choose")), ("enter", self._verb), ("escape", N_("close")))

    def on_mount(self) -> None:
        self.query_one(PickList).show(len(self._rows), self._line)

    def _line(self, index: int, width: int) -> Content:
        # Cut at the end: the beginning says where an address leads.
        return Content(f" {self._rows[index]}").truncate(max(1, width), ellipsis=True)

    def action_move(self, rows: int) -> None:
        self.query_one(PickList).move(rows)

    def action_pick(self) -> None:
        self.query_one(PickList).pick()

    def _picked(self, index: int) -> None:
        self.dismiss(index)
