"""What was spent: the total, a plot of thirty days, and the sums by day, month, model and conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from neurotui.app.long_work import LongWork
from neurotui.app.money import usage_text
from neurotui.app.money.usage import UsageReport
from neurotui.errors import StoreError, WorkStopped
from neurotui.i18n import N_, _
from neurotui.store.watch import Watch
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

    def __init__(self, read: Callable[[Watch], UsageReport]) -> None:
        """`read` blocks, and tells its watch how far it is."""
        super().__init__()
        self._read = read
        self._text = Static(markup=False)
        self._work: LongWork | None = None
        self._report: UsageReport | None = None
        self._width = 0
        """Width of the text as it was laid out (cells)."""

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
        self._work = LongWork(self._show_work)
        try:
            report = await asyncio.to_thread(self._read, self._work)
        except WorkStopped:
            return
        except StoreError as error:
            self._text.update(Content.styled(str(error), "$text-error"))
            return
        self._report = report
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        # Behind the layout, which tells how much room there is.
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        width = self._text.content_region.width
        if self._report is None or not width or width == self._width:
            return
        self._width = width
        lines = usage_text.lines(self._report, date.today(), width=width)
        parts = (part for line in lines for part in usage_text.folded(line, width, cell_len))
        self._text.update(Content("\n").join(map(_line, parts)))

    def _show_work(self, parts: Sequence[str]) -> None:
        if parts and self.is_attached:
            self._text.update(Content.styled(" · ".join(parts), "$foreground-muted"))

    def on_unmount(self) -> None:
        """Add up no more: the dialog was closed."""
        if self._work is not None:
            self._work.stop()


def _line(line: str) -> Content:
    """Return a line: headings are bold, a row's figures are muted behind its name."""
    if not line.startswith(" "):
        return Content.styled(line, "bold")
    if line.startswith(usage_text.GOES_ON):
        return Content.styled(line, "$foreground-muted")
    name, colon, figures = line.rpartition(": ")
    return Content.assemble(name, colon, (figures, "$foreground-muted")) if colon else Content(line)
