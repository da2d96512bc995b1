"""The first line: the conversation, the model and the server, and marks for news and unsaved messages.

That the price of the model is not known stands beside it, and is the first to go where there is little room.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.i18n.formats import number

LEAST_TITLE = 12
"""Cells of the name that are worth more than that a price is not known."""


class TitleBar(Widget):
    """The program, the conversation, the model and the server."""

    conversation: reactive[str] = reactive("")
    server: reactive[str] = reactive("")
    """The model and the host."""
    unpriced: reactive[bool] = reactive(False)
    """True if a limit in money does not hold the model: its price is not known."""
    writing: reactive[int] = reactive(0)
    """Number of answers that are being written, but the one on the screen."""
    news: reactive[int] = reactive(0)
    """Number of conversations with an unseen answer."""
    unsaved: reactive[bool] = reactive(False)
    """True while something is not on disk."""

    def render(self) -> RenderResult:
        width = self.size.width
        marks = [
            (f"▲ {_('not saved')}", "$text-warning") if self.unsaved else None,
            (f"● {_('{n} writing').format(n=number(self.writing))}", "$text-accent")
            if self.writing
            else None,
            (f"✓ {_('{n} new').format(n=number(self.news))}", "$text-success") if self.news else None,
        ]
        told = Content("   ").join([Content.styled(*mark) for mark in marks if mark])
        if told:
            told = Content.assemble(told, "   ")
        server = clean_line(self.server)
        if cell_len(server) > width // 2:
            server = set_cell_size(server, width // 2 - 1).rstrip() + "…"
        room = width - told.cell_length - cell_len(server) - len("neurotui") - 5
        unpriced = f" · {_('price unknown')}" if self.unpriced else ""
        if room < cell_len(unpriced) + min(cell_len(clean_line(self.conversation)), LEAST_TITLE):
            unpriced = ""
        room -= cell_len(unpriced)
        title = clean_line(self.conversation)
        if cell_len(title) > room:
            title = set_cell_size(title, max(room - 1, 0)).rstrip() + "…"
        left = Content.assemble(
            ("neurotui", "$text-accent bold"), (f" · {title}" if title else "", "$foreground-muted")
        )
        gap = max(1, width - left.cell_length - told.cell_length - cell_len(server + unpriced))
        return Content("").join(
            [
                left,
                Content(" " * gap),
                told,
                Content.styled(server, "$foreground-muted"),
                Content.styled(unpriced, "$text-warning"),
            ]
        )
