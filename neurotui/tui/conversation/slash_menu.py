"""The menu above the input with the commands that match the text after a slash."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import TextArea

from neurotui.app.commands import Command
from neurotui.app.slash import Call
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.conversation.input_menu import InputMenu


class SlashMenu(InputMenu[Command | Call]):
    """A list of commands, or of one command's arguments, one of them chosen."""

    def follow(self, composer: TextArea, choices: Sequence[Command | Call]) -> None:
        """Open with what the text may become; of an argument that is not begun none is chosen."""
        slash, _space, argument = composer.text.strip().partition(" ")
        typed = argument if choices and isinstance(choices[0], Call) else slash[1:]
        self.open(composer, choices, typed=bool(typed))

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
