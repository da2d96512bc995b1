from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.chat.conversation import Message, Role, Status, Timing
from neurotui.tui.terminal.notifications import Notifier, Protocol, means
from tests.servers import Exchange, Server
from tests.terminal import NEUROTUI, Terminal


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Protocol.BELL),
        ({"TERM": "xterm-256color"}, Protocol.BELL),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, Protocol.BELL),
        ({"TERM_PROGRAM": "iTerm.app"}, Protocol.OSC_9),
        ({"TERM_PROGRAM": "WezTerm"}, Protocol.OSC_9),
        ({"TERM_PROGRAM": "ghostty"}, Protocol.OSC_9),
        ({"KITTY_WINDOW_ID": "1"}, Protocol.OSC_9),
        ({"TERM": "foot"}, Protocol.OSC_777),
        ({"TERM": "rxvt-unicode-256color"}, Protocol.OSC_777),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "240800"}, Protocol.OSC_777),
        ({"TERM_PROGRAM": "iTerm.app", "TMUX": "/tmp/tmux"}, Protocol.BELL),
        ({"KITTY_WINDOW_ID": "1", "TERM": "screen-256color"}, Protocol.BELL),
        ({"TERM_PROGRAM": "Apple_Terminal"}, Protocol.BELL),
    ],
)
def test_a_terminal_is_called_by_what_it_knows(environment: dict[str, str], expected: Protocol) -> None:
    assert means(environment) is expected


def answer(seconds: float | None = 60.0, status: Status = Status.COMPLETE) -> Message:
    return Message("id", Role.ASSISTANT, "text", status=status, timing=Timing(total=seconds))


def told(away: Notifier, *messages: Message, name: str = "История") -> None:
    for message in messages:
        away.answer_ended(message, name)


def test_who_is_there_is_not_told() -> None:
    written: list[str] = []
    away = Notifier(written.append, Protocol.BELL)
    told(away, answer())
    away.look(False)
    away.look(True)
    told(away, answer())
    assert written == []


@pytest.mark.parametrize("short", [answer(9.9), answer(None), answer(status=Status.STOPPED)])
def test_what_was_short_or_stopped_is_not_told(short: Message) -> None:
    written: list[str] = []
    away = Notifier(written.append, Protocol.BELL)
    away.look(False)
    told(away, short)
    assert written == []


def test_the_settings_say_what_is_long_and_0_is_never() -> None:
    written: list[str] = []
    away = Notifier(written.append, Protocol.BELL)
    away.look(False)
    away.after = 0
    told(away, answer())
    assert written == []
    away.after = 1
    told(away, answer(2))
    assert written


@pytest.mark.parametrize(
    ("how", "notice"),
    [
        (Protocol.BELL, "\a"),
        (Protocol.OSC_9, "\x1b]9;the answer is there: История; 2␛␇\x1b\\"),
        (Protocol.OSC_777, "\x1b]777;notify;neurotui: the answer is there;История, 2␛␇\x1b\\"),
    ],
)
def test_it_tells_and_marks_the_title_once_and_takes_the_mark_off(how: Protocol, notice: str) -> None:
    written: list[str] = []
    away = Notifier(written.append, how)
    away.look(False)
    told(away, answer(), answer(status=Status.FAILED), name="История; 2\x1b\a")
    assert written[0] == notice
    assert written[1] == "\x1b[22;2t\x1b]2;✓ neurotui · the answer is there\x1b\\"
    assert written[3] == "\x1b]2;✗ neurotui · no answer: it failed\x1b\\"
    away.look(True)
    assert written[4:] == ["\x1b]2;neurotui\x1b\\\x1b[23;2t"]
    away.take_mark_off()
    assert len(written) == 5


async def slow(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Ответ.")
    await asyncio.sleep(0.4)
    await exchange.finish()


def launch(server: Server, home: Path, **environment: str) -> Terminal:
    config = home / ".config" / "neurotui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("notify_after = 0.2\n")
    return Terminal(
        [*NEUROTUI, "--lang", "en"],
        home=home,
        environment={
            "NEUROTUI_BASE_URL": server.url,
            "NEUROTUI_API_KEY": "sk-0123456789abcdef01234567",
            **environment,
        },
    )


@pytest.mark.parametrize(
    ("environment", "notice"),
    [({}, b"\a"), ({"KITTY_WINDOW_ID": "1"}, b"\x1b]9;the answer is there: question\x1b\\")],
)
def test_in_a_terminal_without_the_focus(tmp_path: Path, environment: dict[str, str], notice: bytes) -> None:
    with Server(slow) as server, launch(server, tmp_path, **environment) as terminal:
        terminal.wait_for("Message")
        terminal.type("question")
        terminal.press("enter")
        terminal.send(b"\x1b[O")  # the focus is lost
        terminal.wait_for(lambda: notice in terminal.output)
        terminal.wait_for(lambda: terminal.title == "✓ neurotui · the answer is there")
        terminal.send(b"\x1b[I")
        terminal.wait_for(lambda: terminal.title == "neurotui" and b"\x1b[23;2t" in terminal.output)


def test_quitting_gives_the_title_back(tmp_path: Path) -> None:
    with Server(slow) as server, launch(server, tmp_path) as terminal:
        terminal.wait_for("Message")
        terminal.type("question")
        terminal.press("enter")
        terminal.send(b"\x1b[O")
        terminal.wait_for(lambda: "✓" in terminal.title)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert terminal.output.count(b"\x1b[22;2t") == terminal.output.count(b"\x1b[23;2t") == 1
