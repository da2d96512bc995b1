"""The menu above the input with the commands that match the text after a slash."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from neurotui.app.commands import Command, key_name
from neurotui.i18n import _
from neurotui.tui.widgets.pick_list import PickList

_ROWS = 8
"""Number of commands visible at once."""
_AROUND = 3
"""Height of the border and of the status line, which stays visible (lines)."""


class SlashMenu(PickList):
    """A list of commands, one of them chosen. The input keeps the focus, and moves the choice.

    The menu covers the conversation, so that nothing moves when it opens.
    """

    DEFAULT_CSS = f"""
    SlashMenu {{
        overlay: screen;
        width: 100%;
        max-width: 110;
        max-height: {_ROWS + 2};
        margin: 0 1;
        padding: 0 1;
        border: round $foreground 25%;
        border-subtitle-color: $foreground-muted;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $foreground 20%;
    }}
    """

    def __init__(self, do: Callable[[Command], None]) -> None:
        """Call `do` with a command that was clicked."""
        super().__init__(lambda index: do(self._commands[index]))
        self._commands: Sequence[Command] = ()
        self.display = False

    @property
    def chosen(self) -> Command | None:
        """The command that Enter takes; None if the menu is closed."""
        return self._commands[self.cursor] if self._commands else None

    def open(self, composer: Widget, commands: Sequence[Command]) -> None:
        """Open above `composer` with these commands, the first one chosen; close if there are none."""
        if not commands:
            self.close()
            return
        if commands == self._commands:
            return
        if not self.is_attached:
            assert isinstance(composer.parent, Widget)
            composer.parent.mount(self, before=composer)
        self.display = True
        self._commands = commands
        self.styles.offset = (0, -min(len(commands), _ROWS) - _AROUND)
        self.show(len(commands), self._line)
        keys = {
            "complete": key_name("tab"),
            "run": key_name("enter"),
            "close": key_name("escape"),
        }
        self.border_subtitle = Content(_("{complete} complete · {run} run · {close} close").format(**keys))

    def close(self) -> None:
        """Close the menu."""
        if self._commands:
            self._commands = ()
            self.show(0, self._line)
            self.display = False

    def _index_at(self, y: int) -> int:
        row = y - self.gutter.top
        return super()._index_at(row) if row >= 0 else -1

    def _line(self, index: int, width: int) -> Content:
        command = self._commands[index]
        column = max(cell_len(_spelled(command)) for command in self._commands) + 2
        key = command.key
        name = _spelled(command).ljust(column)
        text = Content.assemble((name, "$text-accent"), (_(command.help), "$foreground-muted"))
        text = text.truncate(max(width - cell_len(key) - 3, 0), ellipsis=True, pad=True)
        return Content.assemble(text, "  ", (key, "$foreground-muted"), " ")


def _spelled(command: Command) -> str:
    return f"{command.slash} {_(command.argument)}" if command.argument else command.slash
