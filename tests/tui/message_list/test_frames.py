"""Frames of streaming answers: the app's, not each view's, and none for what is covered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic, sleep

from textual.screen import Screen

from neurotui.tui.message_list.frames import FRAME, FrameClock, Frames
from neurotui.wire.events import Finished, FinishReason, TextDelta
from tests.chat.test_session import Script
from tests.tui.chatting import chatting
from tests.tui.reading import QUESTION, RUNNING, reading


class Opaque(Screen[None]):
    CSS = "Opaque { background: $background; }"


class Noted(Frames):
    """Frames that note when they are drawn."""

    def __init__(self, name: str, drawn: list[str]) -> None:
        self._name, self._drawn = name, drawn

    def draw(self) -> None:
        self._drawn.append(f"{self._name} at once")

    def draw_soon(self) -> None:
        self._drawn.append(self._name)


async def test_views_share_their_frames() -> None:
    drawn: list[str] = []
    clock, views = FrameClock(), [Noted(name, drawn) for name in "abc"]
    clock.request(views[0])
    assert drawn == ["a at once"]
    async with reading(QUESTION) as case:
        with clock.frame(case.transcript):
            pass
        begun = monotonic()
        for view in (*views, *views):
            clock.request(view)
        clock.withdraw(views[1])
        await case.pilot.pause(FRAME / 2)
        assert drawn == ["a at once"] or monotonic() > begun + FRAME * 0.9
        while len(drawn) < 3:
            await case.pilot.pause(FRAME / 4)
        assert drawn == ["a at once", "a", "c"]


async def test_however_long_a_frame_takes_the_next_piece_waits() -> None:
    """Many pieces are handled in one go: each would be drawn at once, and no key had its turn."""
    drawn: list[str] = []
    async with reading(QUESTION) as case:

        def draw(text: str, _reasoning: str) -> None:
            drawn.append(text)
            sleep(FRAME * 1.2)

        frames = Frames(case.transcript, draw)
        for piece in "abc":
            frames.add(piece, "")
        assert drawn == ["a"]
        while len(drawn) < 2:
            await case.pilot.pause(FRAME / 4)
        assert drawn == ["a", "bc"]


async def test_a_view_that_is_gone_draws_nothing_and_raises_nothing() -> None:
    """Whoever tells it of a piece receives an answer, which must not end for that."""
    async with reading(QUESTION, RUNNING) as case:
        await case.transcript.remove()
        case.transcript.extend("a", "word")
        assert case.transcript.frames.pending == [("word", "")]


async def test_what_another_screen_covers_is_drawn_when_it_is_seen_again(tmp_path: Path) -> None:
    covered, more = asyncio.Event(), asyncio.Event()
    script: Script = [
        TextDelta("one"),
        covered,
        TextDelta(" two"),
        more,
        FinishReason("stop"),
        Finished(True),
    ]
    async with chatting(tmp_path, script) as chat:
        await chat.type("hi")
        await chat.press("enter")
        await chat.until_shown("one")
        frames, turn = chat.pane.transcript.frames, chat.pane.session.turn
        await chat.until(lambda: not frames.pending)
        await chat.app.push_screen(Opaque())
        covered.set()
        await chat.until(lambda: turn is not None and turn.message().text == "one two")
        await chat.pilot.pause(2 * FRAME)
        assert frames.pending == [(" two", "")]
        await chat.app.pop_screen()
        await chat.until_shown("one two")
        assert chat.pane.session.running
        more.set()
        await chat.until(lambda: not chat.pane.session.running)
