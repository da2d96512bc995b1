"""Pictures of what changed: in the end a terminal shows what a picture of the whole would show."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events

from neurotui.chat.conversation import Message, Role, Status
from neurotui.tui.compat.quick_compositor import RowsUpdate
from tests.tui.chatting import Chat, chatting
from tests.tui.painted import SIZES, TEXTS, Painted


@pytest.mark.compat  # textual itself leaves notices standing
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))])
async def test_what_is_shown_is_what_a_picture_of_the_whole_shows(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted, chance = Painted(), random.Random(seed)
    painted.watch(monkeypatch)
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
