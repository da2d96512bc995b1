"""The palette: every command that is available now, found by typing.

It is not textual's own: that one shows no keys, polls its providers with a timer, has English texts, and
matches letters in a time exponential in their number. This is an input and a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from neurotui.app import matching
from neurotui.app.commands import Command, find
from neurotui.chat.letters import fold
from neurotui.i18n import N_, _, spellings
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.form import LineField
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList


class PaletteScreen(Dialog[Command | None]):
    """Dialog that finds a command of `beneath`, the screen under it; its result is the command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move_page(1)", show=False, priority=True),
        Binding("pageup", "move_page(-1)", show=False, priority=True),
        Binding(
            twins(",".join(find("palette").keys)), "dismiss(None)", show=False, priority=True, id="palette"
        ),
    ]
    DEFAULT_CSS = """
    PaletteScreen {
        #panel { height: 90%; max-height: 36; }
        LineField { margin-bottom: 1; }
        PickList { height: 1fr; }
        &.-low #panel { height: 100%; }
        &.-low LineField { margin-bottom: 0; }
    }
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        super().__init__()
        self._commands = list(commands)
        self._found: list[tuple[Command, tuple[int, ...]]] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Commands"))
            yield LineField(placeholder=_("Find a command"))
            yield PickList(self._picked)
            yield KeyHints(("up,down", N_("choose")), ("enter", N_("run")), ("escape", N_("close")))

    def on_mount(self) -> None:
        self._find()

    @on(LineField.Changed)
    def _find(self) -> None:
        """List the matching commands, best first; without a query all, in the order of the table."""
        self._found = answering(self.query_one(LineField).value, self._commands)
        self.query_one(PickList).show(len(self._found), self._row)
        self.query_one("#panel").border_subtitle = "" if self._found else Content(_("nothing was found"))

    def action_move(self, rows: int) -> None:
        self.query_one(PickList).move(rows)

    def action_move_page(self, pages: int) -> None:
        self.query_one(PickList).move_page(pages)

    @on(LineField.Submitted)
    def _submitted(self) -> None:
        self.query_one(PickList).pick()

    def _picked(self, index: int) -> None:
        self.dismiss(self._found[index][0])

    def _row(self, index: int, width: int) -> Content:
        """Return a command's sentence with its matches highlighted, and its key or slash command."""
        command, places = self._found[index]
        text = Content(_(command.help))
        for place in places:
            text = text.stylize("$text-accent", place, place + 1)
        end = command.key or command.slash
        room = max(width - cell_len(end) - 4, 0)
        return Content.assemble(
            " ", text.truncate(room, ellipsis=True, pad=True), "  ", (end, "$foreground-muted"), " "
        )


def answering(query: str, commands: Iterable[Command]) -> list[tuple[Command, tuple[int, ...]]]:
    """Return the commands that match a query, best first, with the matching indexes of their sentences."""
    ranked = [(*_score(query, command), command) for command in commands]
    ranked.sort(key=lambda one: -one[0])
    return [(command, places) for score, places, command in ranked if score > 0]


def _score(query: str, command: Command) -> tuple[float, tuple[int, ...]]:
    """Return a command's score, in any language and on any layout, and the matches in its sentence."""
    shown, *others = (fold(text) for text in spellings(command.help))
    names = [fold(text) for text in (command.slash[1:], *spellings(command.label))]
    best = 0.0
    where: tuple[int, ...] = ()
    for spelling in matching.spellings(query):
        score, places = matching.match(spelling, shown)
        elsewhere = max(matching.match(spelling, text)[0] for text in (*names, *others))
        if max(score, elsewhere) > best:
            best, where = max(score, elsewhere), tuple(places)
    return best, where
