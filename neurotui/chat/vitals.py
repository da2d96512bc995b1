"""The vital signs of a connection: what came when, how fast, in which rhythm, and whether it fell silent.

A server that keeps a connection alive sends a comment every few seconds. `Vitals` learns that rhythm, so
that silence can be told from patience: a stall is three missed pings, or `PATIENCE` seconds without a byte
where no rhythm is known yet. Time comes in from outside and no work here grows with the length of a reply:
what was counted is kept as one `Beat` for each second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from neurotui.chat.state import State as State
from neurotui.chat.tokens import estimate_tokens
from neurotui.errors import NeurotuiError
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    MediaReceived,
    PartReceived,
    Ping,
    ReasoningDelta,
    ReasoningEnded,
    Reconnected,
    RefusalDelta,
    ReplyEvent,
    RetryScheduled,
    Sending,
    Sent,
    TextDelta,
    ToolCallDelta,
)

PATIENCE = 15.0
"""Seconds of silence that count as a stall while the server's rhythm is not known."""
SHORTEST_STALL = 5.0
"""Shorter silences, in seconds, are never a stall, however quick the rhythm."""
MISSED_PINGS = 3
QUIET_AFTER = 2.0
"""Least silence in an answer that has begun, or between pings, that is told as quiet (seconds)."""
RATE_WINDOW = 3
"""Seconds over which tokens per second are averaged."""


@dataclass(slots=True)
class Beat:
    """Counts for one second of a reply."""

    second: int
    """Whole seconds since the beginning of the reply."""
    bytes: int = 0
    pings: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The vital signs at one moment: all that a status line needs. Times in seconds."""

    state: State
    elapsed: float
    """Since the beginning of the reply."""
    in_state: float
    """Since the event that brought this state."""
    silent: float
    """Since the last byte; if none came, since the request was sent, or since more of it has left."""
    pings: int
    ping_ago: float | None
    rhythm: float | None
    tokens: int
    """An estimate."""
    tokens_per_second: float
    first_token: float | None
    thinking: float | None
    retry_in: float = 0.0
    retry_attempt: int = 0
    retry_error: NeurotuiError | None = None
    """Why the request is repeated."""
    reconnected: bool = False
    """True once the request was sent over another connection than the one that turned out closed."""
    left: float = 0.0
    """The part of the request that has left, from 0 to 1, while it is being sent."""
    size: int = 0
    """Bytes of the request, while it is being sent."""


@dataclass(slots=True)
class Vitals:
    """The clocks of a reply: feed it every event, ask for a `Reading` at any time."""

    clock: Callable[[], float]
    started_at: float = field(init=False)
    sent_at: float | None = None
    accepted_at: float | None = None
    first_token_at: float | None = None
    first_text_at: float | None = None
    thinking_at: float | None = None
    last_byte_at: float | None = None
    last_ping_at: float | None = None
    pings: int = 0
    tokens: int = 0
    rhythm: float | None = None
    """Learnt seconds between pings: the longest of the last five intervals. None before the second ping."""
    beats: list[Beat] = field(default_factory=list)
    """One entry for each second in which something came."""
    _state: State = State.PREPARING
    _state_at: float = field(init=False)
    _intervals: list[float] = field(default_factory=list)
    _retry: RetryScheduled | None = None
    _reconnected: bool = False
    _sending: Sending | None = None
    _moved_at: float = 0.0
    """When some more of the request had left."""

    def __post_init__(self) -> None:
        self.started_at = self._state_at = self.clock()

    def observe(self, event: ReplyEvent) -> None:
        """Record an event that happens now."""
        now = self.clock()
        match event:
            case Connecting():
                self._enter(State.CONNECTING, now)
            case Sending():
                self._sending, self._moved_at = event, now
                self._enter(State.SENDING, now)
            case Sent():
                self.sent_at = now
                self._enter(State.SENT, now)
            case Accepted():
                self.accepted_at = self.last_byte_at = now
                self._enter(State.ACCEPTED, now)
            case BytesReceived(count):
                self.last_byte_at = now
                self._beat(now).bytes += count
            case Ping():
                self._ping(now)
                if self.first_token_at is None:
                    self._enter(State.ALIVE, now)
            case ReasoningDelta(text):
                self._count(text, now)
                if self.thinking_at is None:
                    self.thinking_at = now
                if self.first_text_at is None:
                    self._enter(State.THINKING, now)
            case TextDelta(text) | RefusalDelta(text) | ToolCallDelta(arguments=text):
                self._count(text, now)
                if self.first_text_at is None:
                    self.first_text_at = now
                self._enter(State.WRITING, now)
            case PartReceived() | MediaReceived():
                if self.first_text_at is None:
                    self.first_text_at = now
                self._enter(State.WRITING, now)
            case ReasoningEnded():
                if self.thinking_at is None:
                    self.thinking_at = self.first_text_at
                self.first_text_at = None
            case Reconnected():
                self._reconnected = True
            case RetryScheduled():
                self._retry = event
                self._enter(State.RETRYING, now)
            case _:
                pass

    def read(self) -> Reading:
        """Return the vital signs now."""
        now = self.clock()
        state, in_state = self._state, now - self._state_at
        silent = now - (self.last_byte_at or self.sent_at or self.started_at)
        if state is State.SENDING:
            silent = now - self._moved_at
        if self.accepted_at is not None and state is not State.RETRYING and silent >= self.stall_after:
            state, in_state = State.STALLED, silent - self.stall_after
        elif state in {State.THINKING, State.WRITING} and silent >= self.quiet_after:
            state, in_state = State.QUIET, silent - self.quiet_after
        return Reading(
            state=state,
            elapsed=now - self.started_at,
            in_state=in_state,
            silent=silent,
            pings=self.pings,
            ping_ago=None if self.last_ping_at is None else now - self.last_ping_at,
            rhythm=self.rhythm,
            tokens=self.tokens,
            tokens_per_second=self._rate(now),
            first_token=self.since_sent(self.first_token_at),
            thinking=self.thinking_time(now),
            retry_in=max(0.0, self._retry.delay - in_state) if self._retry else 0.0,
            retry_attempt=self._retry.attempt if self._retry else 0,
            retry_error=self._retry.error if self._retry else None,
            reconnected=self._reconnected,
            left=self._sending.sent / self._sending.total if self._sending else 0.0,
            size=self._sending.total if self._sending else 0,
        )

    @property
    def stall_after(self) -> float:
        """Seconds of silence that count as a stall with this server."""
        return PATIENCE if self.rhythm is None else max(SHORTEST_STALL, MISSED_PINGS * self.rhythm)

    @property
    def quiet_after(self) -> float:
        """Seconds of silence from which on an answer that has begun is quiet: more than its rhythm."""
        return max(QUIET_AFTER, 1.5 * (self.rhythm or 0.0))

    def since_sent(self, moment: float | None) -> float | None:
        """Return the seconds from sending (or from the beginning, if never sent) to a moment."""
        if moment is None:
            return None
        return moment - (self.started_at if self.sent_at is None else self.sent_at)

    def thinking_time(self, now: float | None = None) -> float | None:
        """Return seconds from the first word of reasoning to the first of the answer, or else to `now`."""
        if self.thinking_at is None:
            return None
        end = self.first_text_at if self.first_text_at is not None else now
        return None if end is None else end - self.thinking_at

    def _enter(self, state: State, now: float) -> None:
        if state is not self._state:
            self._state, self._state_at = state, now

    def _ping(self, now: float) -> None:
        if self.last_ping_at is not None:
            self._intervals = [*self._intervals[-4:], now - self.last_ping_at]
            self.rhythm = max(self._intervals)
        self.pings += 1
        self.last_ping_at = now
        self._beat(now).pings += 1

    def _count(self, text: str, now: float) -> None:
        if self.first_token_at is None:
            self.first_token_at = now
        tokens = estimate_tokens(text)
        self.tokens += tokens
        self._beat(now).tokens += tokens

    def _beat(self, now: float) -> Beat:
        second = int(now - self.started_at)
        if not self.beats or self.beats[-1].second != second:
            self.beats.append(Beat(second))
        return self.beats[-1]

    def _rate(self, now: float) -> float:
        if self.first_token_at is None:
            return 0.0
        second = int(now - self.started_at)
        recent = sum(
            beat.tokens for beat in self.beats[-RATE_WINDOW - 1 :] if beat.second >= second - RATE_WINDOW
        )
        since = max(self.first_token_at - self.started_at, float(second - RATE_WINDOW))
        return recent / max(now - self.started_at - since, 0.5)
