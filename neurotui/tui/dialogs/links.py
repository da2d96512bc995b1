"""The links of a message, each with its true target: nothing is opened unseen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from neurotui.app.links import target
from neurotui.i18n import N_, _
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList


class LinksScreen(Dialog[str | None]):
    """Dialog for choosing one of `urls`; its result is the one to open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{twins('q,Q')}", "dismiss(None)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "pick", show=False),
    ]

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__()
        self._urls = urls

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Open in the browser"))
            yield PickList(self._picked)
            yield KeyHints(("up,down", N_("choose")), ("enter", N_("open")), ("escape", N_("close")))

    def on_mount(self) -> None:
        self.query_one(PickList).show(len(self._urls), self._line)

    def _line(self, index: int, width: int) -> Content:
        # Cut at the end: the beginning says where an address leads.
        return Content(f" {target(self._urls[index])}").truncate(max(1, width), ellipsis=True)

    def action_move(self, rows: int) -> None:
        self.query_one(PickList).move(rows)

    def action_pick(self) -> None:
        self.query_one(PickList).pick()

    def _picked(self, index: int) -> None:
        self.dismiss(self._urls[index])
