"""A pilot that goes on when the app has done what it was told, not when the process seems to rest.

Textual's own takes a process that uses no CPU for 20 ms to be idle. On a busy machine that is one which was
given no CPU: the key was not handled yet, the screen that it opens not laid out.
"""

from __future__ import annotations

import asyncio

from textual.pilot import Pilot
from textual.widget import Widget

_QUIET = 2
"""How many times in turn nothing may be found waiting before nothing is."""
_MOST = 30
"""How many times is looked, at most: while an answer comes, say, an app never rests."""
_FRAME = 1 / 60
"""Seconds in which a screen that is changed is laid out and painted."""


class SteadyPilot(Pilot[int]):
    """Textual's pilot; after a key, a click, a pause of no length it waits until nothing waits in the app."""

    async def press(self, *keys: str) -> None:
        for key in keys:
            await super().press(key)

    async def pause(self, delay: float | None = None) -> None:
        if delay is None:
            await super().pause()
        else:  # to look again and again, whatever goes on
            await super()._wait_for_screen()
            await asyncio.sleep(delay)
            self.app.screen._on_timer_update()

    async def _wait_for_screen(self, timeout: float = 30.0) -> bool:  # noqa: ASYNC109 - the overridden one's
        quiet = 0
        for _ in range(_MOST):
            if not await super()._wait_for_screen(timeout):
                return False
            quiet = 0 if self._something_waits() else quiet + 1
            if quiet == _QUIET:
                break
            if not quiet:
                await asyncio.sleep(_FRAME)
        return True

    def _something_waits(self) -> bool:
        """True if a message is not handled yet, or a change of the screen not shown."""
        screen = self.app.screen
        return (
            any(pump.message_queue_size or pump._next_callbacks for pump in [self.app, *self.app._registry])
            or bool(screen._dirty_widgets or screen._callbacks)
            or any(
                widget._layout_required or widget._scroll_required or widget._repaint_required
                for widget in screen.walk_children(Widget, with_self=True)
            )
        )
