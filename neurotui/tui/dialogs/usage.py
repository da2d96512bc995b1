"""What was spent: the total, a plot of thirty days, and the sums by day, month, model and conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from neurotui.app import usage_text
from neurotui.app.usage import UsageReport
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints


class UsageScreen(Dialog[None]):
    """Dialog that tells what was spent; Escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,enter,{twins('q,Q')}", "dismiss(None)", show=False),
        Binding("space", "page_down", show=False),
    ]
    DEFAULT_CSS = """
    UsageScreen {
        #panel { max-width: 100; }
        #pages { height: auto; max-height: 32; padding: 0 1; scrollbar-size-vertical: 1; }
        &.-low #pages { max-height: 1fr; }
    }
    """

    def __init__(self, read: Callable[[], UsageReport]) -> None:
        """`read` blocks."""
        super().__init__()
        self._read = read
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Usage"), _("last 30 days"))
            with VerticalScroll(id="pages"):
                yield self._text
            yield KeyHints(("up,down", N_("scroll")), ("space", N_("page")), ("escape", N_("close")))

    def on_mount(self) -> None:
        self._load()

    def action_page_down(self) -> None:
        self.query_one(VerticalScroll).scroll_page_down()

    @work(exit_on_error=False)
    async def _load(self) -> None:
        try:
            report = await asyncio.to_thread(self._read)
        except StoreError as error:
            self._text.update(Content.styled(str(error), "$text-error"))
            return
        self._text.update(Content("\n").join(map(_line, usage_text.lines(report, date.today()))))


def _line(line: str) -> Content:
    """Return a line: headings are bold, a row's figures are muted behind its name."""
    if not line.startswith(" "):
        return Content.styled(line, "bold")
    name, colon, figures = line.rpartition(": ")
    return Content.assemble(name, colon, (figures, "$foreground-muted")) if colon else Content(line)
