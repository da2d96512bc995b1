"""The links of a message, each with its true target: nothing is opened that was not seen before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from neurotui.i18n import _
from neurotui.ui.commands import key_name
from neurotui.ui.keys import twins
from neurotui.ui.links import target
from neurotui.ui.screens.panel import PanelScreen
from neurotui.ui.widgets.pick_list import PickList


class LinksScreen(PanelScreen[str | None]):
    """Lets the user choose one of `urls`; its result is the one to open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{twins('q')}", "dismiss(None)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "pick", show=False),
    ]

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__()
        self._urls = urls

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(_("Open in the browser"))
            keys = {"enter": key_name("enter"), "escape": key_name("escape")}
            panel.border_subtitle = Content(_("{enter} open · {escape} close").format(**keys))
            yield PickList()

    def on_mount(self) -> None:
        self.query_one(PickList).show(
            len(self._urls), lambda index, _width: Content(target(self._urls[index]))
        )

    def action_move(self, rows: int) -> None:
        self.query_one(PickList).move(rows)

    def action_pick(self) -> None:
        self.query_one(PickList).pick()

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        self.dismiss(self._urls[event.index])
