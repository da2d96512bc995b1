"""The mark of a joint: in the margin of the line in which a continuation begins, and nowhere in the text."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
from textual.selection import Selection

from neurotui.chat.conversation import Message, Role, Status
from neurotui.markdown.layout import LONG_CODE
from neurotui.markdown.wrap import LaidOutLine
from neurotui.tui.message_list.message_view import MessageView
from tests.tui.chatting import Chat, chatting
from tests.tui.conversation.test_continuing import ask, go_on, said

WORDS = "The cat sits at the window and watches how slowly the first snow of this winter falls. "


def joined(*parts: str, status: Status = Status.COMPLETE) -> Message:
    """An answer that came in parts."""
    ends = [len("".join(parts[:count])) for count in range(1, len(parts))]
    return Message("a", Role.ASSISTANT, "".join(parts), status=status, joints=tuple(ends))


def lines_of(view: MessageView, width: int = 40) -> list[LaidOutLine]:
    view.read(width, inf)
    return [part.line(at) for part in view.parts for at in range(part.lay_out(width))]


def marked(message: Message, width: int = 40, *, raw: bool = False) -> list[str]:
    """The lines with a mark, as they are written."""
    view = MessageView(message)
    if raw:
        view.toggle_raw()
    return [line.text for line in lines_of(view, width) if line.joined]


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("The quick bro", "wn fox"), "The quick brown fox"),
        ((WORDS, WORDS), "falls. The cat sits at the window and"),
        (("one\n", "two"), "two"),
        (("one\n\n", "two"), "two"),
        (("one\n\nt", "wo"), "two"),
        (("one", "\n\ntwo"), "two"),
        (("one\n\n", "# Two\n\nthree"), "Two"),
        (("- one\n- t", "wo\n- three"), "• two"),
        (("- one\n", "- two\n- three"), "• two"),
        (("> one\n> t", "wo"), "▎ two"),
        (("```\na\nb", "b\nc\n```\n"), "▏bb"),
        (("```\na\nb\n", "c\n```\n"), "▏c"),
        (("```\nfor x in y:\n    ", "print(x)\n```\n"), "▏    print(x)"),
        (("one\n  ", "two"), "two"),
        (("text\n\n", "```python\nx\n```"), "▏python ── 1 copy"),
        (("| a | b |\n|---|---|\n| 1 | 2 |\n| 3", " | 4 |\n"), "3 │ 4"),
        (("**bo", "ld** and *more*"), "bold and more"),
        (("[label], ", "more\n\n[label]: https://example.org\n"), "label (https://example.org), more"),
    ],
)
def test_it_is_at_the_line_where_what_was_added_begins(parts: tuple[str, ...], line: str) -> None:
    assert [found.strip() for found in marked(joined(*parts))] == [line]


def test_each_joint_has_its_own() -> None:
    assert marked(joined("one\n\n", "two\n\nth", "ree")) == ["two", "three"]


def test_long_code_is_marked_where_it_was_cut() -> None:
    code = [f"line {number}" for number in range(3 * LONG_CODE)]
    before, after = "\n".join(code[:500]), "\n".join(code[500:])
    assert marked(joined(f"```\n{before}\n", f"{after}\n```\n")) == ["▏line 500"]


def test_what_brought_nothing_has_none() -> None:
    assert marked(joined("one", "")) == []
    assert marked(joined("", "one")) == []


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("**bo", "ld**"), "**bold**"),
        ((WORDS, WORDS), "falls. The cat sits at the window and"),
        (("one\n\n", "two\nthree"), "two"),
        (("one\n" * 2000, "two\nthree"), "two"),
    ],
)
def test_the_source_has_it_as_well(parts: tuple[str, ...], line: str) -> None:
    assert [found.strip() for found in marked(joined(*parts), raw=True)] == [line]


def test_the_source_has_it_behind_the_reasoning_that_a_tag_ended() -> None:
    message = replace(joined("one\n", "two"), reasoning="hm\n", mark="</think>\n")
    assert marked(message, raw=True) == ["two"]


@pytest.mark.parametrize("width", [12, 40, 100])
@pytest.mark.parametrize("raw", [False, True])
def test_it_changes_no_line_of_the_text(width: int, raw: bool) -> None:
    parts = [
        WORDS * 2,
        WORDS,
        "\n\n```\na\n",
        "b\n```\n\n- one\n",
        "- two\n\n| a |\n|---|\n| 1 |\n",
        "| 2 |\n",
    ]
    message = joined(*parts)
    views = [MessageView(message), MessageView(replace(message, joints=(0,) * len(message.joints)))]
    if raw:
        for view in views:
            view.toggle_raw()
    with_it, without = (lines_of(view, width) for view in views)
    assert [line.spans for line in with_it] == [line.spans for line in without]
    assert [(line.gutter, line.joint) for line in with_it] == [(line.gutter, line.joint) for line in without]
    assert sum(line.joined for line in with_it) == 5


async def test_the_screen_shows_it_and_nothing_that_is_copied_does(tmp_path: Path) -> None:
    first = "one\n\nThe quick bro"
    async with chatting(tmp_path, said(first, "length"), said("wn fox\n\nthree")) as chat:
        await ask(chat)
        assert "┄" not in chat.shown()
        await go_on(chat)
        await chat.until(lambda: _margin(chat) == ["┄ The quick brown fox"])
        transcript = chat.pane.transcript
        transcript.focus()
        await chat.press("k", "v")
        await chat.until(lambda: _margin(chat) == ["▌┄The quick brown fox"])
        await chat.press("v")
        copied = transcript.get_selection(Selection(None, None))
        assert copied is not None and "The quick brown fox\n\nthree" in copied[0] and "┄" not in copied[0]


def _margin(chat: Chat) -> list[str]:
    """The lines with a sign in the margin."""
    return [line.strip() for line in chat.shown().splitlines() if "┄" in line[:3]]
