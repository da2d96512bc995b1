"""Makes the pictures of the README from the running app: python -m tests.make_screenshots [NAME…]

Each picture is an SVG of the embedded demo, at a moment that the scene waits for; all in both languages, the
chat in both themes too.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from neurotui import i18n
from neurotui.cli.accounts import ConfiguredAccounts
from neurotui.cli.servers import demo_server
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store
from neurotui.ui.app import NeurotuiApp
from neurotui.ui.backend import Backend
from neurotui.ui.screens.chat import ChatScreen

FOLDER = Path(__file__).parents[1] / "screenshots"
SIZE = (100, 32)

Scene = Callable[[Pilot[int]], Awaitable[None]]

QUESTIONS = {
    "hello": {"en": "Hello! What can you do?", "ru": "Привет! Что ты умеешь?"},
    "story": {"en": "Tell me a long story", "ru": "Расскажи длинную историю"},
}


async def ask(pilot: Pilot[int], question: str) -> None:
    """Types a question and sends it."""
    chat(pilot).composer.text = QUESTIONS[question][i18n.language()]
    await pilot.press("enter")


def chat(pilot: Pilot[int]) -> ChatScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, ChatScreen)
    return screen


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Waits until something is true; fails after 60 s."""
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.05)


async def alive(pilot: Pilot[int]) -> None:
    """Pings come, the model has not said a word."""
    await ask(pilot, "hello")
    await until(pilot, lambda: (turn := chat(pilot).session.turn) is not None and turn.vitals.pings >= 2)


async def writing(pilot: Pilot[int]) -> None:
    """The middle of an answer."""
    await ask(pilot, "hello")
    await until(pilot, lambda: tokens(pilot) > 330)


async def stopped(pilot: Pilot[int]) -> None:
    """Escape in the middle of a story."""
    await ask(pilot, "story")
    await until(pilot, lambda: tokens(pilot) > 130)
    await pilot.press("escape")
    await until(pilot, lambda: not chat(pilot).session.running)


async def help_(pilot: Pilot[int]) -> None:
    """The help."""
    await pilot.press("f1")


def tokens(pilot: Pilot[int]) -> int:
    turn = chat(pilot).session.turn
    return turn.vitals.tokens if turn else 0


SCENES: dict[str, Scene] = {"chat": writing, "alive": alive, "stopped": stopped, "help": help_}
THEMES = {"chat": ("dark", "light")}


async def make(name: str, scene: Scene, theme: str, language: str) -> None:
    """Plays one scene in a fresh home and writes its picture."""
    i18n.use(language)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        accounts = ConfiguredAccounts(SettingsFile(), {}, folder / "key")
        app = NeurotuiApp(Backend(demo_server(), demo_server, Store(folder), folder, accounts))
        app.theme = f"neurotui-{theme}"
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await pilot.pause(0.2)
            await scene(pilot)
            await pilot.pause(0.3)
            picture = FOLDER / f"{name}-{theme}-{language}.svg"
            picture.write_text(app.export_screenshot(title="neurotui"), encoding="utf-8")
            await app.action_quit()
    print(picture.name)


async def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, scene in SCENES.items():
        if names and name not in names:
            continue
        for theme in THEMES.get(name, ("dark",)):
            for language in i18n.LANGUAGES:
                await make(name, scene, theme, language)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
