"""The heartbeat of the status line: what came in the last seconds, told by shapes, and by colours too."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.chat.heartbeat import SECONDS, last_heartbeat
from neurotui.chat.vitals import Vitals
from neurotui.tui.conversation.heartbeat import last_trace, trace
from neurotui.wire.events import Accepted, BytesReceived, Ping, ReplyEvent, Sent, TextDelta
from tests.chat.clock import Clock
from tests.chat.test_session import WRITING
from tests.tui.chatting import chatting

SENT = (Sent(), Accepted(200))
PING = (BytesReceived(8), Ping("PING"))


def write(size: int) -> tuple[ReplyEvent, ...]:
    """Return a piece of text that counts as about `size` tokens."""
    return BytesReceived(4 * size), TextDelta("word " * size)


def lived(*seconds: tuple[ReplyEvent, ...]) -> Vitals:
    """Return the clocks of an answer after whole seconds, in each of which something came."""
    clock = Clock()
    vitals = Vitals(clock)
    for events in seconds:
        for event in events:
            vitals.observe(event)
        clock.wind(1.0)
    return vitals


def test_text_is_bars_pings_are_dots_and_silence_is_flat() -> None:
    made = trace(lived(SENT, PING, (), PING, write(10), write(40), write(20)))
    assert made.cells == "─" * 14 + "•─•▂█▄"
    assert made.tone == "accent"


@pytest.mark.parametrize(
    ("seconds", "tone", "quiet"),
    [
        ([], "muted", 0),
        ([SENT], "muted", 0),
        ([SENT, PING, PING], "success", 0),
        ([SENT, write(5)], "accent", 0),
        ([SENT, write(5), (), ()], "warning", 3),
        ([SENT, write(5), *[PING] * 4], "success", 0),
        ([SENT, write(5), *[()] * 60], "warning", SECONDS),
        ([SENT, PING, (), (), (), PING, write(5), (), ()], "accent", 0),
    ],
    ids=["begun", "sent", "pings", "text", "quiet", "pings-after-text", "stalled", "within-its-rhythm"],
)
def test_the_colour_is_that_of_what_comes_now(
    seconds: list[tuple[ReplyEvent, ...]], tone: str, quiet: int
) -> None:
    made = trace(lived(*seconds))
    assert (made.tone, made.quiet) == (tone, quiet)
    assert len(made.cells) == SECONDS
    colors = {span.style for span in made.content().spans}
    assert len(colors) <= 2, "two colours at most"
    assert made.content().plain == made.cells


def test_what_came_more_than_twenty_seconds_ago_is_gone() -> None:
    vitals = lived(SENT, write(500), *[PING] * 30)
    assert trace(vitals).cells == "•" * SECONDS
    ended = last_trace(last_heartbeat(lived(SENT, write(10), (), ())))
    assert ended is not None and ended.cells.endswith("─█"), "it ends where the answer did"


@pytest.mark.parametrize(
    ("kept", "cells", "tone"),
    [
        ("p.b18", "─" * 15 + "•─▁▁█", "accent"),
        ("..pp", "─" * 18 + "••", "success"),
        ("b", "─" * 19 + "▁", "muted"),
        ("8" * 500, "█" * 20, "accent"),
        ("[red]1\x1b\n", "─" * 19 + "▁", "accent"),
    ],
)
def test_what_is_kept_is_drawn_again_whatever_it_is(kept: str, cells: str, tone: str) -> None:
    made = last_trace(kept)
    assert made is not None and (made.cells, made.tone) == (cells, tone)
    assert last_trace("") is None and last_trace("...") is None


async def test_it_beats_while_an_answer_runs_and_is_gone_at_rest(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, size=(90, 24)) as chat:

        def status() -> str:
            return str(chat.pane.status.line.render())

        assert "─" not in status()
        await chat.press("h", "i", "enter")
        await chat.until(lambda: "─ writing" in status() or "█ writing" in status())
        assert chat.pane.status._clocks is not None
        await chat.pilot.resize_terminal(89, 24)
        assert status().startswith("● writing"), "it goes first where there is little room"
        await chat.press("escape")
        await chat.until(lambda: not chat.pane.session.running)
        await chat.pilot.resize_terminal(120, 24)
        assert "─" not in status() and "█" not in status()
        assert chat.pane.status._clocks is None
