"""Pictures of what changed: in the end a terminal shows what a picture of the whole would show."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyte
import pytest
from textual import events
from textual._compositor import CompositorUpdate
from textual._context import visible_screen_stack
from textual.app import App

from neurotui.chat.conversation import Message, Role, Status
from neurotui.tui.compat.quick_compositor import RowsUpdate
from tests.markdown.corpus import CORPUS
from tests.tui.chatting import Chat, chatting

TEXTS = [
    text
    for text in CORPUS.values()
    if max(text, default="") < "\U00010000" and not set(text) & set("\u200d\ufe0f")
]
"""Without what pyte draws at widths of its own."""
SIZES = [(80, 24), (60, 15), (120, 40)]


class Painted:
    """A terminal that gets all that the app draws."""

    def __init__(self) -> None:
        self.kinds: Counter[type] = Counter()
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self._screen)

    def display(self, app: App[Any], update: CompositorUpdate) -> None:
        self.kinds[type(update)] += 1
        if (self._screen.columns, self._screen.lines) != app.size:
            self._screen.resize(app.size.height, app.size.width)
        self._stream.feed(update.render_segments(app.console).replace("\n", "\r\n"))

    def differs(self, app: App[Any]) -> list[tuple[int, str, str]]:
        """The rows that do not show what they should: where, what they show, what they should."""
        whole = pyte.Screen(*app.size)
        stream = pyte.Stream(whole)
        visible_screen_stack.set(app._background_screens)
        for y, strip in enumerate(app.screen._compositor.render_strips()):
            stream.feed(f"\x1b[{y + 1};1H{strip.render(app.console)}")
        rows = range(app.size.height)
        pairs = [(y, self._cells(self._screen, y), self._cells(whole, y)) for y in rows]
        return [
            (y, self._screen.display[y], whole.display[y]) for y, shown, wanted in pairs if shown != wanted
        ]

    @staticmethod
    def _cells(screen: pyte.Screen, y: int) -> list[Any]:
        # The colour of a letter that is not there is seen by nobody.
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        return [cell if cell.data.strip() else cell._replace(fg="", bold=False) for cell in cells]


@pytest.mark.compat  # textual itself leaves notices standing
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))])
async def test_what_is_shown_is_what_a_picture_of_the_whole_shows(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted, chance = Painted(), random.Random(seed)

    def display(app: App[Any], screen: Any, update: CompositorUpdate | None) -> None:
        if update is not None:
            painted.display(app, update)

    monkeypatch.setattr(App, "_display", display)
    async with chatting(tmp_path, size=SIZES[0], language=chance.choice(["en", "ru"])) as chat:
        use = _Use(chat, chance)
        use.begin()
        done = []
        for _ in range(80):
            step = chance.choice(use.steps)
            done.append(step.__name__)
            await step()
            await chat.pilot.pause(chance.choice([0, 0, 0.01, 0.08]))
            if chance.random() < 0.3:
                for _ in range(100):  # something may be about to be drawn
                    await chat.pilot.pause(0.01)
                    if not (differences := painted.differs(chat.app)):
                        break
                assert not differences, " ".join(done[-14:])
    assert painted.kinds[RowsUpdate] > 20, painted.kinds


class _Use:
    """What a person and a model do."""

    def __init__(self, chat: Chat, chance: random.Random) -> None:
        self.chat = chat
        self.chance = chance
        self.steps: list[Callable[[], Any]] = [
            *[self.stream] * 6,
            *[self.type, self.press, self.scroll] * 2,
            *[self.notify, self.screen, self.resize, self.theme, self.drag, self.answer],
        ]
        self._text = ""
        self._count = 0

    def begin(self) -> None:
        """Lets another answer begin."""
        self._count += 1
        self._text = self.chance.choice(TEXTS) * 2
        before, running = self.chat.pane.transcript.last_id, Status.RUNNING
        message = Message(f"{self._count}", Role.ASSISTANT, "", before, model="m", status=running)
        self.chat.pane.message_added(message)

    async def stream(self) -> None:
        for _ in range(self.chance.randrange(30)):
            piece, self._text = self._text[:4], self._text[4:]
            self.chat.pane.transcript.extend(f"{self._count}", piece)

    async def answer(self) -> None:
        self.begin()

    async def type(self) -> None:
        letter = self.chance.choice("aбв/")
        self.chat.app.post_message(events.Key(letter, letter))

    async def press(self) -> None:
        keys = ["backspace", "up", "down", "tab", "shift+tab", "escape", "ctrl+a", "k", "j", "f5"]
        await self.chat.press(self.chance.choice(keys))

    async def scroll(self) -> None:
        await self.chat.press(self.chance.choice(["pageup", "pagedown", "ctrl+home", "ctrl+end", "end"]))

    async def notify(self) -> None:
        self.chat.app.notify("Something is to be told", timeout=self.chance.choice([0.05, 0.3]))

    async def screen(self) -> None:
        await self.chat.press(self.chance.choice(["f1", "ctrl+p", "f3"]))
        await self.chat.pilot.pause(0.05)
        for _ in range(self.chance.randrange(4)):
            await self.chance.choice([self.stream, self.notify, self.type, self.press])()
            await self.chat.pilot.pause(self.chance.choice([0, 0.08]))
        if self.chance.random() < 0.7:
            await self.chat.press("escape")

    async def resize(self) -> None:
        await self.chat.pilot.resize_terminal(*self.chance.choice(SIZES))

    async def theme(self) -> None:
        self.chat.app.theme = self.chance.choice(["neurotui-dark", "neurotui-light", "nord"])

    async def drag(self) -> None:
        x, y = (self.chance.randrange(2, 40) for _ in range(2))
        await self.chat.pilot.mouse_down(offset=(x, min(y, 12)))
        await self.chat.pilot.hover(offset=(x + 9, 10))
        await self.chat.pilot.mouse_up(offset=(x + 9, 10))
