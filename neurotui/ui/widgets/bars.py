"""The first and the last line of the screen: what is being talked about with whom, and what the keys do."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.ui.commands import COMMANDS, key_name

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
    """The keys that matter now, as many as there is room for; a click does what the key does."""

    running: reactive[bool] = reactive(False)

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[range, str]] = []
        """The columns of each command that is shown, and its action."""

    def render(self) -> RenderResult:
        parts: list[Content] = []
        self._places.clear()
        column = 0
        for command in COMMANDS:
            if not command.footer or (command.running_only and not self.running):
                continue
            part = Content.assemble(key_name(command.keys[0]), (f" {_(command.label)}", "$foreground-muted"))
            end = column + part.cell_length
            if end > self.size.width:
                break
            parts.append(part)
            self._places.append((range(column, end), command.qualified_action))
            column = end + len(_GAP)
        return Content(_GAP).join(parts)

    async def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        for columns, action in self._places:
            if column in columns:
                await self.app.run_action(action)
