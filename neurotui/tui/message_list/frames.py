"""Pacing of a streaming answer: pieces are gathered until the next frame is due, within a share of a core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic, thread_time

from textual.widget import Widget

FRAME = 1 / 16
"""Least time between two frames of a streaming answer (seconds)."""
SHARE = 0.25
"""Largest share of a core that drawing may take."""


class Frames:
    """Pieces of a growing message that are not drawn yet."""

    def __init__(self, view: Widget, draw: Callable[[str, str], None]) -> None:
        """Pass pieces of text and reasoning to `draw`, which has `view` repaint."""
        self._view = view
        self._draw = draw
        self.pending: list[tuple[str, str]] = []
        self._frame: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, text: str, reasoning: str) -> None:
        """Add a piece; it is drawn at once if a frame is due."""
        self.pending.append((text, reasoning))
        if self._frame is None:
            wait = self._due - monotonic()
            if wait <= 0:
                self.draw()
            else:
                self._frame = asyncio.get_running_loop().call_later(wait, self._view.call_later, self.draw)

    def draw(self) -> None:
        """Draw the pieces that came since the last frame, and set when the next one is due."""
        self._cancel()
        if not self.pending:
            return
        started, spent = monotonic(), thread_time()
        text = "".join([text for text, _ in self.pending])
        reasoning = "".join([reasoning for _, reasoning in self.pending])
        self.pending.clear()
        self._draw(text, reasoning)
        self._due = started + FRAME

        def painted() -> None:
            self._due = max(self._due, started + (thread_time() - spent) / SHARE)

        self._view.call_after_refresh(painted)

    def drop(self) -> None:
        """Discard the pieces that are not drawn yet."""
        self._cancel()
        self.pending.clear()

    def _cancel(self) -> None:
        if self._frame is not None:
            self._frame.cancel()
            self._frame = None
