"""The last line: the keys that matter now."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app.command_set import CommandSet
from neurotui.app.commands import COMMANDS, PRIOR, Command, Place, find
from neurotui.i18n import _

_GAP = "   "
_NARROW_GAP = "  "
"""Between the keys where one of the most useful would not fit otherwise."""
_WORTH = ("palette", "history", "help")
"""Commands behind the first one, in this order whatever goes on: a key is found where it was."""


class KeyBar(Widget):
    """The keys that matter now, as many as fit; a click does what the key does.

    First comes what Escape or Enter does, then what leads to everything else, then the commands of the
    focused widget; in the conversation, those that apply to the message under the cursor. Behind the first
    one that has no room there is none but the key of the help, which leads to all others.
    """

    running: reactive[bool] = reactive(False)
    """True while an answer runs."""
    place: reactive[Place | None] = reactive(Place.INPUT)
    """Place of the focused widget; None if its keys are not in the table."""
    selecting: reactive[bool] = reactive(False)
    """True if text is selected, so that Ctrl+C copies it."""

    def __init__(self, commands: CommandSet) -> None:
        super().__init__()
        self.places: dict[Widget, Place] = {}
        """The widgets with commands of their own."""
        self._commands = commands
        self._shown: list[tuple[range, Command]] = []
        """The commands that are shown, each with its columns."""

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._focus_moved)

    def _focus_moved(self) -> None:
        if self.screen.focused is not None:
            self.place = self.places.get(self.screen.focused)

    def render(self) -> RenderResult:
        wanted = self._wanted()
        useful = wanted[: next((n for n, command in enumerate(wanted, 1) if command.name == "help"), 0)]
        gap = next((gap for gap in (_GAP, _NARROW_GAP) if self._has_room(useful, gap)), _GAP)
        self._shown.clear()
        column = 0
        for command in self._fitting(wanted, gap):
            end = column + _part(command).cell_length
            self._shown.append((range(column, end), command))
            column = end + len(gap)
        return Content(gap).join(_part(command) for _columns, command in self._shown)

    def _fitting(self, wanted: list[Command], gap: str) -> list[Command]:
        """Return as many as fit with the help: none stands in the place of one that has no room."""
        for count in range(len(wanted), -1, -1):
            shown = wanted[:count] + [command for command in wanted[count:] if command.name == "help"]
            if self._has_room(shown, gap):
                return shown
        return []

    def _has_room(self, commands: list[Command], gap: str) -> bool:
        cells = sum(_part(command).cell_length for command in commands)
        return cells + len(gap) * (len(commands) - 1) <= self.size.width

    def _wanted(self) -> list[Command]:
        """Return the commands to show, in the order of their worth."""
        commands = [
            self._commands.labelled(command)
            for command in COMMANDS
            if command.footer
            and command.current_keys
            and command.place in (*PRIOR, self.place)
            and self._commands.can(command.name)
        ]
        first = next((name for name in ("stop", "send") if any(c.name == name for c in commands)), "")
        commands.sort(key=lambda c: self._rank(c, first))
        return [replace(find("copy_or_stop"), label="copy"), *commands] if self.selecting else commands

    def _rank(self, command: Command, first: str) -> tuple[bool, bool, int, bool]:
        worth = _WORTH.index(command.name) if command.name in _WORTH else len(_WORTH)
        return not command.leading, command.name != first, worth, command.place is not self.place

    async def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        for columns, command in self._shown:
            if column in columns:
                await self._commands.run(command.name)


def _part(command: Command) -> Content:
    return Content.assemble(command.key, (f" {_(command.label)}", "$foreground-muted"))
