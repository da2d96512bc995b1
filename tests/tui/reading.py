"""The transcript alone on a screen, run by a pilot.

async with reading(QUESTION, LONG) as case:
    await case.pilot.press("home")
    assert "line 0" in case.text
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events, on
from textual.app import App, ComposeResult
from textual.theme import BUILTIN_THEMES

from neurotui.chat.conversation import Message, Role, Status
from neurotui.tui.message_list.frames import FRAME
from neurotui.tui.message_list.messages import LinkPressed, VersionPressed
from neurotui.tui.message_list.widget import Transcript
from neurotui.tui.themes import DARK, THEMES, legible
from tests.tui.steady import SteadyPilot, piloted

QUESTION = Message("q", Role.USER, "Why?", created_at=1.0)
RUNNING = Message("a", Role.ASSISTANT, "", "q", 2.0, Status.RUNNING, "model")
LONG = Message(
    "a", Role.ASSISTANT, "\n\n".join(f"line {number}" for number in range(100)), "q", 2.0, model="m"
)
MARKED_UP = Message(
    "a",
    Role.ASSISTANT,
    "A [link](https://example.org/a) and [another](javascript:alert(1)).\n\n"
    "```python\nprint(1)\n\tx\n```\n\n```sh\nls\n```\n",
    "q",
    2.0,
    model="model",
)


class Reading(App[None]):
    CSS = "Transcript { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[object, ...]] = []
        """The commands that were given, and what was clicked."""
        for theme in (*THEMES, *map(legible, BUILTIN_THEMES.values())):
            self.register_theme(theme)
        self.theme = DARK

    def compose(self) -> ComposeResult:
        yield Transcript()

    def on_mount(self) -> None:
        self.query_one(Transcript).focus()

    def action_command(self, name: str, *arguments: object) -> None:
        """Do what the transcript does by itself, and note all other commands."""
        if name in {"cursor_previous", "cursor_next", "toggle_fold", "toggle_raw"}:
            getattr(self.query_one(Transcript), name)()
        else:
            self.asked.append((name, *arguments))

    @on(LinkPressed)
    def _link_pressed(self, event: LinkPressed) -> None:
        self.asked.append(("link", event.url))

    @on(VersionPressed)
    def _version_pressed(self, event: VersionPressed) -> None:
        self.asked.append(("version", event.message_id, event.step))


class Case:
    """A transcript on a screen, and what it asked for."""

    def __init__(self, pilot: SteadyPilot, app: Reading) -> None:
        self.pilot = pilot
        self.asked = app.asked
        self.transcript = pilot.app.query_one(Transcript)

    @property
    def rows(self) -> list[str]:
        """What the rows of the screen show."""
        strips = self.transcript.render_lines(self.transcript.size.region)
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def row_of(self, text: str) -> int:
        """The row of the screen that shows `text`."""
        return next(at for at, row in enumerate(self.rows) if text in row)

    async def settle(self) -> None:
        await self.pilot.pause()

    async def wheel(self, event: type[events.MouseScrollUp | events.MouseScrollDown]) -> None:
        """Turns the wheel by one notch."""
        await self.pilot._post_mouse_events([event], Transcript, offset=(5, 5))
        await self.settle()

    async def select(self, start: tuple[int, int], end: tuple[int, int]) -> str | None:
        """Selects with the mouse; returns what is copied then."""
        await self.pilot.mouse_down(Transcript, offset=start)
        await self.pilot.hover(Transcript, offset=end)
        await self.pilot.mouse_up(Transcript, offset=end)
        return self.pilot.app.screen.get_selected_text()

    async def drawn(self) -> None:
        """Waits until all that came is drawn."""
        while self.transcript.frames.pending:
            await self.pilot.pause(FRAME / 4)
        await self.settle()

    async def stream(self, text: str, size: int = 5) -> None:
        for at in range(0, len(text), size):
            self.transcript.extend("a", text[at : at + size])
        await self.drawn()


@asynccontextmanager
async def reading(
    *messages: Message, size: tuple[int, int] = (60, 15), **options: Any
) -> AsyncIterator[Case]:
    app = Reading()
    async with piloted(app, size=size) as pilot:
        case = Case(pilot, app)
        case.transcript.show(messages, **options)
        await case.settle()
        yield case
