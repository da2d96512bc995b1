"""What is copied arrives: in a terminal, in tmux, at the system's own tools."""

from __future__ import annotations

import base64
import os
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from neurotui.chat.conversation import Message
from neurotui.tui.conversation.key_bar import KeyBar
from neurotui.tui.terminal import clipboard
from neurotui.wire.events import Accepted, Finished, FinishReason, Sent, TextDelta
from tests import servers
from tests.cli.asking import environment
from tests.servers import Server
from tests.terminal import NEUROTUI, Terminal
from tests.tmux import Tmux, tmux_server
from tests.tui.chatting import Chat, chatting


def write_tool(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path without any of the system's tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("cat", "sh", "sleep"):
        (folder / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(folder))
    for variable in ("TMUX", "STY", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return folder


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    with tmux_server(tmp_path) as tmux:
        yield tmux


def payloads(output: str) -> list[str]:
    """What a terminal was asked to take, plainly."""
    return [
        base64.b64decode(found).decode()
        for found in re.findall(r"(?<!\x1b)\x1b\]52;c?;([^\x07\x1b]*)", output)
    ]


class TestRequest:
    """What the terminal is sent."""

    def test_it_carries_the_text(self) -> None:
        assert payloads(clipboard.request("привет\n\n".encode(), {})) == ["привет\n\n"]

    @pytest.mark.parametrize("environ", [{"TMUX": "x", "TERM": "xterm"}, {"TERM": "tmux-256color"}])
    def test_a_tmux_that_has_no_command_for_it_is_asked_and_passes_it_on(
        self, environ: dict[str, str]
    ) -> None:
        plain = clipboard.request(b"a", {})
        passed = "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"
        assert clipboard.request(b"a", environ) == plain + passed

    def test_screen_passes_it_on_in_pieces(self) -> None:
        sequence = clipboard.request(b"a" * 3000, {"STY": "1", "TERM": "screen-256color"})
        pieces = sequence.removesuffix("\x1b\\").split("\x1b\\")
        assert len(pieces) > 5
        assert all(piece.startswith("\x1bP") and len(piece) <= 514 for piece in pieces)
        assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == clipboard.request(b"a" * 3000, {})

    def test_over_ssh_what_calls_itself_screen_may_be_tmux(self) -> None:
        environ = {"TERM": "screen-256color"}
        plain = clipboard.request(b"a", {})
        assert clipboard.request(b"a", environ) == plain + clipboard.request(b"a", {**environ, "STY": "1"})


class TestTools:
    """The system's own tools, played by real programs."""

    async def test_it_gets_the_text_byte_for_byte(self, no_tools: Path) -> None:
        write_tool(no_tools, "pbcopy", f"cat > {no_tools}/held")
        assert await clipboard.give_to_tool("раз\nдва\n\n".encode())
        assert (no_tools / "held").read_text() == "раз\nдва\n\n"

    async def test_one_that_hangs_is_given_up(self, no_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clipboard, "PATIENCE", 0.2)
        write_tool(no_tools, "pbcopy", "exec sleep 60")
        assert not await clipboard.give_to_tool(b"text")

    async def test_one_that_fails_is_passed_over(self, no_tools: Path) -> None:
        write_tool(no_tools, "xsel", "exit 1")
        write_tool(no_tools, "pbcopy", f"cat > {no_tools}/held")
        assert await clipboard.give_to_tool(b"text", {**os.environ, "DISPLAY": ":0"})
        assert (no_tools / "held").read_text() == "text"

    async def test_one_without_its_display_is_not_asked(self, no_tools: Path) -> None:
        write_tool(no_tools, "xclip", f"touch {no_tools}/asked")
        assert not await clipboard.give_to_tool(b"text", {})
        assert not (no_tools / "asked").exists()


class TestTmux:
    """A tmux as it comes: it takes OSC 52 from no program, and passes nothing on."""

    @pytest.mark.parametrize(
        "text",
        [
            "48",
            "привет 👋 ё\n\n\n",
            "\n",
            "tab\tand\r\nbreak\x00",
            random.Random(1).randbytes(512 * 1024).hex(),
        ],
        ids=["short", "letters", "newline", "control", "1 MB"],
    )
    async def test_its_buffer_holds_the_text_byte_for_byte(
        self, tmux: Tmux, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.setattr(clipboard, "TMUX_PATIENCE", 60.0)  # on a machine that has much else to do
        tmux.run(["sleep", "60"])
        written: list[str] = []
        await clipboard.copy(text, written.append, {**tmux.environment, "TMUX": tmux.variable})
        assert tmux("show-buffer") == text.encode()
        assert written == []

    async def test_one_that_is_gone_is_passed_over(self, tmp_path: Path) -> None:
        written: list[str] = []
        await clipboard.copy("text", written.append, {**os.environ, "TMUX": f"{tmp_path}/gone,1,0"})
        assert payloads("".join(written)) == ["text"]

    @pytest.mark.parametrize(
        "body",
        [
            'test "$1" = show-buffer && printf other; cat > /dev/null',
            'case "$*" in *-w*) exit 1;; esac',
            "exec sleep 60",
        ],
        ids=["it shows another", "it is older", "it hangs"],
    )
    async def test_where_it_does_not_work_the_terminal_is_asked(
        self, no_tools: Path, monkeypatch: pytest.MonkeyPatch, body: str
    ) -> None:
        monkeypatch.setattr(clipboard, "TMUX_PATIENCE", 0.3)
        write_tool(no_tools, "tmux", body)
        written: list[str] = []
        await clipboard.copy("text", written.append, {**os.environ, "TMUX": "somewhere"})
        assert payloads("".join(written)) == ["text"]

    async def test_without_its_program_the_terminal_is_asked(self, no_tools: Path) -> None:
        written: list[str] = []
        await clipboard.copy("text", written.append, {**os.environ, "TMUX": "somewhere"})
        assert payloads("".join(written)) == ["text"]

    def test_the_whole_program_copies_and_the_terminal_around_gets_it(
        self, tmux: Tmux, tmp_path: Path
    ) -> None:
        attached = [*tmux.command, "attach"]
        with ExitStack() as stack:
            server = stack.enter_context(Server(servers.answer("Да.")))
            variables = environment(tmp_path, server).items()
            tmux.run(["env", *(f"{name}={value}" for name, value in variables), *NEUROTUI])
            terminal = stack.enter_context(
                Terminal(attached, home=tmp_path, environment={"TERM": "xterm-256color"})
            )
            terminal.wait_for("Message")
            terminal.type("a question")
            terminal.press("enter")
            terminal.wait_for(" tok · ")
            terminal.press("escape", "tab")
            terminal.wait_for(lambda: "c copy" in terminal.text.lower())
            terminal.press("k", "k", "c")  # the question
            terminal.wait_for("Copied 10 characters")
            assert tmux("show-buffer") == b"a question"
            assert payloads(bytes(terminal.output).decode("utf-8", "replace")) == ["a question"]
            tmux("kill-server")


def answer(text: str) -> list[object]:
    return [Sent(), Accepted(), TextDelta(text), FinishReason("stop"), Finished(True)]


async def answered(chat: Chat) -> Message:
    """Ask something; the focus is in the conversation then."""
    await chat.press("h", "i", "enter")
    await chat.until(lambda: bool(chat.asked) and not chat.pane.session.running)
    chat.pane.transcript.focus()
    return chat.pane.session.conversation.path()[-1]


class TestNothing:
    """What is empty is not copied: the clipboard keeps what it holds."""

    async def test_a_message_of_blanks_and_an_empty_block(self, tmp_path: Path, no_tools: Path) -> None:
        text = "See:\n\n```\n```\n\n```py\n\n\n```\n\n```\nx\n```"
        async with chatting(tmp_path, answer(text), answer("x")) as chat:  # type: ignore[arg-type]
            await answered(chat)
            chat.app.copy_to_clipboard("kept")
            await chat.until(lambda: chat.notices == ["Copied 4 characters"])
            await chat.press("1")
            await chat.until(lambda: "There is nothing to copy" in chat.notices)
            told = chat.newest_notice
            await chat.press("2")
            await chat.until(lambda: chat.newest_notice not in {"", told})
            assert chat.notices == ["Copied 4 characters", "There is nothing to copy"]
            assert chat.app.clipboard == "kept"
            await chat.press("3")
            await chat.until(lambda: chat.app.clipboard == "x\n")

    async def test_cutting_an_empty_field(self, tmp_path: Path, no_tools: Path) -> None:
        async with chatting(tmp_path) as chat:
            chat.app.copy_to_clipboard("kept")
            await chat.press("ctrl+r")
            await chat.until(lambda: chat.app.screen is not chat.screen)
            await chat.press("ctrl+x")
            await chat.until(lambda: "There is nothing to copy" in chat.notices)
            assert chat.app.clipboard == "kept"


async def test_a_folded_paste_is_copied_and_cut_whole(tmp_path: Path, no_tools: Path) -> None:
    text = "строка\n" * 3000
    async with chatting(tmp_path) as chat:
        await chat.composer.paste(text)
        await chat.until_shown("tok]")
        chat.composer.action_select_all()
        for key in ("ctrl+c", "ctrl+x"):
            chat.app._clipboard = ""
            await chat.press(key)
            await chat.until(lambda: chat.app.clipboard.removesuffix(" ") == text)
        assert chat.text == ""


async def test_what_is_copied_last_stays(
    tmp_path: Path, no_tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the copy before it takes its time."""
    write_tool(
        no_tools, "pbcopy", f"read -r text; test $text = slow && sleep 0.4; echo $text > {no_tools}/held"
    )
    async with chatting(tmp_path) as chat:
        chat.app.copy_to_clipboard("slow\n")
        chat.app.copy_to_clipboard("quick\n")
        await chat.until(lambda: len(chat.notices) == 2)
    assert (no_tools / "held").read_text() == "quick\n"


@pytest.mark.parametrize(("language", "words"), [("en", "Ctrl+C copy"), ("ru", "Ctrl+C копировать")])
async def test_a_selection_says_what_ctrl_c_does(tmp_path: Path, language: str, words: str) -> None:
    async with chatting(tmp_path, answer("Some words"), language=language) as chat:  # type: ignore[arg-type]
        await answered(chat)

        def hint() -> str:
            return str(chat.screen.query_one(KeyBar).render())

        assert words not in hint()
        row = next(y for y, line in enumerate(chat.shown().split("\n")) if "Some words" in line)
        await chat.pilot.mouse_down(offset=(2, row - 1))
        await chat.pilot.hover(offset=(6, row - 1))
        assert chat.screen.selections
        assert words not in hint()  # of a header nothing is copied
        await chat.pilot.mouse_up(offset=(6, row - 1))
        await chat.pilot.mouse_down(offset=(2, row))
        await chat.pilot.hover(offset=(6, row))
        await chat.pilot.mouse_up(offset=(6, row))
        await chat.until(lambda: hint().startswith(words))
        await chat.press("ctrl+c")
        await chat.until(lambda: chat.app.clipboard == "Some")
        await chat.until(lambda: words not in hint())
        chat.composer.focus()
        await chat.press("a", "b", "shift+left")
        await chat.until(lambda: hint().startswith(words))
        await chat.press("right")
        await chat.until(lambda: words not in hint())


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "Скопирован 1 символ"),
        (2, "Скопированы 2 символа"),
        (48, "Скопировано 48 символов"),
        (1000, "Скопировано 1 000 символов"),
    ],
)
async def test_it_is_told_how_many(tmp_path: Path, no_tools: Path, count: int, words: str) -> None:
    async with chatting(tmp_path, language="ru") as chat:
        chat.app.copy_to_clipboard("я" * count)
        await chat.until(
            lambda: [notice.replace("\u202f", " ").replace("\xa0", " ") for notice in chat.notices] == [words]
        )


def test_a_terminal_of_its_own_is_asked_at_once(tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path) as terminal:
        terminal.wait_for("Message")
        terminal.type("слово")
        terminal.press(*["shift+left"] * 5)
        terminal.wait_for("Ctrl+C copy")
        terminal.press("ctrl+c")
        terminal.wait_for("Copied 5 characters")
        assert payloads(bytes(terminal.output).decode()) == ["слово"]
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
