"""What is done with what was said: copied, saved, opened."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from neurotui.tui.dialogs.links import LinksScreen
from neurotui.wire.events import Accepted, Finished, FinishReason, Sent, TextDelta
from tests.chat.test_session import Script
from tests.tui.chatting import chatting

TEXT = """A [link](https://example.org/a) and `code`.

```python
print(1)
```

```sh
ls
```
"""
ANSWERS: Script = [Sent(), Accepted(), TextDelta(TEXT), FinishReason("stop"), Finished(True)]


async def test_a_message_is_copied_and_counted(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.press("c")
        await chat.until(lambda: chat.notices == [f"Copied {len(TEXT)} characters"])
        assert chat.app.clipboard == TEXT


async def test_the_second_block_of_code_is_copied_by_its_number(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.press("2")
        await chat.until(lambda: chat.app.clipboard == "ls\n")
        await chat.press("3")
        await chat.until(lambda: any("no such block" in notice for notice in chat.notices))


async def test_a_block_of_code_is_saved_under_the_ending_of_its_language(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.press("s")
        await chat.until_shown("sh · ls")
        await chat.press("enter")
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

    monkeypatch.setattr("neurotui.app.links.open_link", browser)
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.press("o")
        await chat.until(lambda: isinstance(chat.app.screen, LinksScreen))
        await chat.until(lambda: "https://example.org/a" in chat.shown())
        assert opened == []
        await chat.press("enter")
        await chat.until(lambda: opened == ["https://example.org/a"])


async def test_a_second_press_on_its_way_shows_the_links_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWERS) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.type("oo")
        await chat.until(lambda: isinstance(chat.app.screen, LinksScreen))
        await chat.pilot.pause()
        await chat.press("escape")
        assert chat.app.screen is chat.screen


async def test_a_long_message_is_looked_through_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def found(*_arguments: object) -> tuple[()]:
        threads.append(threading.current_thread())
        return ()

    monkeypatch.setattr("neurotui.app.links.links_in", found)
    monkeypatch.setattr("neurotui.markdown.source.code_blocks", found)
    long: Script = [TextDelta("Much. " * 1000), FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, long) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        for number, key in enumerate("bso", 1):
            await chat.press(key)
            await chat.until(lambda number=number: len(threads) == number)  # type: ignore[misc]
        await chat.until(lambda: any("no link that may be opened" in notice for notice in chat.notices))
    assert threading.main_thread() not in threads


@pytest.mark.parametrize(("up", "question"), [(0, "two"), (3, "one")])
async def test_from_an_answer_one_edits_the_question_it_answers(
    up: int, question: str, tmp_path: Path
) -> None:
    async with chatting(tmp_path, ANSWERS, ANSWERS) as chat:
        for number, asked in enumerate(("one", "two"), 1):
            await chat.type(asked)
            await chat.press("enter")
            await chat.until(lambda number=number: len(chat.pane.transcript.views) == 2 * number)  # type: ignore[misc]
            await chat.until(lambda: not chat.pane.session.running)
        chat.pane.transcript.focus()
        await chat.press(*["k"] * up, "e")
        await chat.until(lambda: chat.text == question and chat.composer.has_focus)
        await chat.press("!", "enter")
        await chat.until(lambda: chat.asked[-1] == f"{question}!")


async def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    plain: Script = [TextDelta("Nothing to see."), FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, plain) as chat:
        for command, words in (
            ("/copy", "There is nothing to copy"),
            ("/edit", "There is no question to edit"),
            ("/new-answer", "There is no answer to ask for again"),
            ("/fork", "There is nothing to fork yet"),
            ("/save", "There is nothing to save yet"),
            ("/repeat", "Nothing was asked yet"),
        ):
            await chat.type(command)
            await chat.press("enter")
            await chat.until(lambda words=words: words in chat.notices)  # type: ignore[misc]
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running and bool(chat.pane.transcript.views))
        for key, words in (
            ("b", "This message has no such block of code"),
            ("o", "This message has no link that may be opened, and no file"),
            ("t", "There is nothing to unfold in this message"),
            ("left", "This message has only one version"),
        ):
            chat.pane.transcript.focus()
            await chat.press(key)
            await chat.until(lambda words=words: words in chat.notices)  # type: ignore[misc]
