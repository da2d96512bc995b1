"""The seconds of the program that its moving picture shows, played and watched in the running app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.moving import Frame, Shot, picture, row_of
from tests.scenes import Stage

EVERY = 1 / 12
"""Seconds between two looks."""
REST = 2.5
"""Seconds that the last frame stands before all begins again."""
CAP = 0.7
"""Seconds that a key is shown after it was pressed, and a bit before."""
ENOUGH = "for choice in"
"""The words of the answer at which it is stopped: a bit later it would scroll its question away."""
QUESTION = {
    "en": "Show me Python that reads an event stream",
    "ru": "Покажи код на Python, который читает поток событий",
}


class Camera:
    """Looks at an app again and again, and keeps what has changed."""

    def __init__(self, stage: Stage, pace: float) -> None:
        self._stage = stage
        self._pace = pace
        self._began = time.monotonic()
        self._key, self._key_until = "", 0.0
        self.shots: list[Shot] = []

    @property
    def time(self) -> float:
        """Seconds since it began, at the usual pace."""
        return (time.monotonic() - self._began) / self._pace

    def show_key(self, key: str) -> None:
        """Show a key that is pressed."""
        self._key, self._key_until = key, self.time + CAP

    def look(self) -> None:
        """Keep what is shown, if that is new."""
        shot = Shot(self.time, frame_of(self._stage), self._key if self.time < self._key_until else "")
        if not self.shots or replace(shot, time=0) != replace(self.shots[-1], time=0):
            self.shots.append(shot if self.shots else replace(shot, time=0))

    async def wait(self, seconds: float) -> None:
        """Wait, at the usual pace."""
        await asyncio.sleep(seconds * self._pace)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look as often as a picture needs it while the body runs."""

        async def watch() -> None:
            while True:
                self.look()
                await self.wait(EVERY)

        task = asyncio.create_task(watch())
        try:
            yield
        finally:
            task.cancel()


def frame_of(stage: Stage) -> Frame:
    """Return what the screen shows."""
    return tuple(row_of(strip) for strip in stage.app.screen._compositor.render_strips())


async def filmed(stage: Stage, pace: float = 1.0) -> str:
    """Ask, watch pings, reasoning and code come, and stop; return the picture. `pace` is the demo's."""
    pane = stage.pane
    await pane.commands.run("model", "neurotui-demo-think")
    await stage.pilot.pause()
    camera = Camera(stage, pace)
    async with camera.running():
        await camera.wait(0.4)
        for character in QUESTION[stage.language]:
            await stage.type(character)
            await camera.wait(0.025)
        await camera.wait(0.3)
        camera.show_key("Enter")
        await stage.press("enter")
        await stage.until(lambda: (turn := pane.session.turn) and ENOUGH in turn.message().text)
        camera.show_key("Esc")
        await camera.wait(0.25)
        await stage.press("escape")
        await stage.until(lambda: not pane.session.running)
        await camera.wait(CAP + 2 * EVERY)
        await stage.pilot.pause()
        camera.look()
    return picture(camera.shots, camera.time + REST)
