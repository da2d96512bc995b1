"""Files of a message on the screen: a line each, pictures drawn, opened, saved and looked at."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from neurotui.tui.dialogs.picture import PictureScreen
from neurotui.tui.message_list.pictures import Pictures, in_use
from neurotui.wire.events import Accepted, Finished, FinishReason, MediaReceived, Sent, TextDelta
from tests.chat.pictures import base64_of, bomb, png, png_of, wav
from tests.chat.test_session import Script
from tests.tui.chatting import Chat, chatting

RED, BLUE = (200, 30, 40), (20, 40, 220)
PICTURE = png_of([[RED] * 8] * 4 + [[BLUE] * 8] * 4)
STREAM: Script = [
    Sent(),
    Accepted(),
    *[step for _ in range(40) for step in (TextDelta("word " * 9), 0.02)],
    60.0,
]
END: Script = [FinishReason("stop"), Finished(True)]


def drawing(*parts: bytes, text: str = "See:") -> Script:
    """An answer with these files."""
    media = [MediaReceived("image", base64_of(part)) for part in parts]
    return [Sent(), Accepted(), *([TextDelta(text)] if text else []), *media, *END]


def rows_with(chat: Chat, sign: str) -> list[str]:
    """The rows of the screen that hold a sign."""
    return [row for row in chat.shown().splitlines() if sign in row]


def colors(chat: Chat) -> list[set[tuple[str, str]]]:
    """The colours of half blocks, by row."""
    found = []
    for shown in chat.pane.transcript.shown:
        styles = {tuple(span.style.split("#")[1:]) for span in shown.line.spans if "▀" in span.text}
        if styles:
            found.append(styles)
    return found  # type: ignore[return-value]


async def ask(chat: Chat) -> None:
    await chat.press("h", "i", "enter")
    await chat.until(lambda: not chat.pane.session.running and bool(chat.pane.transcript.views))


async def test_a_picture_is_named_and_drawn_in_its_colours(tmp_path: Path) -> None:
    async with chatting(tmp_path, drawing(PICTURE)) as chat:
        await ask(chat)
        await chat.until_shown("▣ picture · 8×8 · PNG")
        await chat.until(lambda: len(rows_with(chat, "▀" * 8)) == 4)
        red, blue = (f"{r:02x}{g:02x}{b:02x}" for r, g, b in (RED, BLUE))
        assert colors(chat) == [{(red, red)}] * 2 + [{(blue, blue)}] * 2
        await chat.until_shown("hi")


async def test_it_is_half_as_high_as_the_window_at_most_and_follows_that(tmp_path: Path) -> None:
    async with chatting(tmp_path, drawing(png(300, 300)), STREAM, size=(80, 24)) as chat:
        await ask(chat)
        for columns, rows, high in ((80, 24, 12), (60, 15, 7), (130, 50, 25), (80, 24, 12)):
            await chat.pilot.resize_terminal(columns, rows)
            await chat.until(lambda high=high: len(rows_with(chat, "▀" * 2 * high)) == high)  # type: ignore[misc]
            if rows > 20:
                assert "▣ picture" in chat.shown()
        await chat.press("h", "i", "ctrl+j", "h", "o", "enter")
        await chat.until(lambda: chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.press("home")
        stack, turn = chat.pane.transcript.stack, chat.pane.session.turn
        assert turn is not None
        height = stack.heights[1]
        for more in (50, 150, 300):
            await chat.until(lambda more=more: turn.vitals.tokens > more)  # type: ignore[misc]
            assert "▣ picture" in chat.shown().splitlines()[8]
            assert stack.heights[1] == height == stack.views[1].heights.total


async def test_it_is_decoded_once_and_only_when_it_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    scaled = Pictures._scaled

    def counted(self: Pictures, key: object, attachment: object) -> object:
        decoded.append(attachment.blob.digest)  # type: ignore[attr-defined]
        return scaled(self, key, attachment)  # type: ignore[arg-type]

    monkeypatch.setattr(Pictures, "_scaled", counted)
    long = drawing(PICTURE, text="Line.\n\n" * 60)
    async with chatting(tmp_path, drawing(PICTURE), long) as chat:
        await ask(chat)
        await chat.until(lambda: len(rows_with(chat, "▀" * 8)) == 4)
        await ask(chat)
        await chat.until(lambda: len(rows_with(chat, "▀" * 8)) == 4)
        assert len(decoded) == 1, "the same picture"
        chat.pane.transcript.focus()
        await chat.press("home")
        await chat.press("end")
        await chat.until(lambda: len(rows_with(chat, "▀" * 8)) == 4)
        assert len(decoded) == 1
        chat.app.theme = "textual-light"
        await chat.until(lambda: len(decoded) == 2)


async def test_one_that_is_being_decoded_is_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, begun, goes_on = [], threading.Event(), threading.Event()
    scaled = Pictures._scaled

    def slow(self: Pictures, key: object, attachment: object) -> object:
        decoded.append(key)
        begun.set()
        goes_on.wait(30)
        return scaled(self, key, attachment)  # type: ignore[arg-type]

    monkeypatch.setattr(Pictures, "_scaled", slow)
    async with chatting(tmp_path, drawing(PICTURE)) as chat:
        await ask(chat)
        await chat.until(begun.is_set)
        for _look in range(3):
            chat.pane.transcript.settle()
        goes_on.set()
        await chat.until(lambda: len(rows_with(chat, "▀" * 8)) == 4)
        assert len(decoded) == 1


async def test_a_bomb_is_named_and_never_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pictures, "lines", lambda *_: pytest.fail("it was asked for"))
    async with chatting(tmp_path, drawing(bomb())) as chat:
        await ask(chat)
        await chat.until_shown("▣ picture · 100000×100000 · PNG")
        chat.pane.transcript.focus()
        await chat.press("enter")
        await chat.until_shown("This picture is too large to be drawn")


async def test_a_damaged_picture_is_named_and_that_is_said(tmp_path: Path) -> None:
    async with chatting(tmp_path, drawing(PICTURE[:50])) as chat:
        await ask(chat)
        await chat.until_shown("▣ picture · 8×8 · PNG")
        await chat.until_shown("This picture cannot be drawn")


async def test_without_colours_there_is_the_line_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with chatting(tmp_path, drawing(PICTURE)) as chat:
        await ask(chat)
        await chat.until_shown("▣ picture · 8×8 · PNG")
        pictures = in_use()
        assert pictures is not None and pictures._work is None and not pictures._drawn
        chat.pane.transcript.focus()
        await chat.press("enter")
        await chat.until_shown("This terminal has too few colours for pictures")


async def test_without_pillow_there_is_the_line_and_how_to_get_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.tui.message_list.pictures.can_decode", lambda: False)
    async with chatting(tmp_path, drawing(PICTURE)) as chat:
        await ask(chat)
        await chat.until_shown("▣ picture · 8×8 · PNG")
        assert not rows_with(chat, "▀")
        chat.pane.transcript.focus()
        await chat.press("enter")
        await chat.until_shown("install neurotui[images]")


async def test_enter_shows_it_large_and_the_arrows_show_the_others(tmp_path: Path) -> None:
    async with chatting(tmp_path, drawing(PICTURE, png(6, 6, BLUE))) as chat:
        await ask(chat)
        await chat.until_shown("▣ picture · 6×6 · PNG")
        chat.pane.transcript.focus()
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, PictureScreen))
        await chat.until_shown("picture · 8×8 · PNG · 1/2")
        await chat.until(lambda: len(rows_with(chat, "▀" * 8)) == 4)
        await chat.press("right")
        await chat.until_shown("picture · 6×6 · PNG · 2/2")
        await chat.until(lambda: len(rows_with(chat, "▀" * 6)) == 3)
        await chat.press("s")
        await chat.until(lambda: any("Saved as" in notice for notice in chat.notices))
    assert (tmp_path / "picture-2.png").read_bytes() == png(6, 6, BLUE)


async def test_the_list_to_save_has_the_files_behind_the_code(tmp_path: Path) -> None:
    async with chatting(tmp_path, drawing(wav(2.0), text="```python\nprint(1)\n```\n")) as chat:
        await ask(chat)
        chat.pane.transcript.focus()
        await chat.press("s")
        await chat.until_shown("python · print(1)")
        await chat.until_shown("sound · 2.0 s · WAV")
        await chat.press("down", "enter")
        await chat.until(lambda: any("sound-1.wav" in notice for notice in chat.notices))
    assert (tmp_path / "sound-1.wav").read_bytes() == wav(2.0)


async def test_what_is_not_proven_is_saved_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.app.opening._start", lambda _path: pytest.fail("it was opened"))
    async with chatting(tmp_path, drawing(b"\x7fELF\0\0\0")) as chat:
        await ask(chat)
        chat.pane.transcript.focus()
        await chat.press("o")
        await chat.until(lambda: any("not opened" in notice for notice in chat.notices))
    assert (tmp_path / "file-1.bin").read_bytes() == b"\x7fELF\0\0\0"
