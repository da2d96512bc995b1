"""The faces say the same: answers that a real server streams, on the screen, line by line, by `ask`, as HTML.

Where the source is printed, line by line and by `ask`, every sign that is no blank is the same. Where
Markdown is drawn, on the screen and in HTML, all letters and digits are there in order, with labels between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from unicodedata import normalize

import pytest

from neurotui.app import spoken
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.chat.text import clean
from neurotui.markdown.plain_text import shown_text
from neurotui.plain.answer import AnswerPrinter
from neurotui.plain.printer import Printer
from neurotui.transcripts import Format, render
from tests.app.working import working
from tests.cli.asking import Shell
from tests.markdown.corpus import CORPUS
from tests.servers import Exchange, Script, Server, raw
from tests.tui.reading import reading
from tests.wire.corpus import STREAMS

ADDED = re.compile(r"code, (?:(?P<language>\S+), )?(?P<count>\d+) lines?(?P<cut>, without an end)?")
"""What the linear face says around code."""
DRAWN = {
    "lines in cells": "cells stand beside each other, line by line",
    "notes and targets": "notes and targets stand elsewhere",
    "code in code": "fences within fences are paired by their contents on the screen alone",
    "formulas": "formulas are text on the screen, and MathML in HTML",
}
"""What has its letters in another order, and why; the tests of `markdown` hold that."""


class Lines(Printer):
    """Keeps what is printed."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    def lines(self, lines: Iterable[str]) -> None:
        self.printed += lines


class Article(HTMLParser):
    """The text of the answer in an HTML transcript."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth or ("class", "content") in attrs:
            self._depth += tag == "div"

    def handle_endtag(self, tag: str) -> None:
        self._depth -= bool(self._depth) and tag == "div"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.text += data


def written(text: str) -> Script:
    """A server that sends a text as a model does, in small pieces."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(*(text[at : at + 37] for at in range(0, len(text), 37)))
        await exchange.finish()

    return script


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n"
CASES = {
    **{
        stream.name: raw(HEAD % stream.content_type.encode(), stream.body)
        for stream in STREAMS
        if stream.text
    },
    **{name: written(text) for name, text in CORPUS.items() if text.strip()},
}


def signs(text: str) -> str:
    return "".join(text.split())


def letters(text: str) -> str:
    """The letters and digits of a text; raised and lowered ones are the same."""
    return "".join(filter(str.isalnum, normalize("NFKC", text)))


def lacks(shown: str, expected: str) -> str:
    """The end of the expected letters that is not shown in its order; empty if all are."""
    at = 0
    for place, letter in enumerate(expected):
        at = shown.find(letter, at) + 1
        if not at:
            return expected[place:]
    return ""


def source_of(lines: list[str]) -> str:
    """The source that lines of the linear face were made of."""
    source, rest = [], 0
    marks = ""
    for line in lines:
        if rest == 0 and marks:
            marks = ""
            if line == "end of code":
                source.append("```")
                continue
        if not marks and (added := ADDED.fullmatch(line)):
            marks, rest = "```", int(added["count"])
            source.append(f"```{added['language'] or ''}")
        else:
            source.append(line)
            rest -= bool(marks)
    return "\n".join(source)


async def answered(script: Script, folder: Path) -> tuple[Message, list[str]]:
    """The answer, and what the linear face printed while it came."""
    async with Server(script) as server, working(folder, server) as (workspace, _services):
        session, printer = workspace.new(), Lines()
        answer_printer = AnswerPrinter(session, printer)
        answer = await session.send("Hi")
        answer_printer.leave()
        head, *lines = printer.printed
        assert head.endswith(":")
        ending = spoken.ending(answer)
        assert lines[len(lines) - len(ending) :] == ending
        return answer, lines[: len(lines) - len(ending)]


@pytest.mark.parametrize("name", CASES)
async def test_the_linear_face_says_what_the_model_wrote(name: str, tmp_path: Path) -> None:
    answer, lines = await answered(CASES[name], tmp_path)
    fences = r"(?m)^[ \t>]*(?:[-*\d.]+ )*(?:`{3,}|~{3,}).*$"
    told = re.sub(fences, "", source_of(lines))
    assert signs(told) == signs(re.sub(fences, "", clean(answer.text)))


@pytest.mark.parametrize("name", CASES)
def test_ask_prints_what_the_model_wrote(name: str, shell: Shell) -> None:
    with Server(CASES[name]) as server:
        done = shell(server, "ask", "--no-save", "Hi")
    with Server(CASES[name]) as server:
        whole = json.loads(shell(server, "ask", "--no-save", "--json", "Hi").out)
    assert done.out.decode().rstrip("\n") == whole["text"].rstrip("\n")


@pytest.mark.parametrize("name", [name for name in CASES if name not in DRAWN])
async def test_the_screen_and_html_have_all_letters_in_their_order(name: str, tmp_path: Path) -> None:
    answer, _lines = await answered(CASES[name], tmp_path)
    expected = letters(shown_text(clean(answer.text))[0])
    rows = 40 + len(answer.text) // 40 + 3 * answer.text.count("\n")  # more than it takes
    async with reading(answer, size=(200, min(rows, 700))) as case:
        assert lacks(letters(case.text), expected) == ""
    conversation = Conversation()
    question = Message("q", Role.USER, "Hi")
    conversation.put(question)
    conversation.put(Message("a", Role.ASSISTANT, answer.text, "q", status=Status.COMPLETE))
    page = Article()
    page.feed("".join(render(conversation, Format.HTML)))
    without_targets = re.sub(r"\]\([^)]*\)", "]", clean(answer.text))
    assert lacks(letters(page.text), letters(shown_text(without_targets)[0])) == ""
