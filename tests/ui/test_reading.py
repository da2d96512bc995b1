"""What is done with what was said: copied, saved, opened."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from neurotui.ui import clipboard
from neurotui.ui.screens.links import LinksScreen
from neurotui.wire.events import Accepted, Finished, FinishReason, Sent, TextDelta
from tests.chat.test_session import Script
from tests.ui.chatting import chatting

TEXT = """A [link](https://example.org/a) and `code`.

```python
print(1)
```

```sh
ls
```
"""
ANSWERS: Script = [Sent(), Accepted(), TextDelta(TEXT), FinishReason("stop"), Finished(True)]


def write_tool(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path without any of the system's tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("cat", "sh"):
        (folder / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(folder))
    for variable in ("TMUX", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    return folder


class TestRequest:
    """What the terminal is sent."""

    def test_it_carries_the_text(self) -> None:
        sequence = clipboard.request("привет", {})
        assert sequence.startswith("\x1b]52;c;")
        assert base64.b64decode(sequence[7:-1]).decode() == "привет"

    def test_tmux_passes_it_on(self) -> None:
        assert clipboard.request("a", {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"

    def test_screen_passes_it_on_in_pieces(self) -> None:
        sequence = clipboard.request("a" * 3000, {"TERM": "screen-256color"})
        pieces = sequence.removesuffix("\x1b\\").split("\x1b\\")
        assert len(pieces) > 5
        assert all(piece.startswith("\x1bP") for piece in pieces)
        assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == clipboard.request("a" * 3000, {})


class TestTools:
    """The system's own tools, played by real programs."""

    async def test_what_is_read_back_is_checked(self, no_tools: Path) -> None:
        write_tool(no_tools, "pbcopy", f"cat > {no_tools}/held")
        write_tool(no_tools, "pbpaste", f"cat {no_tools}/held")
        copied = await clipboard.give_to_tool("раз\nдва\n", dict(os.environ))
        assert copied == clipboard.Copied("pbcopy", checked=True)

    async def test_what_comes_back_different_is_not(self, no_tools: Path) -> None:
        write_tool(no_tools, "pbcopy", "cat > /dev/null")
        write_tool(no_tools, "pbpaste", "echo something else")
        assert await clipboard.give_to_tool("text", dict(os.environ)) == clipboard.Copied("pbcopy")

    async def test_a_tool_that_fails_is_passed_over(self, no_tools: Path) -> None:
        write_tool(no_tools, "pbcopy", "exit 1")
        assert await clipboard.give_to_tool("text", dict(os.environ)) == clipboard.Copied()

    async def test_a_tool_without_its_display_is_not_asked(self, no_tools: Path) -> None:
        write_tool(no_tools, "xclip", f"touch {no_tools}/asked")
        assert await clipboard.give_to_tool("text", {}) == clipboard.Copied()
        assert not (no_tools / "asked").exists()


async def test_a_message_is_copied_and_the_notice_is_honest(tmp_path: Path, no_tools: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.screen.session.running)
        chat.screen.transcript.focus()
        await chat.press("c")
        await chat.until(lambda: any("does not say whether" in notice for notice in chat.notices))
        assert chat.app.clipboard == TEXT


async def test_the_second_block_of_code_is_copied_by_its_number(tmp_path: Path, no_tools: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.screen.session.running)
        chat.screen.transcript.focus()
        await chat.press("2")
        await chat.until(lambda: chat.app.clipboard == "ls\n")
        await chat.press("3")
        await chat.until(lambda: any("no such block" in notice for notice in chat.notices))


async def test_a_block_of_code_is_saved_under_the_ending_of_its_language(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.screen.session.running)
        chat.screen.transcript.focus()
        await chat.press("s")
        await chat.until(lambda: any("Saved as" in notice for notice in chat.notices))
    saved = tmp_path / "hi.py"
    assert saved.read_text() == "print(1)\n"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


async def test_a_link_shows_its_target_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("neurotui.ui.links.open_link", browser)
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.screen.session.running)
        chat.screen.transcript.focus()
        await chat.press("o")
        await chat.until(lambda: isinstance(chat.app.screen, LinksScreen))
        await chat.until(lambda: "https://example.org/a" in chat.shown())
        assert opened == []
        await chat.press("enter")
        await chat.until(lambda: opened == ["https://example.org/a"])


async def test_a_second_press_on_its_way_shows_the_links_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.screen.session.running)
        chat.screen.transcript.focus()
        await chat.type("oo")
        await chat.until(lambda: isinstance(chat.app.screen, LinksScreen))
        await chat.pilot.pause()
        await chat.press("escape")
        assert chat.app.screen is chat.screen
