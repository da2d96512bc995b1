"""What of an answer comes in a strange form, through a socket: read, or told; never gone without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chat.pictures import data_url, png
from tests.cli.asking import Shell
from tests.cli.store import FOLDER
from tests.servers import Exchange, Script, Server
from tests.store.examples import library_of

STOP = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
DONE = "[DONE]"
THOUGHTS = "Okay, the user asks.\nI count.\n"


def chunk(content: object, **more: object) -> str:
    """A chunk with this content, and other fields of its delta."""
    delta = ({"content": content} if content is not None else {}) | more
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def stream(*events: str) -> Script:
    """A stream of these events, each as it is behind `data: `."""
    return body("".join(f"data: {event}\n\n" for event in events))


def body(text: str) -> Script:
    """A stream of these bytes, cut in the middle of things."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.drip(text.encode(), size=97)
        await exchange.end()

    return script


def asked(shell: Shell, script: Script) -> tuple[int, dict[str, Any]]:
    """The exit code and the object of `neurotui ask --json`."""
    with Server(script) as server:
        done = shell(server, "ask", "--json", "Hi")
    return done.code, json.loads(done.out)


CUT = chunk("lost")[:-9]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (stream(chunk("One") + chunk(", two"), STOP, DONE), "One, two"),
        (
            stream(chunk("One") + "\n" + chunk(", two") + "  " + chunk(", three") + STOP + DONE),
            "One, two, three",
        ),
        (stream(chunk("One") + "data: " + chunk(", two") + "data: " + STOP, DONE), "One, two"),
        (body(f"{chunk('One')}{chunk(', two')}\n{chunk(', three')}\n{STOP}\n"), "One, two, three"),
        (stream(chunk("Hello⏎world").replace("\\u23ce", "\n"), STOP, DONE), "Hello\nworld"),
        (stream(chunk("Hello⏎⏎a: b⏎").replace("\\u23ce", "\n"), STOP, DONE), "Hello\n\na: b\n"),
        (body(f" data: {chunk('One')}\n\nData:{chunk(', two')}\n\n\tdata : {STOP}\n\n"), "One, two"),
        (stream("ping", chunk("One"), "[HEARTBEAT]", chunk(", two"), STOP, DONE), "One, two"),
    ],
)
def test_what_breaks_the_rules_and_can_be_read_is_read(shell: Shell, script: Script, text: str) -> None:
    code, found = asked(shell, script)
    assert (code, found["text"], found["status"], found["unreadable"]) == (0, text, "complete", 0)


@pytest.mark.parametrize(
    ("script", "text", "unreadable"),
    [
        (stream(chunk("One"), CUT, chunk(", two"), STOP, DONE), "One, two", 1),
        (stream(chunk("One"), CUT, chunk("x")[9:], "{", chunk(", two"), STOP), "One, two", 3),
        (stream(chunk("One"), CUT + "\ndata: " + chunk(", two"), STOP, DONE), "One, two", 1),
        (stream(chunk("One"), CUT + chunk(", two"), STOP, DONE), "One, two", 1),
        (stream(CUT, STOP, DONE), "", 1),
        (stream(chunk("One"), STOP + CUT, DONE), "One", 1),
        (body(f"data: {chunk('One')}\n\ndat: {chunk('lost')}\n\ndata: {STOP}\n\n"), "One", 1),
        (body(f"data: {chunk('One')}\n\nlost{chunk('x')[30:]}\n\ndata: {STOP}\n\n"), "One", 1),
        (body(f"{chunk('One')}\n{CUT}\n{chunk(', two')}\n{STOP}\n"), "One, two", 1),
        (body(f"{chunk('One')}\n{CUT}\n{chunk(', two')}\n{STOP}\n{DONE}\n"), "One, two", 1),
    ],
)
def test_a_piece_that_is_lost_is_counted_and_the_answer_is_not_complete(
    shell: Shell, script: Script, text: str, unreadable: int
) -> None:
    code, found = asked(shell, script)
    assert (code, found["status"], found["unreadable"]) == (5, "cut", unreadable)
    assert found["text"] == text
    with Server(script) as server:
        done = shell(server, "ask", "Hi")
    assert done.code == 5
    assert f"{unreadable} piece" in done.err
    assert "without a word" not in done.err


def test_a_hole_is_told_wherever_the_answer_is_kept(tmp_path: Path, shell: Shell) -> None:
    with Server(stream(chunk("One"), CUT, chunk(", two"), STOP, DONE)) as server:
        assert shell(server, "ask", "Hi").code == 5
    library = library_of(tmp_path / FOLDER)
    (summary,) = library.summaries()
    assert summary.status == "cut"
    for form in ("md", "txt", "html"):
        out = shell(None, "export", "--format", form, "-o", "-").out.decode()
        assert "1 piece was lost" in out
        assert "not complete" in out
        assert "finished" not in out
        russian = shell(None, "export", "--format", form, "-o", "-", variables={"NEUROTUI_LANG": "ru"})
        assert "потерян 1 фрагмент" in russian.out.decode()
    exported = tmp_path / "out.json"
    assert shell(None, "export", "--format", "json", "-o", str(exported)).code == 0
    (conversation,) = json.loads(exported.read_text())["conversations"]
    assert conversation["messages"][1]["unreadable"] == 1
    other = tmp_path / "other"
    assert shell(None, "import", str(exported), variables={"HOME": str(other)}).code == 0
    latest = library_of(other / FOLDER).latest()
    assert latest is not None
    assert (latest.path()[1].unreadable, latest.path()[1].status) == (1, "cut")


@pytest.mark.parametrize("blanks", ["\n\n", " ", "\u200b\n", "\t\r\n\u00a0"])
def test_an_answer_of_blanks_is_an_empty_one(shell: Shell, blanks: str) -> None:
    scripts = [stream(chunk("Yes"), STOP), stream(chunk(blanks), STOP), stream(chunk("No"), STOP)]
    with Server(scripts) as server:
        assert shell(server, "ask", "first").code == 0
        done = shell(server, "ask", "-c", "second")
        assert "without a word" in done.err
        shell(server, "ask", "-c", "third")
        sent = [[message["content"] for message in request.json["messages"]] for request in server.chats]
    assert sent[2] == ["first", "Yes", "third"]


PNG = "data:image/png;base64," + "iVBORw0KGgo" * 50


@pytest.mark.parametrize(
    ("events", "text", "files"),
    [
        ([chunk("See:", images=[{"type": "image_url", "image_url": {"url": PNG}}])], "See:", 1),
        ([chunk(None, images=[{"image_url": {"url": PNG}}, {"image_url": {"url": PNG[:-4]}}])], "", 2),
        ([chunk([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": PNG}])], "a", 1),
        ([chunk("See:"), json.dumps({"images": [PNG]})], "See:", 0),  # no chunk of an answer
        ([chunk("See:"), json.dumps({"choices": [], "images": [PNG]})], "See:", 1),
        ([chunk("See:"), json.dumps({"choices": [{"index": 0, "images": [PNG]}]})], "See:", 1),
        ([chunk({"type": "text", "text": "one part"})], "one part", 0),
        ([chunk({"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}})], "", 1),
        ([chunk([{"inline_data": {"mime_type": "video/mp4", "data": "AAAA"}}])], "", 1),
        (
            [
                chunk(None, audio={"id": "a1", "transcript": "Hel"}),
                chunk(None, audio={"id": "a1", "data": "UklG"}),
                chunk(None, audio={"transcript": "lo", "data": "UklG"}),
            ],
            "Hello",
            1,
        ),
        (
            [
                '{"choices":[{"index":0,"message":{"role":"assistant","content":"x","images":'
                '[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}}]}'
            ],
            "x",
            1,
        ),
    ],
)
def test_files_of_an_answer_are_kept_and_named(
    tmp_path: Path, shell: Shell, events: list[str], text: str, files: int
) -> None:
    code, found = asked(shell, stream(*events, STOP, DONE))
    assert (code, found["text"], found["status"], found["parts"]) == (0, text, "complete", [])
    assert [file["path"] for file in found["attachments"]] == [None] * files
    with Server(stream(*events, STOP, DONE)) as server:
        done = shell(server, "ask", "Hi")
    assert "without a word" not in done.err
    assert "cannot be shown here" not in done.err
    assert done.err.count("came with the answer; --output FOLDER saves it") == files
    folder = tmp_path / FOLDER
    for file in found["attachments"]:
        kept = folder / "blobs" / file["sha256"][:2] / file["sha256"]
        assert kept.stat().st_size == file["size"]
    assert b"iVBORw0KGgo" not in b"".join(file.read_bytes() for file in folder.glob("*.db*"))


@pytest.mark.parametrize(
    ("events", "parts"),
    [
        ([chunk([{"type": "hologram", "x": 1}, {"type": "hologram", "x": 2}])], {"hologram": 2}),
        ([chunk([{"type": "image_url", "image_url": "data:image/png;base64,no base64!"}])], {"image": 1}),
        ([chunk([{"type": "file", "file": {"file_id": "f-1"}}])], {"file": 1}),
    ],
)
def test_parts_that_cannot_be_kept_are_named_and_counted(
    shell: Shell, events: list[str], parts: dict[str, int]
) -> None:
    code, found = asked(shell, stream(*events, STOP, DONE))
    assert (code, found["text"], found["status"], found["attachments"]) == (0, "", "complete", [])
    assert {part["kind"]: part["count"] for part in found["parts"]} == parts
    with Server(stream(*events, STOP, DONE)) as server:
        done = shell(server, "ask", "Hi")
    assert "without a word" not in done.err
    assert "cannot be shown here" in done.err
    for form in ("md", "txt", "html", "json"):
        out = shell(None, "export", "--format", form, "-o", "-").out.decode()
        assert "cannot be shown here" in out or '"parts":' in out
        assert "base64" not in out


@pytest.mark.parametrize(
    "fields",
    [
        {"citations": ["https://a.example/1", "https://b.example/2"]},
        {"citations": [{"url": "https://a.example/1"}, {"url": "https://b.example/2", "title": "Two"}]},
        {"search_results": [{"url": "https://a.example/1", "date": None}, {"url": "https://b.example/2"}]},
        {
            "choices": [
                {
                    "index": 0,
                    "delta": {
                        "annotations": [
                            {"type": "url_citation", "url_citation": {"url": "https://a.example/1"}},
                            {"type": "url_citation", "url_citation": {"url": "https://b.example/2"}},
                        ]
                    },
                }
            ]
        },
    ],
)
def test_sources_are_kept_and_shown(shell: Shell, fields: dict[str, object]) -> None:
    sources = json.dumps({"choices": []} | fields)
    script = stream(sources, chunk("Said [1]."), sources, STOP, DONE)
    code, found = asked(shell, script)
    assert code == 0
    assert [source["url"] for source in found["citations"]] == ["https://a.example/1", "https://b.example/2"]
    assert (found["text"], found["parts"]) == ("Said [1].", [])
    with Server(script) as server:
        assert "[1] https://a.example/1\n" in shell(server, "ask", "Hi").err
    for form in ("md", "txt", "html", "json"):
        out = shell(None, "export", "--format", form, "-o", "-").out.decode()
        assert out.count("https://a.example/1") == (2 if form == "html" else 1)


CHANNELS = (
    f"<|channel|>analysis<|message|>{THOUGHTS}<|end|>"
    "<|start|>assistant<|channel|>final<|message|>Two.<|return|>"
)


@pytest.mark.parametrize(
    ("said", "reasoning", "text"),
    [
        (f"{THOUGHTS}</think>\n\nTwo.", THOUGHTS, "Two."),
        (f"{THOUGHTS}</think>Two.", THOUGHTS, "Two."),
        (f"{THOUGHTS}</thinking>\nTwo.", THOUGHTS, "Two."),
        (f"{THOUGHTS}[/THINK]Two.", THOUGHTS, "Two."),
        (f"<thinking>{THOUGHTS}</thinking>\nTwo.", THOUGHTS, "Two."),
        (f"[THINK]{THOUGHTS}[/THINK]\nTwo.", THOUGHTS, "Two."),
        (CHANNELS, THOUGHTS, "Two."),
        (f"<|start|>assistant{CHANNELS}", THOUGHTS, "Two."),
        ("\n\n</think>\n\nTwo.", "", "Two."),
        ("<think>\n\n</think>\n\nTwo.", "", "Two."),
        ("```html\n</think>\n```\nis a tag.", "", "```html\n</think>\n```\nis a tag."),
        ("Use `<think>`\n</think>\nfor it.", "", "Use `<think>`\n</think>\nfor it."),
        ("It ends with </think>, then\n</think>\n.", "", "It ends with </think>, then\n</think>\n."),
    ],
)
def test_reasoning_is_no_answer_and_never_sent_back(
    tmp_path: Path, shell: Shell, said: str, reasoning: str, text: str
) -> None:
    pieces = [said[at : at + 3] for at in range(0, len(said), 3)]
    with Server(stream(*map(chunk, pieces), STOP, DONE)) as server:
        found = json.loads(shell(server, "ask", "--json", "Hi").out)
        shell(server, "ask", "-c", "And now?")
        sent = [message["content"] for message in server.chats[1].json["messages"]]
    assert (found["reasoning"], found["text"]) == (reasoning, text)
    assert sent == ["Hi", text, "And now?"]
    latest = library_of(tmp_path / FOLDER).latest()
    assert latest is not None
    assert (latest.path()[1].reasoning, latest.path()[1].text) == (reasoning, text)


def test_a_pipe_gets_a_late_tag_where_it_stood(shell: Shell) -> None:
    said = f"{THOUGHTS}</think>\n\nTwo."
    with Server(stream(chunk(said), STOP, DONE)) as server:
        assert shell(server, "ask", "Hi").out.decode() == said


@pytest.mark.parametrize(
    ("events", "reasoning"),
    [
        ([chunk(None, thinking="Hm."), chunk("Two.")], "Hm."),
        ([chunk(None, reasoning_content="\n\n"), chunk("Two.")], ""),
        ([chunk(None, reasoning_content="\n"), chunk(None, reasoning_content="Hm."), chunk("Two.")], "\nHm."),
        ([chunk(None, reasoning_text="Hm."), chunk("Two.")], "Hm."),
        ([chunk(None, thought="Hm."), chunk("Two.")], "Hm."),
        ([chunk(None, reasoning={"content": "Hm."}), chunk("Two.")], "Hm."),
        ([chunk(None, reasoning={"effort": "low"}), chunk("Two.")], ""),
        ([chunk(None, thinking_blocks=[{"type": "thinking", "thinking": "Hm."}]), chunk("Two.")], "Hm."),
    ],
)
def test_reasoning_of_other_fields_and_of_blanks(shell: Shell, events: list[str], reasoning: str) -> None:
    code, found = asked(shell, stream(*events, STOP, DONE))
    assert (code, found["text"], found["reasoning"]) == (0, "Two.", reasoning)


def test_a_file_behind_one_that_is_broken_is_kept_once(tmp_path: Path, shell: Shell) -> None:
    broken = {"type": "image_url", "image_url": "data:image/png;base64,no base64!"}
    whole = {"type": "image_url", "image_url": data_url(png())}
    with Server(stream(chunk([broken, whole]), STOP, DONE)) as server:
        assert shell(server, "ask", "Draw").code == 0
    latest = library_of(tmp_path / FOLDER).latest()
    assert latest is not None
    answer = latest.path()[1]
    assert ([part.kind for part in answer.parts], len(answer.attachments)) == (["image"], 1)
