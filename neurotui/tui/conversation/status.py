"""The status line: what the connection does now, and the Stop button while something runs."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.commands import find
from neurotui.tui.wording import IDLE, Line


class StatusLine(Widget):
    """One line of status. Set `line`; it is drawn again only if it differs."""

    class Pressed(Message):
        """More is wanted of what the line says."""

    line: reactive[Line] = reactive(Line(*IDLE, ()))

    def render(self) -> RenderResult:
        line = self.line
        style = "$foreground-muted" if line.tone == "muted" else f"$text-{line.tone}"
        first, *rest = line.fit(self.size.width, cell_len) or ("",)
        parts = [Content.styled(f"{line.sign} {clean_line(first)}", style)]
        parts += [Content.styled(f" · {clean_line(part)}", "$foreground-muted") for part in rest]
        return Content("").join(parts).truncate(self.size.width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Pressed())


class StopButton(Widget):
    """A press stops the answer."""

    class Pressed(Message):
        """The button was pressed."""

    def render(self) -> RenderResult:
        return Content.assemble((f" {_('Stop')} ", "bold"), (f"{find('stop').key} ", "$foreground-muted"))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Pressed())
