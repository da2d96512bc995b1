"""Pacing of streaming answers: pieces are gathered until the next frame is due.

The frames belong to the app: however many answers are in view, there are at most sixteen a second, and they
take a quarter of a core together. What is on a screen that nobody sees is gathered alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, thread_time
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

FRAME = 1 / 16
"""Least time between two frames (seconds)."""
SHARE = 0.25
"""Largest share of a core that drawing may take."""


def is_covered(screen: Screen[Any]) -> bool:
    """Return True if nothing of a screen is seen, because one above it is opaque."""
    if screen is screen.app.screen:
        return False
    stack = screen.app.screen_stack
    above = stack[stack.index(screen) + 1 :] if screen in stack else stack
    return any(other.styles.background.a == 1 for other in above)


class FrameClock:
    """The frames of an app: in each, all views that have something new are drawn."""

    _clocks: ClassVar[WeakKeyDictionary[App[Any], FrameClock]] = WeakKeyDictionary()

    @classmethod
    def of(cls, app: App[Any]) -> FrameClock:
        """Return the clock that all views of an app share."""
        return cls._clocks.setdefault(app, cls())

    def __init__(self) -> None:
        self._waiting: dict[Frames, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def request(self, frames: Frames) -> None:
        """Draw what was gathered: at once if a frame is due, else with the next one."""
        if self._timer is not None:
            self._waiting[frames] = None
        elif (wait := self._due - monotonic()) <= 0:
            frames.draw()
        else:
            self._waiting[frames] = None
            self._timer = asyncio.get_running_loop().call_later(wait, self._tick)

    def withdraw(self, frames: Frames) -> None:
        """Draw nothing of a view in the next frame."""
        self._waiting.pop(frames, None)
        if not self._waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @contextmanager
    def frame(self, view: Widget) -> Iterator[None]:
        """Measure what is drawn, and set when the next frame is due."""
        started, spent = monotonic(), thread_time()
        yield
        # From the end on: the next piece may be handled before anything else has its turn.
        self._due = max(self._due, monotonic() + FRAME)

        def painted() -> None:
            self._due = max(self._due, started + (thread_time() - spent) / SHARE)

        view.call_after_refresh(painted)

    def _tick(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        if (wait := self._due - monotonic()) > 0:  # something was drawn meanwhile that nobody asked this for
            self._waiting = waiting
            self._timer = asyncio.get_running_loop().call_later(wait, self._tick)
            return
        for frames in waiting:
            frames.draw_soon()


class Frames:
    """Pieces of a growing message that are not drawn yet."""

    def __init__(self, view: Widget, draw: Callable[[str, str], None]) -> None:
        """Pass pieces of text and reasoning to `draw`, which has `view` repaint."""
        self._view = view
        self._draw = draw
        self.pending: list[tuple[str, str]] = []

    def add(self, text: str, reasoning: str) -> None:
        """Add a piece; it is drawn at once if a frame is due."""
        self.pending.append((text, reasoning))
        if self._view.is_attached and not is_covered(self._view.screen):
            FrameClock.of(self._view.app).request(self)

    def draw_soon(self) -> None:
        """Draw the pieces when the view has done what it was told before."""
        self._view.call_later(self.draw)

    def draw(self) -> None:
        """Draw the pieces that came since the last frame."""
        clock = FrameClock.of(self._view.app)
        clock.withdraw(self)
        if not self.pending:
            return
        text = "".join([text for text, _ in self.pending])
        reasoning = "".join([reasoning for _, reasoning in self.pending])
        self.pending.clear()
        with clock.frame(self._view):
            self._draw(text, reasoning)

    def drop(self) -> None:
        """Discard the pieces that are not drawn yet."""
        FrameClock.of(self._view.app).withdraw(self)
        self.pending.clear()
