"""The hint above the status: what helps after an answer has failed."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class HintLine(Widget):
    """One line, hidden while empty. Set `text`, which must be clean.

    Where it is too long, what stands behind the last dot is kept, which tells what can be done.
    """

    DEFAULT_CSS = """
    HintLine { height: 1; margin: 0 2; display: none; }
    """

    text: reactive[str] = reactive("")

    def watch_text(self) -> None:
        self.display = bool(self.text)

    def render(self) -> RenderResult:
        text = Content.styled(self.text, "$text-accent")
        if cell_len(self.text) <= self.size.width:
            return text
        told, dot, key = self.text.rpartition(" · ")
        if room := max(self.size.width - cell_len(dot + key), 0) if told else 0:
            text = Content.styled(told, "$text-accent").truncate(room, ellipsis=True)
            return text + Content.styled(dot + key, "$text-accent")
        return text.truncate(self.size.width, ellipsis=True)
