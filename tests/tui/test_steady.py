"""The pilot of the tests goes on when the app is at rest, and not before."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.widgets import Label

from tests.tui.steady import SteadyPilot, piloted


class Slow(App[None]):
    """Does with each key what it is given, and shows when that is done."""

    def __init__(self, work: Callable[[], object], steps: int = 0) -> None:
        super().__init__()
        self._work = work
        self._steps = steps

    def compose(self) -> ComposeResult:
        yield Label("before")

    def on_key(self) -> None:
        self.run_worker(self._change())

    async def _change(self) -> None:
        await asyncio.to_thread(self._work)
        self._step(self._steps)

    def _step(self, left: int) -> None:
        if left:
            self.call_after_refresh(self._step, left - 1)
        else:
            self.query_one(Label).update("after")


def shown(pilot: SteadyPilot) -> str:
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


async def test_it_waits_for_a_thread_and_for_what_comes_of_it() -> None:
    async with piloted(Slow(lambda: time.sleep(0.1))) as pilot:
        await pilot.press("x")
        assert "after" in shown(pilot)


async def test_it_waits_for_one_refresh_after_the_other() -> None:
    async with piloted(Slow(lambda: None, steps=20)) as pilot:
        await pilot.press("x")
        assert "after" in shown(pilot)


async def test_a_thread_that_waits_for_the_test_holds_it_up_once() -> None:
    released = threading.Event()
    async with piloted(Slow(lambda: released.wait(30))) as pilot:
        await pilot.press("x")
        assert "before" in shown(pilot)
        began_at = time.monotonic()
        for _ in range(10):
            await pilot.pause()
        assert time.monotonic() - began_at < 10, "each time anew"
        released.set()
        async with asyncio.timeout(30):
            while "after" not in shown(pilot):
                await pilot.pause(0.005)


async def test_a_size_is_another_at_once() -> None:
    async with piloted(Slow(lambda: None), size=(80, 24)) as pilot:
        await pilot.resize_terminal(40, 10)
        assert len(shown(pilot).split("\n")) == 10
