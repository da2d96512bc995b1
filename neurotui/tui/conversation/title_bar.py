"""The first line: what is talked about, with whom, and if something of it is not saved."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import _


class TitleBar(Widget):
    """The program, the conversation, the model and the server."""

    conversation: reactive[str] = reactive("")
    server: reactive[str] = reactive("")
    """Model and host."""
    unsaved: reactive[bool] = reactive(False)
    """True while something is not on disk."""

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
