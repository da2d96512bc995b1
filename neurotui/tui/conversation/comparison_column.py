"""One answer among those that are compared: its text, and below it how it stands and its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.cells import cell_len
from textual.app import ComposeResult, RenderResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app.comparison import Comparison
from neurotui.app.comparison_text import figures_of, name_of, status_of
from neurotui.app.wording import StatusText
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.tui.message_list.widget import Transcript
from neurotui.wire.events import (
    MediaReceived,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    ReplyEvent,
    TextDelta,
)


class ComparisonColumn(Vertical):
    """An answer. It follows the session, and draws, while it is shown, and else not at all."""

    DEFAULT_CSS = """
    ComparisonColumn {
        width: 1fr;
        border-top: solid $foreground 25%;
        border-title-color: $foreground;
        &.-front { border-top: heavy $accent; border-title-color: $text-accent; border-title-style: bold; }
        Transcript { height: 1fr; }
    }
    """

    def __init__(self, comparison: Comparison, session: Session) -> None:
        super().__init__()
        self.comparison = comparison
        self.session = session
        self.transcript = Transcript()
        self.transcript.can_focus = False
        self._foot = ColumnFoot()
        self._leave: Callable[[], None] = _nothing

    def compose(self) -> ComposeResult:
        yield self.transcript
        yield self._foot

    def on_mount(self) -> None:
        if self.display:
            self.follow()

    def on_unmount(self) -> None:
        self._leave()

    def follow(self) -> None:
        """Show the answer as it stands, and what comes from now on."""
        self._leave()
        self._leave = self.session.subscribe(self)
        answer = self._named(self.comparison.answer(self.session))
        if self.transcript.views:
            self.transcript.replace(answer)
        else:
            self.transcript.show([answer])
        self.look()

    def rest(self) -> None:
        """Follow the session no more."""
        self._leave()
        self._leave = _nothing

    def look(self) -> None:
        """Show how the answer stands now."""
        status = status_of(self.comparison, self.session)
        self.border_title = Content(f" {name_of(self.comparison, self.session)} ")
        self._foot.told = status, figures_of(self.comparison, self.session)

    # As an observer of the session

    def message_added(self, message: Message) -> None:
        """Show nothing: a later question belongs to the conversation."""

    def event_received(self, event: ReplyEvent) -> None:
        turn = self.session.turn
        if turn is None:
            return
        match event:
            case TextDelta(text) | RefusalDelta(text):
                self.transcript.extend(turn.answer_id, text=text)
            case ReasoningDelta(text):
                self.transcript.extend(turn.answer_id, reasoning=text)
            case ReasoningEnded() | MediaReceived():
                self.transcript.replace(self._named(turn.message()))

    def message_ended(self, message: Message) -> None:
        self.transcript.replace(self._named(message))
        self.look()

    def saving_failed(self, error: StoreError) -> None:
        """The journal tells of it by itself."""

    def _named(self, answer: Message) -> Message:
        """Return the answer under the name that was asked for: a server may report another one."""
        return replace(answer, model=name_of(self.comparison, self.session))


def _nothing() -> None:
    """Follow nothing."""


class ColumnFoot(Widget):
    """Two lines below an answer."""

    DEFAULT_CSS = """
    ColumnFoot { height: 2; padding: 0 2; }
    """

    told: reactive[tuple[StatusText, tuple[str, ...]]] = reactive((StatusText("", "muted", ()), ()))
    """How the answer stands, and its figures."""

    def render(self) -> RenderResult:
        status, figures = self.told
        if not status.parts:
            return Content()
        width = self.content_size.width
        tone = "$foreground-muted" if status.tone == "muted" else f"$text-{status.tone}"
        first, *rest = status.fit(width, cell_len) or ("",)
        parts = [Content.styled(f"{status.sign} {clean_line(first)}", tone)]
        parts += [Content.styled(f" · {part}", "$foreground-muted") for part in rest]
        above = Content("").join(parts).truncate(width, ellipsis=True)
        below = StatusText("", "muted", figures).fit(width, cell_len)
        return Content("\n").join([above, Content.styled("  " + " · ".join(below), "$foreground-muted")])
