"""The help: every command with its keys, out of the one table."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from neurotui.i18n import _
from neurotui.ui.commands import COMMANDS, Place, key_name
from neurotui.ui.keys import twins


class HelpScreen(ModalScreen[None]):
    """Lists the commands; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(f"escape,f1,enter,{twins('q')}", "dismiss", show=False)]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="panel") as panel:
            panel.border_title = Content(_("Keys"))
            panel.border_subtitle = Content(_("{key} close").format(key=key_name("escape")))
            yield Static(_table())


def _table() -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for place in Place:
        commands = [command for command in COMMANDS if command.place is place]
        if not commands:
            continue
        if table.row_count:
            table.add_row()
        table.add_row(Text(_(place.value), style="bold"))
        for command in commands:
            keys = "\n".join(key_name(key) for key in command.keys)
            table.add_row(Text(keys), Text(_(command.help), style="dim"))
    return table
