"""Random keys while several conversations are answered by a real server: nothing breaks, nothing is lost.

What the terminal shows is what a picture of the whole would show, no piece of the program raises anything,
what is on the disk in the end is what the server said, and nothing was asked twice.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from neurotui.chat.conversation import Message, Role, Status
from neurotui.tui.conversation.comparison_view import ComparisonScreen
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.history import HistoryScreen
from neurotui.tui.dialogs.models import ModelsScreen
from neurotui.tui.dialogs.running import RunningScreen
from tests.app.working import account_at
from tests.servers import MODELS, Exchange, Server
from tests.store.examples import check, library_of
from tests.tui.chatting import Chat, chatting
from tests.tui.painted import SIZES, TEXTS, Painted
from tests.tui.raised import nothing_raised
from tests.tui.steady import key_event

STEPS = 70
KEYS: dict[type[Screen[Any]], list[str]] = {
    RunningScreen: ["enter", "enter", "x", "n", "escape", "down", "up", "f7", "ч"],
    HistoryScreen: ["enter", "enter", "escape", "down", "up", "q", "tab", "pagedown", "backspace"],
    ModelsScreen: ["enter", "enter", "escape", "escape", "down", "up", "tab", "5", "backspace"],
    ConfirmScreen: ["escape", "n"],
    ComparisonScreen: [
        *["left", "right", "enter", "escape"] * 4,
        *["tab", "shift+tab", "c", "t", "v", "up", "down", "pageup", "pagedown", "home", "end", "m", "space"],
    ],
}
"""What is pressed in which screen; in all others Escape."""


class Speaker:
    """A server's script: another text in each answer, at the pace of a fast model."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.texts: list[str] = []
        """What each answer is, or will be; it begins with its number."""

    async def __call__(self, exchange: Exchange) -> None:
        text = f"{len(self.texts)}| " + self._chance.choice(TEXTS)[:1500]
        self.texts.append(text)
        await asyncio.sleep(self._chance.choice([0, 0.01, 0.2]))
        await exchange.head()
        for start in range(0, len(text), 6):
            await exchange.text(text[start : start + 6], pace=0.008)
        await exchange.finish()


async def models(exchange: Exchange) -> None:
    """List more models than are ever compared."""
    listed = [*MODELS["data"], *({"id": f"m{number}", "object": "model"} for number in range(500))]
    await exchange.body(200, {"object": "list", "data": listed})


class User:
    """Presses keys at random."""

    def __init__(self, chat: Chat, chance: random.Random) -> None:
        self._chat = chat
        self._chance = chance
        self.chosen = 0
        """How often a model was chosen from the list, which may be one that was asked already."""
        self._asked = self._compared = 0
        self._steps: list[Callable[[], Any]] = [
            *[self.ask] * 4,
            *[self.new, self.running, self.look, self.type, self.press] * 2,
            *[self.go_to_next, self.history, self.find, self.compare, self.models, self.several],
        ]

    async def begin(self) -> None:
        """Have three conversations answered."""
        for number in range(3):
            if number:
                await self.new()
            await self.ask()

    async def step(self) -> None:
        """Do something that can be done on the screen that is in front."""
        screen = self._chat.app.screen
        self._note(f"\n{type(screen).__name__}:")
        if self._chance.random() < 0.15:
            await self._chance.choice([self.notify, self.resize, self.look])()
        elif screen is self._chat.screen:
            await self._chance.choice(self._steps)()
        elif self._chance.random() < 0.2:
            await self._burst(self._keys_of(screen))
        else:
            await self._press(self._chance.choice(self._keys_of(screen)))

    async def ask(self) -> None:
        """Send a message, or have it wait; none is like another."""
        self._asked += 1
        await self._write(f"q{self._asked}.")
        await self._press("enter")

    async def new(self) -> None:
        await self._press("ctrl+n")

    async def running(self) -> None:
        await self._press("f7")

    async def history(self) -> None:
        await self._press("ctrl+r")

    async def models(self) -> None:
        await self._press("ctrl+l")

    async def find(self) -> None:
        await self._press("ctrl+f", *self._chance.choices(["e", "о", "enter", "up", "escape", "tab"], k=3))

    async def go_to_next(self) -> None:
        await self._command("/next")

    async def compare(self) -> None:
        """Compare models that were asked nothing yet."""
        count = self._chance.choice([1, 2, 2, 3])
        names = [f"m{self._compared + number}" for number in range(count)]
        self._compared += count
        await self._command("/compare " + " ".join(names))

    async def type(self) -> None:
        await self._write(self._chance.choice(["x", "слово", "/", "two words "]))

    async def press(self) -> None:
        keys = ["escape", "escape", "f8", "tab", "shift+tab", "f5", "pageup", "end", "k", "m"]
        await self._press(self._chance.choice(keys))

    async def several(self) -> None:
        """Press keys faster than they are worked on."""
        await self._burst(["enter", "escape", "ctrl+n", "f7", "ctrl+r", "x", "n", "f8", "m", "ctrl+f"])

    async def look(self) -> None:
        self._note("wait")
        await self._chat.pilot.pause(self._chance.choice([0.02, 0.1, 0.3]))

    async def notify(self) -> None:
        self._note("notice")
        self._chat.app.notify("Something is to be told", timeout=self._chance.choice([0.05, 0.3]))

    async def resize(self) -> None:
        size = self._chance.choice(SIZES)
        self._note(f"{size[0]}x{size[1]}")
        await self._chat.pilot.resize_terminal(*size)

    async def _command(self, text: str) -> None:
        self._chat.pane.composer.focus()
        while self._chat.text:
            await self._press("ctrl+end", "ctrl+u")
        await self._write(text)
        await self._press("enter")

    async def _write(self, text: str) -> None:
        self._note(repr(text))
        self._chat.pane.composer.focus()
        await self._chat.type(text)

    async def _press(self, *keys: str) -> None:
        self._note(*keys)
        await self._chat.press(*keys)

    async def _burst(self, keys: list[str]) -> None:
        chosen = self._chance.choices(keys, k=self._chance.choice([2, 3]))
        self._note("+".join(chosen))
        self.chosen += chosen.count("enter")
        for key in chosen:
            self._chat.app.post_message(key_event(key))
        await self._chat.pilot.pause()

    def _note(self, *done: str) -> None:
        if isinstance(self._chat.app.screen, ModelsScreen):
            self.chosen += done.count("enter")
        print(*done, end=" ", flush=True)  # shown if the test fails

    def _keys_of(self, screen: Screen[Any]) -> list[str]:
        return next((keys for kind, keys in KEYS.items() if isinstance(screen, kind)), ["escape"])


@pytest.mark.compat  # textual itself leaves notices standing
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 300))])
async def test_random_keys_over_three_running(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, painted = random.Random(seed), Painted()
    painted.watch(monkeypatch)
    speaker = Speaker(seed)
    language = chance.choice(["en", "ru"])
    with nothing_raised(monkeypatch), Server(speaker, paths={"/models": models}) as server:
        async with chatting(tmp_path, size=SIZES[0], language=language, account=account_at(server)) as chat:
            user = User(chat, chance)
            await user.begin()
            for _ in range(STEPS):
                async with asyncio.timeout(60):
                    await user.step()
                    if chance.random() < 0.3:
                        await shown_as_whole(chat, painted)
            await shown_as_whole(chat, painted)
            sessions = chat.pane.workspace.sessions
            known = {session.conversation.id: session.conversation for session in sessions}
    check(tmp_path)
    library = library_of(tmp_path)
    kept = [found for each in library.summaries() if (found := library.open(each.id)) is not None]
    for conversation in kept:
        if conversation.id in known:
            assert conversation.messages == known[conversation.id].messages
    answers = [
        (conversation.messages[message.parent_id or ""], message)
        for conversation in kept
        for message in conversation.messages.values()
        if message.role is Role.ASSISTANT
    ]
    hold_against([answer for _question, answer in answers], speaker.texts)
    assert len(answers) >= len(server.chats), "an answer is lost"
    asked = [(request.json["messages"][-1], request.json["model"]) for request in server.chats]
    sent = Counter((message["content"], model) for message, model in asked if message["role"] == "user")
    for (text, model), count in sent.items():
        to_it = [
            answer
            for question, answer in answers
            if question.text == text and answer.bill is not None and answer.bill.asked_model == model
        ]
        assert sum(not answer.is_blank for answer in to_it) <= 1 + user.chosen, f"{text!r} was answered twice"
        assert count <= len(to_it), f"{text!r} was sent more often than it was asked"


async def shown_as_whole(chat: Chat, painted: Painted) -> None:
    """Wait until the terminal shows what a picture of the whole does."""
    for _ in range(100):  # something may be about to be drawn
        await chat.pilot.pause(0.01)
        if not (differences := painted.differs(chat.app)):
            return
    raise AssertionError(differences)


def hold_against(answers: list[Message], texts: list[str]) -> None:
    """Hold each answer against what the server said."""
    found: set[str] = set()
    for answer in answers:
        assert answer.status in {Status.COMPLETE, Status.STOPPED}, answer
        if not answer.text:
            assert answer.status is Status.STOPPED, "empty, and yet complete"
            continue
        number, bar, _text = answer.text.partition("|")
        if not bar:
            assert answer.status is Status.STOPPED and any(text.startswith(answer.text) for text in texts)
            continue
        assert number not in found, "the same answer twice"
        found.add(number)
        text = texts[int(number)]
        assert text.startswith(answer.text)
        assert answer.status is Status.STOPPED or answer.text == text
