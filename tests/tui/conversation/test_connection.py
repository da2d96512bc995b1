"""The panel with the story of a turn, the balance, and asking once more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.api.catalogue import Balance
from neurotui.app import wording
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.events import Stopped, TurnEvent
from neurotui.chat.turn import Turn
from neurotui.errors import Disconnected, RateLimited, SilenceTimeout
from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.connection_text import below, beside
from neurotui.tui.conversation.features.connection import Connection
from neurotui.tui.conversation.screen import ChatScreen
from neurotui.tui.conversation.status import StatusLine
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    Failed,
    Finished,
    Malformed,
    Ping,
    Reconnected,
    RetryScheduled,
    Sent,
    TextDelta,
    Usage,
)
from tests.app.working import account_at
from tests.balances import Till
from tests.chat.clock import Clock
from tests.chat.test_session import FAILURE, SILENT, WRITING, Script
from tests.servers import Server
from tests.tui.chatting import Chat, chatting
from tests.tui.sizes import in_sizes_and_languages

OPENING: tuple[TurnEvent, ...] = (Connecting(), Sent(False, "HTTP/1.1", "TLS 1.3"), Accepted(200, "req-7"))
STEPS: tuple[TurnEvent, ...] = (
    *OPENING,
    BytesReceived(40),
    Ping(),
    Ping(),
    BytesReceived(900),
    TextDelta("word"),
)


def turn_of(*events: TurnEvent) -> Turn:
    """A turn whose events come half a second apart."""
    clock = Clock()
    turn = Turn(Message("a", Role.ASSISTANT, "", status=Status.RUNNING), clock)
    for event in events:
        clock.wind(0.5)
        turn.apply(event)
    return turn


def panel(chat: Chat) -> str:
    return str(chat.feature(Connection).panel.render())


def test_a_request_that_is_sent_again_over_a_new_connection_is_told_in_status_and_story() -> None:
    turn = turn_of(Sent(True), Reconnected(), Connecting(), Sent())
    assert "↻ reconnected" in wording.running(turn.vitals.read()).fit(60)
    turn.apply(TextDelta("word"))
    assert "↻ reconnected" in wording.running(turn.vitals.read()).fit(60)
    steps = beside(turn, 60, 40).plain
    assert "↻ the open connection turned out closed" in steps
    assert (
        steps.index("sent over the open connection")
        < steps.index("↻")
        < steps.index("a connection is opened")
    )
    assert "↻" not in beside(turn_of(*STEPS), 60, 40).plain


def test_the_story_tells_what_happened_when() -> None:
    lines = str(
        beside(turn_of(*STEPS, Malformed("x"), Finished(True)), 60, 40, [("balance", "$1.00")])
    ).splitlines()
    assert lines[0].split()[0] == "bytes" and lines[0].endswith("940 B")
    assert lines[1].split() == ["pings", "•", "•", "2"]
    assert lines[lines.index("") - 2].startswith("tokens")
    assert "0.50 s  a connection is opened" in lines
    assert "1.00 s  sent" in lines
    assert "1.50 s  accepted: 200" in lines
    assert "2.50 s  first ping" in lines
    assert "4.00 s  writing" in lines
    assert "5.00 s  finished" in lines
    facts = {line[:13].strip(): line[13:] for line in lines}
    assert facts["headers"] == "after 500 ms"
    assert facts["first token"] == "after 3.0 s"
    assert facts["rhythm"].startswith("every 0.5 s; stalled after 5.0 s of silence")
    assert facts["connection"].endswith("HTTP/1.1, TLS 1.3")
    assert facts["request"] == "req-7"
    assert facts["skipped"].startswith("1 event")
    assert facts["balance"] == "$1.00"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (Finished(False), "the server ended the answer before it was whole"),
        (Stopped(0.004), "stopped by you; neurotui closed the connection in 4 ms"),
        (Failed(Disconnected(host="there")), "The server or the network closed the connection"),
        (Failed(SilenceTimeout(host="there", seconds=120)), "neurotui closed the connection"),
    ],
)
def test_it_tells_who_closed_the_connection(end: TurnEvent, words: str) -> None:
    text = " ".join(str(below(turn_of(*STEPS, end), 300, 8)).split())
    assert words in text


@pytest.mark.parametrize("before", [(), (Connecting(), Sent(), RetryScheduled(RateLimited(), 43.0, 1))])
def test_a_stop_while_no_request_is_out_tells_of_no_connection(before: tuple[TurnEvent, ...]) -> None:
    text = str(below(turn_of(*before, Stopped(0.004)), 300, 8))
    assert "stopped by you" in text
    assert "closed the connection" not in text


def test_a_refusal_is_told_with_its_status_and_its_request() -> None:
    refused = RateLimited(http_status=429, request_id="req-9")
    text = str(beside(turn_of(Connecting(), Sent(), Failed(refused)), 60, 40))
    assert "429: Too many requests" in text
    assert "req-9" in text


def test_a_silence_and_a_repetition_are_told() -> None:
    turn = turn_of(*STEPS)
    clock = turn.vitals.clock
    assert isinstance(clock, Clock)
    clock.wind(20.0)
    assert "silent for 20 s" in str(beside(turn, 42, 40))
    again = turn_of(Connecting(), Sent(), RetryScheduled(RateLimited(), 3.0, 1), Sent(True))
    text = str(below(again, 200, 8))
    assert "again in 3.0 s" in text and "sent over the open connection" in text


def test_what_comes_from_outside_is_cleaned() -> None:
    hostile = "\x1b]52;c;aGk=\x07 [/x] \u202e"
    turn = turn_of(Connecting(), Sent(), Accepted(200, hostile), Failed(Disconnected(host=hostile)))
    for drawn in (beside(turn, 42, 40), below(turn, 76, 7)):
        assert not {"\x1b", "\x07", "\u202e"} & set(str(drawn))
        assert "[/x]" in str(drawn)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(("width", "height"), [(56, 4), (76, 7), (42, 56), (10, 3), (1, 1)])
def test_it_fits_whatever_the_room(language: str, width: int, height: int) -> None:
    before = i18n.language()
    i18n.use(language)
    try:
        for turn in (turn_of(), turn_of(*STEPS), turn_of(*STEPS, Finished(True))):
            for draw in (below, beside):
                lines = draw(turn, width, height).split("\n")
                assert len(lines) <= height
                assert width < 40 or max(line.cell_length for line in lines) <= width
    finally:
        i18n.use(before)


@in_sizes_and_languages
async def test_the_conversation_stays_readable_beside_it(
    size: tuple[int, int], language: str, tmp_path: Path
) -> None:
    async with chatting(tmp_path, size=size, language=language) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        await chat.press("f5")
        await chat.pilot.pause()
        assert chat.feature(Connection).panel.region.area > 0
        assert chat.pane.transcript.region.height >= 3
        assert chat.pane.transcript.region.width >= 56
        assert "при" in chat.shown() or size == (60, 15)
        await chat.press("f5")
        assert not chat.feature(Connection).panel.display


@pytest.mark.parametrize("size", [(80, 24), (120, 20), (60, 15), (80, 12), (40, 10), (30, 8)])
async def test_it_leaves_the_input_and_the_keys_on_the_screen(size: tuple[int, int], tmp_path: Path) -> None:
    async with chatting(tmp_path, size=size) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        for key in ("f5", "ctrl+f"):
            await chat.press(key)
            await chat.pilot.pause()
            assert chat.pane.key_bar.region.bottom == size[1]
        await chat.press("escape")
        for _ in range(12):
            await chat.press("x", "ctrl+j")
        await chat.press("ctrl+f")
        await chat.pilot.pause()
        assert chat.feature(Connection).panel.region.area > 0
        assert chat.pane.key_bar.region.bottom == size[1], "however much is typed"


async def test_it_is_opened_by_a_click_and_closed_by_escape(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.pilot.click(StatusLine)
        assert "Nothing sent yet" in panel(chat)
        await chat.press("escape")
        assert not chat.feature(Connection).panel.display


@pytest.mark.parametrize(
    ("width", "title"), [(80, "─ Connection · F5 close ─"), (160, "╭─ Connection · F5 close ─")]
)
async def test_its_title_stands_free_of_the_line(tmp_path: Path, width: int, title: str) -> None:
    async with chatting(tmp_path, size=(200 - width, 30)) as chat:
        await chat.press("f5")
        await chat.pilot.resize_terminal(width, 30)
        await chat.until_shown(title)


async def test_escape_stops_first_and_nothing_ticks_when_nothing_runs(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING) as chat:
        await chat.press("h", "i", "enter", "f5")
        await chat.until(lambda: "writing" in panel(chat))
        assert chat.feature(Connection).panel._timer is not None
        await chat.press("escape")
        await chat.until(lambda: not chat.pane.session.running)
        assert chat.feature(Connection).panel.display
        assert "stopped by you" in panel(chat)
        assert chat.feature(Connection).panel._timer is None
        await chat.press("escape")
        assert not chat.feature(Connection).panel.display


async def test_a_new_conversation_has_no_story_yet(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("h", "i", "enter", "f5")
        await chat.until(lambda: "finished" in panel(chat))
        await chat.press("ctrl+n")
        await chat.until(lambda: "Nothing sent yet" in panel(chat))


async def test_it_does_not_tick_while_it_is_hidden(tmp_path: Path) -> None:
    async with chatting(tmp_path, SILENT) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: chat.pane.session.running)
        assert chat.feature(Connection).panel._timer is None
        await chat.press("f5", "f5")
        assert chat.feature(Connection).panel._timer is None


async def test_the_balance_is_shown_and_refreshed_after_a_turn(tmp_path: Path) -> None:
    balances = [Balance(1.0, 9.0), *[Balance(1.25, 8.75)] * 9]  # it is asked for until it stands still
    async with chatting(tmp_path, balances=balances) as chat:
        await chat.until(lambda: "balance $9.00" in chat.shown())
        await chat.press("h", "i", "enter")
        await chat.until(lambda: "balance $8.75" in chat.shown())
        assert "fell by" not in chat.shown()  # which is for what was stopped
        await chat.press("f5")
        await chat.until(lambda: "balance $8.75" in panel(chat))


async def test_a_balance_that_fails_once_comes_back(tmp_path: Path) -> None:
    async with chatting(tmp_path, balances=[Balance(1.0, 9.0), None, Balance(1.5, 8.5)]) as chat:
        await chat.until(lambda: "balance $9.00" in chat.shown())
        await chat.press("h", "i", "enter")
        await chat.until(lambda: " tok · " in chat.shown() and "balance" not in chat.shown())
        await chat.press("h", "i", "enter")
        await chat.until(lambda: "balance $8.50" in chat.shown())


async def test_what_an_answer_costs_by_the_prices_that_are_set(tmp_path: Path) -> None:
    settings = SettingsFile()
    settings.change(("profiles", "neuroapi", "prices", "gpt-5-mini"), {"input": 1.0, "output": 2.0})
    counted: Script = [
        Connecting(),
        Sent(),
        Accepted(),
        TextDelta("a"),
        Usage(1000, 500, 1500),
        Finished(True),
    ]
    async with chatting(tmp_path, counted, settings=settings) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: " · $0.002" in chat.shown())


async def test_a_price_that_is_not_known_is_said_in_the_status(tmp_path: Path) -> None:
    counted: Script = [Connecting(), Sent(), Accepted(), TextDelta("a"), Usage(9, 5, 14), Finished(True)]
    async with chatting(tmp_path, counted) as chat:
        await chat.press("h", "i", "enter")
        await chat.until_shown("○ ready · price unknown")


async def test_a_stopped_answer_tells_what_it_cost(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, balances=[Balance(1.0), Balance(1.0021), Balance(1.0021)]) as chat:
        await chat.until(lambda: "balance $1.00 used" in chat.shown())
        await chat.press("h", "i", "enter")
        await chat.until(lambda: "начало" in chat.shown())
        await chat.press("escape")
        await chat.until(lambda: "the balance fell by $0.0021" in chat.shown())
        conversation = chat.pane.session.conversation
        kept = await asyncio.to_thread(chat.app.services.store.library.open, conversation.id)
    assert kept is not None
    assert kept.path()[-1] == conversation.path()[-1]
    timing = kept.path()[-1].timing
    assert timing is not None and timing.spent == pytest.approx(0.0021)


async def test_where_no_balance_is_told_nothing_is_shown(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        await chat.pilot.pause()
        assert "balance" not in chat.shown()


async def test_a_failed_question_is_asked_again_by_one_key(tmp_path: Path) -> None:
    async with chatting(tmp_path, FAILURE) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: chat.text == "hi")
        assert "Ctrl+G" in chat.shown()
        await chat.press("ctrl+g")
        await chat.until(lambda: "привет" in chat.shown())
        assert chat.asked == ["hi", "hi"]
        assert chat.text == ""
        path = chat.pane.session.conversation.path()
        assert [message.status for message in path] == [Status.COMPLETE, Status.COMPLETE]


async def test_an_answer_is_asked_for_again_beside_the_one_there_is(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+g")
        assert chat.notices == ["Nothing was asked yet"]
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running and len(chat.asked) == 1)
        await chat.press("ctrl+g")
        await chat.until(lambda: len(chat.asked) == 2 and not chat.pane.session.running)
        conversation = chat.pane.session.conversation
        assert conversation.leaf_id is not None
        assert len(conversation.siblings(conversation.leaf_id)) == 2


async def test_nothing_is_asked_again_while_an_answer_comes(tmp_path: Path) -> None:
    async with chatting(tmp_path, SILENT) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: chat.pane.session.running)
        await chat.press("ctrl+g")
        assert len(chat.client.requests) == 1
        assert isinstance(chat.screen, ChatScreen)


@pytest.mark.parametrize(
    ("language", "words", "reason"),
    [
        ("en", "the balance fell by ₽0.3: ₽0.2 more than explained", "something else ran on this account"),
        (
            "ru",
            "баланс уменьшился на 0,3\u00a0₽: на 0,2\u00a0₽ больше, чем следует из цен",
            "этим счётом пользовался кто-то ещё",
        ),
    ],
)
async def test_the_balance_is_held_against_the_receipt(
    language: str, words: str, reason: str, tmp_path: Path
) -> None:
    till, settings = Till(factor=3.0), SettingsFile()
    async with Server(till.answer(1000, 500), paths=till.paths()) as server:
        settings.change(("profiles", "work", "base_url"), server.url)
        settings.change(("profiles", "work", "currency"), "RUB")
        settings.change(("profiles", "work", "rate"), 80.0)
        account = account_at(server, "work")
        async with chatting(
            tmp_path, account=account, settings=settings, language=language, size=(120, 50)
        ) as chat:
            price = chat.pane.workspace.prices.price
            await chat.until(lambda: account.reading is not None)
            await chat.until(lambda: price("gpt-5-mini", "work", account.ref.address) is not None)
            await chat.press("h", "i", "enter", "f5")
            await chat.until(lambda: told(chat, words))
            account.begun += 1  # another conversation
            await chat.press("h", "i", "enter")
            await chat.until(lambda: told(chat, reason))


def told(chat: Chat, words: str) -> bool:
    """True if the panel says something, wherever its lines are broken."""
    return words.replace("\u00a0", " ") in " ".join(panel(chat).replace("\u00a0", " ").split())
