"""The menu above the input with the commands that match the text after a slash."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from neurotui.app.commands import Command
from neurotui.app.slash import Call
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.conversation.input_menu import InputMenu


class SlashMenu(InputMenu[Command | Call]):
    """A list of commands, or of one command's arguments, one of them chosen."""

    def hint(self) -> str:
        return _("{complete} complete · {run} run · {close} close")

    def line(self, index: int, width: int) -> Content:
        command = self.choices[index]
        if isinstance(command, Call):
            text = Content.assemble(
                (command.command.slash, "$text-accent"), " ", clean_line(command.argument)
            )
            return text.truncate(max(width - 1, 0), ellipsis=True, pad=True)
        column = max(cell_len(_spelled(each)) for each in self.choices if isinstance(each, Command)) + 2
        key = command.key
        name = _spelled(command).ljust(column)
        text = Content.assemble((name, "$text-accent"), (_(command.help), "$foreground-muted"))
        text = text.truncate(max(width - cell_len(key) - 3, 0), ellipsis=True, pad=True)
        return Content.assemble(text, "  ", (key, "$foreground-muted"), " ")


def _spelled(command: Command) -> str:
    return f"{command.slash} {_(command.argument)}" if command.argument else command.slash
