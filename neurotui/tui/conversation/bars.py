"""The first and the last line of the screen: what is being talked about with whom, and what the keys do."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui import dispatch
from neurotui.tui.commands import COMMANDS, PRIOR, Command, Place, find

_GAP = "   "


class TitleBar(Widget):
    """The program, the conversation, the model and the server."""

    conversation: reactive[str] = reactive("")
    server: reactive[str] = reactive("")
    """Model and host."""
    unsaved: reactive[bool] = reactive(False)
    """Whether something is not on disk: a mark that stays until it is."""

    def render(self) -> RenderResult:
        width = self.size.width
        mark = f"▲ {_('not saved')}   " if self.unsaved else ""
        server = clean_line(self.server)
        if cell_len(server) > width // 2:
            server = set_cell_size(server, width // 2 - 1).rstrip() + "…"
        room = width - cell_len(mark + server) - len("neurotui") - 5
        title = clean_line(self.conversation)
        if cell_len(title) > room:
            title = set_cell_size(title, max(room - 1, 0)).rstrip() + "…"
        left = Content.assemble(
            ("neurotui", "$text-accent bold"), (f" · {title}" if title else "", "$foreground-muted")
        )
        gap = max(1, width - left.cell_length - cell_len(mark + server))
        return Content("").join(
            [
                left,
                Content(" " * gap),
                Content.styled(mark, "$text-warning"),
                Content.styled(server, "$foreground-muted"),
            ]
        )


class KeyBar(Widget):
    """The keys that matter now, as many as there is room for; a click does what the key does.

    The commands of what has the focus come first, in the conversation those that the message under the cursor
    is good for, and the way to all others is always there.
    """

    running: reactive[bool] = reactive(False)
    place: reactive[Place | None] = reactive(Place.INPUT)
    """The place of what has the focus; None where the keys there are not among the commands."""
    selecting: reactive[bool] = reactive(False)
    """True if text is selected, so that Ctrl+C copies it."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[range, Command]] = []
        """The columns of each command that is shown."""

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._focus_moved)

    def _focus_moved(self) -> None:
        if self.screen.focused is None:
            return
        self.place = dispatch.place_of_focus(self.screen)
        if self.place is Place.TRANSCRIPT:
            self.watch(self.screen.focused, "cursor", self._cursor_moved, init=False)

    def _cursor_moved(self) -> None:
        self.refresh()

    def render(self) -> RenderResult:
        self._shown.clear()
        parts: list[Content] = []
        column = 0
        last = _part(find("help"))
        for command in self._commands():
            part = _part(command)
            end = column + part.cell_length
            room = self.size.width - (0 if command.action == "help" else last.cell_length + len(_GAP))
            if end > room:
                continue
            parts.append(part)
            self._shown.append((range(column, end), command))
            column = end + len(_GAP)
        return Content(_GAP).join(parts)

    def _commands(self) -> list[Command]:
        """Those to show, the most wanted first, the help last."""
        commands = [
            command
            for command in COMMANDS
            if command.footer
            and command.current_keys
            and command.place in (*PRIOR, self.place)
            and (self.running or not command.running_only)
            and (command.place is not Place.TRANSCRIPT or dispatch.useful(self.screen, command))
        ]
        commands.sort(key=lambda c: (c.action == "help", not c.running_only, c.place is not self.place))
        return [replace(find("copy_or_stop"), label="copy"), *commands] if self.selecting else commands

    async def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        for columns, command in self._shown:
            if column in columns:
                await dispatch.run(self.screen, command)


def _part(command: Command) -> Content:
    return Content.assemble(command.key, (f" {_(command.label)}", "$foreground-muted"))
