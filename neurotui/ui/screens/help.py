"""The help: every command with its keys and its slash command, out of the one table."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from neurotui.i18n import _
from neurotui.ui.commands import find, help_rows, key_name
from neurotui.ui.keys import twins
from neurotui.ui.screens.panel import PanelScreen

_WIDE = 90
"""Columns from which on the slash commands have a column of their own."""


class HelpScreen(PanelScreen[None]):
    """Lists the commands; Escape, or the key that opened it, closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,enter,{twins('q')}", "dismiss(None)", show=False),
        Binding("space", "page_down", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen #panel { max-width: 110; padding: 0 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        for key in find("help").current_keys:
            self._bindings.bind(twins(key), "dismiss(None)")

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="panel") as panel:
            panel.border_title = Content(_("Keys and commands"))
            panel.border_subtitle = Content(
                _("{scroll} scroll · {key} close").format(
                    scroll=f"{key_name('up')}{key_name('down')}", key=key_name("escape")
                )
            )
            yield Static()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Static).update(_table(event.size.width >= _WIDE))

    def action_page_down(self) -> None:
        self.query_one(VerticalScroll).scroll_page_down()


def _table(wide: bool) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    if wide:
        table.add_column(no_wrap=True)
    for heading, rows in help_rows():
        if table.row_count:
            table.add_row()
        table.add_row(Text(heading, style="bold"))
        for row in rows:
            keys = Text("\n".join(row.keys or (row.slash,)))
            text = Text(row.text, style="dim")
            if wide:
                table.add_row(keys, text, Text(row.slash if row.keys else "", style="dim"))
            else:
                table.add_row(keys, text)
    return table
