"""Archives read through a small window: what is found must not depend on where the window ends."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation
from neurotui.errors import TranscriptUnreadable
from neurotui.transcripts import document, reading, salvage, window
from neurotui.transcripts.reading import FileContents, read_file
from neurotui.transcripts.window import MalformedJSON, TooLong, Window
from tests.store.examples import everything, small
from tests.transcripts.test_reading import CHATGPT, written

HOSTILE = [
    "NaN",
    "-Infinity",
    "1.5e+308",
    "-0.25E-7",
    "12345678901234567890",
    r'"\ud83d\ude00 \ud83d \u00e9 \\ \""',
    '"tab\there, NUL \0, line\nend, 😀, ё"',
    '{"a": 1, "a": [true, false, null, {}]}',
    "  [ ]  ",
    '[1, [2, {"b": "]}"}], 3.0]',
    "0",
]
"""Values of JSON as archives hold them, which Python's decoder reads."""


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A window of a few characters, in which nearly everything is large."""
    monkeypatch.setattr(window, "CHUNK", 7)
    for module in (reading, salvage):
        monkeypatch.setattr(module, "LARGE", 40)
    yield


def looked_at(content: bytes) -> Window:
    return Window(io.BytesIO(content).read)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_a_value_is_what_the_standard_library_reads(narrow: None, text: str, encoding: str) -> None:
    found = looked_at(text.encode(encoding))
    found.peek()
    assert repr(found.value()) == repr(json.loads(text, strict=False))
    assert found.peek() == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_that_is_cut_is_none(narrow: None, text: str) -> None:
    whole = text.strip()
    for end in range(1, len(whole)):
        try:
            json.loads(whole[:end], strict=False)
        except ValueError:
            found = looked_at(whole[:end].encode())
            with suppress(MalformedJSON):
                found.value()
                assert found.peek(), "the beginning of a number may be one, but not all of it"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 20_000, f'{{"n": {"9" * 5000}}}', "[1 2]", "{1: 2}"]
)
def test_what_python_cannot_read_is_malformed(text: str) -> None:
    with pytest.raises(MalformedJSON):
        looked_at(text.encode()).value()


def test_a_value_is_given_up_where_it_gets_too_long(narrow: None) -> None:
    found = looked_at(b'"' + b"x" * 10_000_000)
    with pytest.raises(TooLong):
        found.value(1000)
    assert len(found.text) < 5000 and found.at == 0


def exported() -> str:
    conversations = [everything(), small("раз " * 9), small("два", "ответ 😀 " * 30)]
    return "".join(document.render_all(conversations))


SOURCES = {
    "ours": exported(),
    "one of ours": exported().partition('"conversations":[')[2].strip().removesuffix("]}").split("\n,")[0],
    "version last": json.dumps(dict(reversed(json.loads(exported()).items()))),
    "chatgpt": json.dumps(CHATGPT, ensure_ascii=False),
    "two of chatgpt": json.dumps([CHATGPT[0] | {"conversation_id": "first"}, *CHATGPT]),
}


def seen(transcript: FileContents) -> list[object]:
    return [*transcript.problems, *map(plain, transcript.conversations)]


def plain(conversation: Conversation) -> object:
    """A conversation whose messages may lie on a shelf, as a value."""
    return (conversation.id, conversation.title, conversation.leaf_id, dict(conversation.messages))


@pytest.mark.parametrize("name", SOURCES)
def test_a_small_window_finds_what_a_large_one_does(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = written(tmp_path, SOURCES[name])
    wide = seen(read_file(path))
    request.getfixturevalue("narrow")
    assert seen(read_file(path)) == wide


@pytest.mark.parametrize("seed", range(30))
def test_so_it_does_in_a_damaged_archive(seed: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice(list(SOURCES.values())).encode())
    if chance.random() < 0.5:
        del content[chance.randrange(len(content)) :]
    for _ in range(chance.choice((1, 3))):
        at = chance.randrange(len(content))
        content[at : at + chance.choice((1, 30))] = chance.choice((b"", b"\0" * 9, b'"', b"}{", b"\xff"))
    path = written(tmp_path, bytes(content))
    try:
        wide = {id_ for c in read_file(path).conversations for id_ in c.messages}
    except TranscriptUnreadable:
        wide = set()
    request.getfixturevalue("narrow")
    try:
        narrow = {id_ for c in read_file(path).conversations for id_ in c.messages}
    except TranscriptUnreadable:
        narrow = set()
    assert narrow >= wide, "entry by entry at least as much is found"
