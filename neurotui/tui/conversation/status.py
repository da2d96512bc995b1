"""The status line: the state of the connection, and the Stop button while an answer runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from neurotui.app import wording
from neurotui.app.accounts import Account
from neurotui.app.command_set import CommandSet
from neurotui.app.commands import find
from neurotui.app.wording import IDLE, StatusText
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.errors import KeyMissing
from neurotui.i18n import _
from neurotui.tui.conversation.heartbeat import FROM as HEARTBEAT_FROM
from neurotui.tui.conversation.heartbeat import Trace, trace

if TYPE_CHECKING:
    from neurotui.chat.turn import Phase, Turn
    from neurotui.wire.events import ReplyEvent

STATUS_INTERVAL = 1.0
"""Time between two updates of the clocks while a reply runs (seconds)."""
PING_INTERVAL = 0.1
"""Least time between two pings that update the line at once (seconds)."""

Fact = tuple[str, str]
"""The name of a fact, and its value."""


class StatusLine(Widget):
    """One line of status. Set `line`; it is drawn again only if it has changed."""

    line: reactive[StatusText] = reactive(StatusText(*IDLE, ()))
    heartbeat: reactive[Trace | None] = reactive(None)
    """The last seconds of the running answer; None at rest."""

    def __init__(self, commands: CommandSet) -> None:
        super().__init__()
        self._commands = commands

    def render(self) -> RenderResult:
        line = self.line
        style = "$foreground-muted" if line.tone == "muted" else f"$text-{line.tone}"
        width, beat = self.size.width, Content("")
        if self.heartbeat is not None and self.app.size.width >= HEARTBEAT_FROM:
            beat = Content.assemble(self.heartbeat.content(), " ")
        first, *rest = line.fit(width - beat.cell_length, cell_len) or ("",)
        parts = [Content.styled(f"{line.sign} ", style), beat, Content.styled(clean_line(first), style)]
        parts += [Content.styled(f" · {clean_line(part)}", "$foreground-muted") for part in rest]
        return Content("").join(parts).truncate(width, ellipsis=True)

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self._commands.run("connection")


class StopButton(Widget):
    """A button that stops the answer."""

    def __init__(self, commands: CommandSet) -> None:
        super().__init__()
        self._commands = commands

    def render(self) -> RenderResult:
        return Content.assemble((f" {_('Stop')} ", "bold"), (f"{find('stop').key} ", "$foreground-muted"))

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self._commands.run("stop")


class StatusRow(Horizontal):
    """The status line and the button. It updates itself only while a reply runs."""

    def __init__(self, commands: CommandSet, look: Callable[[], tuple[StatusText, Trace | None]]) -> None:
        """Show the status and the heartbeat that `look` returns."""
        super().__init__()
        self.line = StatusLine(commands)
        self._button = StopButton(commands)
        self._button.display = False
        self._look = look
        self._clocks: Timer | None = None
        self._phase: Phase | None = None
        """The phase of the turn that was shown last."""
        self._ping_shown_at = -PING_INTERVAL

    def compose(self) -> ComposeResult:
        yield self.line
        yield self._button

    def show(self) -> None:
        """Update the line."""
        self.line.line, self.line.heartbeat = self._look()

    def follow(self, running: bool) -> None:
        """Start or stop updating the clocks, with the button beside them.

        The button is shown by itself: a class of the pane would have every widget in it styled anew.
        """
        self._button.display = running
        if self._clocks is not None:
            self._clocks.stop()
        self._clocks = self.set_interval(STATUS_INTERVAL, self.show) if running else None
        self.show()

    def event_received(self, turn: Turn, event: ReplyEvent) -> None:
        """Update the line, unless the next update of the clocks is soon enough for the event."""
        from neurotui.wire.events import (
            BytesReceived,
            Ping,
            ReasoningDelta,
            ReasoningEnded,
            RefusalDelta,
            TextDelta,
        )

        match event:
            case BytesReceived():
                return
            case TextDelta() | RefusalDelta() | ReasoningDelta() | ReasoningEnded():
                if turn.phase is self._phase:
                    return
            case Ping():
                if monotonic() - self._ping_shown_at < PING_INTERVAL:
                    return  # for a flood of pings the clocks are enough
                self._ping_shown_at = monotonic()
        if turn.ended:
            return  # its end is shown at once with the answer; if saving takes long, the clocks tell of it
        self._phase = turn.phase
        self.show()


def state_of(session: Session, account: Account, facts: Sequence[Fact]) -> tuple[StatusText, Trace | None]:
    """Return the status, and the heartbeat of the running answer; None if none runs."""
    turn = session.turn
    beat = trace(turn.vitals) if turn is not None and not turn.ended else None
    return line_of(session, account, facts), beat


def line_of(session: Session, account: Account, facts: Sequence[Fact]) -> StatusText:
    """Return the status of the running turn, or that the next question can be asked.

    How the last answer ended, and what it took, is told at that answer, as soon as it is saved.
    """
    turn = session.turn
    if turn is not None and not turn.ended:
        line = wording.running(turn.vitals.read())
        return replace(line, parts=(*line.parts, *(_fact(*fact) for fact in facts)))
    if turn is not None and session.running:
        return wording.ended(turn.message(), settled=False)
    last = session.conversation.messages.get(session.branch.leaf_id or "")
    hint = wording.repeat_hint(last) if last is not None else ""
    is_told = last is not None and last.bill is not None and last.bill.cost is not None
    told = [_fact(name, words) for name, words in facts if name != _("cost") or not is_told]
    return StatusText(*IDLE, tuple(filter(None, (*_idle_parts(session, account), hint, *told))))


def _fact(name: str, words: str) -> str:
    """Return a fact in a status: a cost needs no name. At rest only one is told that is not known."""
    return words if name == _("cost") else f"{name} {words}"


def _idle_parts(session: Session, account: Account) -> tuple[str, ...]:
    trouble = account.trouble
    if not isinstance(trouble, KeyMissing):
        return (trouble.title if trouble else _("ready"),)
    last = session.conversation.messages.get(session.branch.leaf_id or "")
    told = last is None or wording.lacks_key(last)  # by the welcome, or at the answer
    return wording.without_key() if told else (trouble.title, *wording.without_key())
