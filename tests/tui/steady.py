"""A pilot that goes on when the app is at rest: a condition, which no load makes true too early.

At rest means that the event loop has nothing to run, that nothing which was handed to a thread is still out,
and that the screen shows every change. What is due later (a timer) and what comes from outside (an answer,
another process) is not waited for: a test waits for what is to be seen of it.

Textual's own pilot takes a process that uses no CPU for 20 ms to be idle. On a busy machine that is one which
was given no CPU: the key was not handled yet, the screen that it opens not laid out. On any other machine
these 20 ms are most of what a test costs.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from tests.tui.stylesheets import share_parsed_rules

_QUIET = 3
"""How many times in turn the loop has nothing to run before it is at rest."""
_MOST_ROUNDS = 20_000
"""How many rounds of the loop are waited for, at most: an app may change all the time."""
_MOST_SECONDS = 0.5
"""Seconds after which a thread is taken to wait for something itself."""


class Errands:
    """What an event loop has handed to threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._out: set[asyncio.Future[Any]] = set()
        self._stuck: set[asyncio.Future[Any]] = set()
        hand_over = loop.run_in_executor

        def noted(executor: Any, work: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
            errand = hand_over(executor, work, *arguments)
            for kept in (self._out, self._stuck):
                errand.add_done_callback(kept.discard)
            self._out.add(errand)
            return errand

        loop.run_in_executor = noted  # type: ignore[method-assign, assignment]

    async def one_is_done(self) -> bool:
        """Wait until one is done; false where there is none that would come to an end."""
        out = self._out - self._stuck
        if not out:
            return False
        done, waiting = await asyncio.wait(out, timeout=_MOST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            self._stuck |= waiting
        return bool(done)


_errands: WeakKeyDictionary[asyncio.AbstractEventLoop, Errands] = WeakKeyDictionary()


def _errands_of_loop() -> Errands:
    loop = asyncio.get_running_loop()
    if loop not in _errands:
        _errands[loop] = Errands(loop)
    return _errands[loop]


class SteadyPilot(Pilot[Any]):
    """Textual's pilot; after a key, a click, a pause it waits until the app is at rest."""

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.app.post_message(key_event(key))
            await self._wait_for_screen()
            await self.app.animator.wait_until_complete()
            await self._wait_for_screen()

    async def pause(self, delay: float | None = None) -> None:
        await self._wait_for_screen()
        if delay:
            await asyncio.sleep(delay)
            await self._wait_for_screen()

    async def _wait_for_screen(self, timeout: float = 30.0) -> bool:  # noqa: ASYNC109 - the overridden one's
        loop: Any = asyncio.get_running_loop()
        quiet = 0
        for _ in range(_MOST_ROUNDS):
            await asyncio.sleep(0)
            if self.app._exception_event.is_set():
                return False
            quiet = 0 if loop._ready else quiet + 1
            if quiet == _QUIET:
                if not self._show() and not await _errands_of_loop().one_is_done():
                    break
                quiet = 0
        return True

    def _show(self) -> bool:
        """Show what has changed now, not when the next frame is due; false where nothing has."""
        if not self.app._screen_stack or self.app._batch_count:
            return False
        if self.app._resize_event is not None:
            self.app._check_resize()
            return True
        screen = self.app.screen
        changed = bool(
            screen._layout_required
            or screen._scroll_required
            or screen._repaint_required
            or screen._recompose_required
            or screen._dirty_widgets
            or screen._callbacks
        )
        if changed:
            screen._on_timer_update()
        return changed


@asynccontextmanager
async def piloted(app: App[Any], **options: Any) -> AsyncIterator[SteadyPilot]:
    """Run an app as `App.run_test` does, with the same options, and steer it.

    What it shows on its way to the first rest is laid out and drawn once, not each time that something comes.
    """
    share_parsed_rules()
    _errands_of_loop()
    app._begin_batch()
    async with app.run_test(**options):
        pilot = SteadyPilot(app)
        await pilot.pause()
        app._end_batch()
        await pilot.pause()
        yield pilot


def key_event(key: str) -> events.Key:
    """A key as textual's own pilot presses it."""
    if len(key) == 1 and not key.isalnum():
        key = _character_to_key(key)
    character: str | None
    try:
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(key, character)
