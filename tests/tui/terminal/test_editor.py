from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from neurotui.errors import EditorFailed
from neurotui.tui.terminal.editor import command, edit
from tests.servers import Exchange, Server
from tests.terminal import NEUROTUI, Terminal

if sys.platform == "win32":
    pytest.skip("the editors here are shell scripts", allow_module_level=True)


def script(folder: Path, body: str) -> str:
    """An editor: a shell script that finds the file in $1."""
    path = folder / "an editor"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"'{path}'"


class TestCommand:
    def test_visual_comes_before_editor_and_may_have_arguments(self) -> None:
        environment = {"VISUAL": "sh -c", "EDITOR": "cat"}
        assert command(environment) == ["sh", "-c"]
        assert command({"VISUAL": " ", "EDITOR": "cat"}) == ["cat"]

    def test_without_either_it_is_one_that_is_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nano = tmp_path / "nano"
        nano.touch(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert command({}) == ["nano"]
        nano.unlink()
        with pytest.raises(EditorFailed, match="VISUAL"):
            command({})

    @pytest.mark.parametrize("chosen", ["FOO=1 vim", "~/bin/e", "$HOME/e", "true && vim"])
    def test_what_only_a_shell_understands_is_for_a_shell(self, chosen: str) -> None:
        assert command({"EDITOR": chosen})[:2] == ["/bin/sh", "-c"]

    @pytest.mark.parametrize("chosen", ["no-such-editor-anywhere --wait", "'unclosed"])
    def test_one_that_cannot_be_run_is_named(self, chosen: str) -> None:
        with pytest.raises(EditorFailed) as caught:
            command({"EDITOR": chosen})
        assert chosen.split()[0] in caught.value.title


class TestShell:
    """Editors as people set them, run by the shell as git runs them."""

    @pytest.fixture
    def editor(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """One at `~/a bin/e` that writes how it was called."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("VISUAL", raising=False)
        (tmp_path / "a bin").mkdir()
        path = tmp_path / "a bin" / "e"
        path.write_text('#!/bin/sh\nfor last; do :; done\necho "$FOO:$1" > "$last"\n')
        path.chmod(0o755)
        return path

    @pytest.mark.parametrize(
        ("chosen", "told"),
        [
            ("FOO=1 '{path}' --wait", "1:--wait"),
            ("env FOO=2 '{path}' --wait", "2:--wait"),
            ("~/'a bin'/e --wait", ":--wait"),
            ('"$HOME/a bin/e" --wait', ":--wait"),
            ("'{path}' '--two words'", ":--two words"),
            ("{escaped} --wait", ":--wait"),
            ("false || '{path}' 'x y'", ":x y"),
        ],
    )
    async def test_it_is_run(
        self, editor: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, told: str
    ) -> None:
        escaped = str(editor).replace(" ", "\\ ")
        monkeypatch.setenv("EDITOR", chosen.format(path=editor, escaped=escaped))
        assert await edit("", nullcontext) == told

    @pytest.mark.parametrize("chosen", ["FOO=1 no-such-editor", "~/no-such-editor"])
    async def test_one_that_is_not_there_is_named(
        self, editor: Path, monkeypatch: pytest.MonkeyPatch, chosen: str
    ) -> None:
        monkeypatch.setenv("EDITOR", chosen)
        with pytest.raises(EditorFailed, match="not found") as caught:
            await edit("", nullcontext)
        assert chosen in caught.value.title

    async def test_it_ends_with_the_app(self, editor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        body = '#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 60\n'
        await asyncio.to_thread(editor.write_text, body)
        monkeypatch.setenv("EDITOR", "FOO=1 ~/'a bin'/e")
        editing = asyncio.ensure_future(edit("text", nullcontext))
        await asyncio.to_thread(wait_for_text, pid := editor.with_name("e.pid"))
        editing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await editing
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


class TestEdit:
    async def edited(self, text: str, body: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setenv("VISUAL", script(folder, body))
        return await edit(text, nullcontext)

    @pytest.mark.parametrize("text", ["", "привет\nmir", "ends with a line end\n", "😀\ttab"])
    async def test_what_is_not_changed_comes_back_as_it_was(
        self, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert await self.edited(text, "true", tmp_path, monkeypatch) == text

    async def test_the_line_end_that_editors_add_is_not_part_of_the_message(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (
            await self.edited("one", 'printf "two\\r\\nthree\\n" > "$1"', tmp_path, monkeypatch)
            == "two\nthree"
        )

    async def test_bytes_that_are_no_utf8_are_replaced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert await self.edited("", 'printf "a\\377b" > "$1"', tmp_path, monkeypatch) == "a\ufffdb"
        assert await self.edited("half \ud83d", "true", tmp_path, monkeypatch) == "half ?"

    async def test_only_the_owner_can_read_it_and_nothing_is_left(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = 'echo "$1" > "$0.path"; stat -c %a "$1" "$(dirname "$1")" > "$0.modes"'
        os.umask(old := os.umask(0))
        try:
            await self.edited("secret", body, tmp_path, monkeypatch)
        finally:
            os.umask(old)
        assert (tmp_path / "an editor.modes").read_text().split() == ["600", "700"]
        assert not Path((tmp_path / "an editor.path").read_text().strip()).parent.exists()

    async def test_an_editor_that_fails_changes_nothing_and_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(EditorFailed, match="ended with status 3"):
            await self.edited("text", 'echo gone > "$1"; exit 3', tmp_path, monkeypatch)

    async def test_a_file_that_the_editor_removed_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(EditorFailed, match="No such file"):
            await self.edited("text", 'rm "$1"', tmp_path, monkeypatch)

    async def test_the_terminal_is_taken_back_whatever_happens(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = []

        @contextmanager
        def lend() -> Iterator[None]:
            said.append("lent")
            try:
                yield
            finally:
                said.append("taken back")

        monkeypatch.setenv("VISUAL", script(tmp_path, 'echo $$ > "$0.pid"; exec sleep 60'))
        editing = asyncio.ensure_future(edit("text", lend))
        pid = tmp_path / "an editor.pid"
        await asyncio.to_thread(wait_for_text, pid)
        editing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await editing
        assert said == ["lent", "taken back"]
        await asyncio.sleep(0.1)
        assert not alive(int(pid.read_text()))


def wait_for_text(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


async def drip(exchange: Exchange) -> None:
    await exchange.head()
    for number in range(200):
        await exchange.text(f"слово{number} ")
        await asyncio.sleep(0.02)
    await exchange.stall()


class TestInATerminal:
    def test_an_answer_comes_on_while_one_writes_and_ctrl_c_is_the_editors(self, tmp_path: Path) -> None:
        body = """
            trap 'printf "[interrupted]"' INT
            printf 'EDITING <%s> ' "$(cat "$1")"
            read answer || read answer
            printf '%s, revised' "$(cat "$1")" > "$1"
        """
        with (
            Server(drip) as server,
            Terminal(
                [*NEUROTUI, "--lang", "en"],
                home=tmp_path,
                environment={
                    "NEUROTUI_BASE_URL": server.url,
                    "NEUROTUI_API_KEY": "sk-0123456789abcdef01234567",
                    "VISUAL": script(tmp_path, body),
                },
                kitty=True,
            ) as terminal,
        ):
            terminal.wait_for("Message")
            terminal.type("question")
            terminal.press("enter")
            terminal.wait_for("слово3")
            terminal.type("a draft")
            terminal.wait_for("a draft")
            terminal.press("ctrl+o")
            terminal.wait_for("EDITING <a draft>")
            assert not terminal.left_behind
            written = len(terminal.output)
            terminal.send(b"\x03")
            terminal.wait_for("[interrupted]")
            terminal.wait_until_quiet(0.5)
            assert len(terminal.output) - written < 100  # the answer is not drawn over the editor
            terminal.send(b"\n")
            terminal.wait_for("a draft, revised")
            terminal.wait_for("слово40")
            terminal.press("ctrl+z")
            terminal.wait_for(lambda: "revised" not in terminal.text)
            terminal.press("ctrl+q")
            terminal.wait_for("Stop and quit")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
            assert not terminal.left_behind

    def test_a_signal_ends_both(self, tmp_path: Path) -> None:
        with Terminal(
            [*NEUROTUI, "--lang", "en", "--demo"],
            home=tmp_path,
            environment={"EDITOR": script(tmp_path, 'echo $$ > "$0.pid"; echo EDITING; exec sleep 60')},
        ) as terminal:
            terminal.wait_for("Message")
            terminal.press("ctrl+o")
            terminal.wait_for("EDITING")
            terminal.signal(signal.SIGTERM)
            assert terminal.wait_for_exit() == 128 + signal.SIGTERM
            assert not terminal.left_behind
            assert not alive(int((tmp_path / "an editor.pid").read_text()))

    def test_an_editor_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with Terminal(
            [*NEUROTUI, "--lang", "en", "--demo"], home=tmp_path, environment={"EDITOR": "nope"}
        ) as terminal:
            terminal.wait_for("Message")
            terminal.type("kept")
            terminal.wait_for("kept")
            terminal.press("ctrl+o")
            terminal.wait_for("The editor nope could not be used")
            assert "kept" in terminal.text
