"""The help: every command with its keys and its slash command, from the table of commands."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from neurotui.app.commands import find, help_rows
from neurotui.i18n import N_, _
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints

_WIDE = 90
"""From this width on the slash commands have a column of their own."""


class HelpText(Static):
    """All commands, a line or more for each, in the colours of the theme."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--muted"}
    DEFAULT_CSS = "HelpText > .help--muted { color: $foreground-muted; }"

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.show())

    def on_resize(self) -> None:
        self.show()

    def show(self) -> None:
        """Show the commands as there is room for them."""
        muted = Style(color=self.get_component_rich_style("help--muted").color)
        self.update(_table(self.screen.size.width >= _WIDE, muted))


class HelpScreen(Dialog[None]):
    """Dialog that lists the commands; Escape, or the key that opened it, closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,enter,{twins('q,Q')}", "dismiss(None)", show=False),
        Binding("space", "page_down", show=False),
        Binding(twins(",".join(find("help").keys)), "dismiss(None)", show=False, id="help"),
    ]
    DEFAULT_CSS = """
    HelpScreen {
        #panel { max-width: 110; height: 90%; }
        #pages { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        &.-low #panel { height: 100%; }
    }
    """

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Keys and commands"))
            with VerticalScroll(id="pages"):
                yield HelpText()
            yield KeyHints(("up,down", N_("scroll")), ("space", N_("page")), ("escape", N_("close")))

    def action_page_down(self) -> None:
        self.query_one(VerticalScroll).scroll_page_down()


def _table(wide: bool, muted: Style) -> Table:
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
            text = Text(row.text, style=muted)
            if wide:
                table.add_row(keys, text, Text(row.slash if row.keys else "", style=muted))
            else:
                table.add_row(keys, text)
    return table
