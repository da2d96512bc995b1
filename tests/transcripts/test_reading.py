"""Files that come from elsewhere: what can be read of them is, the rest is said, nothing is an exception."""

from __future__ import annotations

import copy
import json
import random
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.chat.conversation import Citation, Conversation, Role, Status
from neurotui.errors import TranscriptUnreadable
from neurotui.store.library import Added
from neurotui.transcripts import Format, document, export_all, render
from neurotui.transcripts.reading import import_file, read_file
from tests.store.examples import check, everything, library_of, small


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def exported(*conversations: Conversation) -> str:
    return "".join(document.render_all(conversations))


def test_an_import_brings_everything_and_a_second_one_nothing(tmp_path: Path) -> None:
    conversations = [everything(), small("раз"), small("два")]
    (path,) = export_all(conversations, Format.JSON, tmp_path)
    library = library_of(tmp_path / "other")
    assert import_file(library, path).counts[Added.NEW] == 3
    assert {c.id: c for c in library.conversations()} == {c.id: c for c in conversations}
    again = import_file(library, path)
    assert again.counts == {Added.NEW: 0, Added.GREW: 0, Added.KNOWN: 3, Added.COPIED: 0}
    library._database.close()
    check(tmp_path / "other")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0",
        b"hello",
        b"[]",
        b"{}",
        b"[1, null]",
        b'"text"',
        b"{" * 100_000,
        b'{"a":' * 20_000,
        b"[" * 100_000,
    ],
)
def test_what_holds_no_conversation_is_said(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(TranscriptUnreadable) as caught:
        read_file(written(tmp_path, content))
    assert "file.json" in caught.value.title


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(TranscriptUnreadable):
            read_file(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_a_device_is_not_read_until_the_memory_is_full() -> None:
    with pytest.raises(TranscriptUnreadable, match="device"):
        read_file(Path("/dev/zero"))


@pytest.mark.parametrize("part", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_cut_short_gives_its_beginning(part: float, tmp_path: Path) -> None:
    conversations = [everything(), *(small(f"вопрос {number} " * 5) for number in range(10))]
    text = exported(*conversations)
    transcript = read_file(written(tmp_path, text[: int(len(text) * part)]))
    whole = [found for found in transcript.conversations if found in conversations]
    assert whole == conversations[: len(whole)]
    assert len(transcript.conversations) - len(whole) <= 1
    assert transcript.problems


def test_the_messages_of_the_conversation_that_was_cut_are_there(tmp_path: Path) -> None:
    conversation = everything()
    text = exported(conversation)
    (found,) = read_file(written(tmp_path, text[: text.index('"a4"')])).conversations
    assert list(found.messages) == ["q1", "a1", "a2", "a3", "q2"]
    assert (found.id, found.title, found.leaf_id) == ("all", "Всё", "a3")


def test_a_bad_line_costs_that_line(tmp_path: Path) -> None:
    lines = exported(everything(), small("после")).split("\n")
    lines[3] = lines[3][:40] + '\0"}{"id": "junk", {' + lines[3][60:]
    transcript = read_file(written(tmp_path, "\n".join(lines)))
    first, second = transcript.conversations
    assert list(first.messages) == ["q1", "a2", "a3", "q2", "a4"]
    assert [message.text for message in first.path_to("a4")] == ["Дальше", "Ост"]
    assert second.name == "после"
    assert transcript.problems


@pytest.mark.parametrize("rest", [b"\0" * 512, b"garbage", None])
def test_what_follows_a_whole_file_costs_nothing_of_it(rest: bytes | None, tmp_path: Path) -> None:
    whole = "".join(render(everything(), Format.JSON)).encode()
    (tmp_path / "file").write_bytes(whole + (whole if rest is None else rest))
    transcript = read_file(tmp_path / "file")
    assert transcript.conversations[0] == everything()
    assert len(transcript.problems) == 1


def test_nul_bytes_and_bytes_that_are_no_text_are_read_over(tmp_path: Path) -> None:
    content = exported(small("при\u0000вет")).encode().replace("вет".encode(), b"\0\xff\xfe" + "вет".encode())
    transcript = read_file(written(tmp_path, content))
    (conversation,) = transcript.conversations
    assert conversation.path()[0].text == "при\0\0\ufffd\ufffdвет"
    assert len(transcript.problems) == 1


def test_a_byte_order_mark_and_utf_16_are_understood(tmp_path: Path) -> None:
    text = exported(everything())
    for content in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert read_file(written(tmp_path, content)).conversations == (everything(),)


def test_a_newer_file_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    data = json.loads(exported(everything()))
    data["version"] = 7
    data["conversations"][0]["messages"][0]["novelty"] = {"a": 1}
    transcript = read_file(written(tmp_path, json.dumps(data)))
    assert transcript.conversations == (everything(),)
    assert any("newer" in problem for problem in transcript.problems)


def test_messages_in_any_order_in_a_circle_or_without_parent_make_a_tree(tmp_path: Path) -> None:
    def message(id_: str, parent_id: str | None) -> dict[str, Any]:
        return {"id": id_, "parent_id": parent_id, "role": "user", "text": id_}

    messages = [
        message("c", "b"),
        message("b", "a"),
        message("a", None),
        message("x", "y"),
        message("y", "x"),
    ]
    messages += [message("lost", "nowhere"), message("self", "self")]
    (conversation,) = read_file(written(tmp_path, json.dumps({"messages": messages}))).conversations
    assert list(conversation.messages) == ["a", "b", "c", "y", "x", "lost", "self"]
    for id_ in conversation.messages:
        assert conversation.path_to(id_)[-1].id == id_
    assert [found.id for found in conversation.path_to("c")] == ["a", "b", "c"]


WRONG: list[Any] = [None, 0, -1, 1.5, 10**30, True, "", "x", "\ud800", [], [[]], {}, {"id": 1}, float("nan")]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_values_of_wrong_types_are_passed_over(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from([json.loads(exported(everything())), CHATGPT]))
    document = json.loads(json.dumps(source))
    for _ in range(data.draw(st.integers(1, 4))):
        _spoil(document, data)
    folder = tmp_path_factory.mktemp("wrong")
    path = written(folder, json.dumps(document))
    try:
        transcript = read_file(path)
    except TranscriptUnreadable:
        return
    library = library_of(folder, *transcript.conversations)
    for conversation in library.conversations():
        for form in Format:
            list(render(conversation, form))
    library._database.close()


def _spoil(document: Any, data: st.DataObject) -> None:
    """Puts a wrong value somewhere into a document."""
    place = document
    while True:
        keys = list(range(len(place))) if isinstance(place, list) else list(place)
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], list | dict) or data.draw(st.integers(0, 4)) == 0:
            place[key] = copy.deepcopy(data.draw(st.sampled_from(WRONG)))
            return
        place = place[key]


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_ends_in_a_reading_or_in_an_error_of_ours(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    content = bytearray(exported(everything(), small("раз"), small("два")).encode())
    for _ in range(chance.choice((1, 3, 20))):
        at = chance.randrange(len(content))
        content[at : at + chance.choice((0, 1, 30))] = chance.randbytes(chance.choice((0, 1, 30)))
    try:
        transcript = read_file(written(tmp_path, bytes(content)))
    except TranscriptUnreadable:
        return
    library_of(tmp_path, *transcript.conversations)._database.close()


def node(id_: str, parent: str | None, role: str, *parts: object, **more: Any) -> dict[str, Any]:
    """A node of ChatGPT's tree."""
    content = {"content_type": "text", "parts": list(parts)} | more.pop("content", {})
    return {
        "id": id_,
        "parent": parent,
        "children": [],
        "message": {
            "id": id_,
            "author": {"role": role, "name": None, "metadata": {}},
            "create_time": more.pop("at", None),
            "content": content,
            "status": more.pop("status", "finished_successfully"),
            "recipient": more.pop("recipient", "all"),
            "metadata": more,
        },
    }


THOUGHTS = {
    "content_type": "thoughts",
    "thoughts": [{"summary": "План", "content": "думать"}, {"summary": "", "content": "ещё"}],
}
RECAP = {"content_type": "reasoning_recap", "content": "6s"}
CODE = {"content_type": "code", "text": "1+1"}
PICTURE = {"content_type": "image_asset_pointer", "asset_pointer": "file://x"}
SPEECH = {"content_type": "audio_transcription", "text": "Кот"}
INTERRUPTED = {"type": "interrupted"}

NODES = [
    {"id": "root", "message": None, "parent": None, "children": ["hidden"]},
    node("hidden", "root", "system", "", is_visually_hidden_from_conversation=True),
    node("context", "hidden", "user", content={"content_type": "user_editable_context", "parts": None}),
    node("q1", "context", "user", "Привет", "мир", at=1700000000.5),
    node("thoughts", "q1", "assistant", content=THOUGHTS),
    node("recap", "thoughts", "assistant", content=RECAP),
    node(
        "call", "recap", "assistant", recipient="python", content=CODE, model_slug="gpt-4o", at=1700000001.0
    ),
    node("output", "call", "tool", "2"),
    node("a1", "output", "assistant", "Два", model_slug="gpt-4o", at=1700000003.0),
    node("a2", "q1", "assistant", "Три", model_slug="o3", at=1700000002.0, finish_details=INTERRUPTED),
    node("q2", "a1", "user", PICTURE, "Что это?", at=1700000004.0),
    node("a3", "q2", "assistant", SPEECH, status="in_progress"),
]
CHATGPT = [
    {
        "title": "Тест",
        "create_time": 1700000000.0,
        "update_time": 1700000009.0,
        "mapping": {found["id"]: found for found in NODES},
        "current_node": "a2",
        "conversation_id": "chatgpt-1",
    }
]


def test_an_export_of_chatgpt_is_read(tmp_path: Path) -> None:
    transcript = read_file(written(tmp_path, json.dumps(CHATGPT)))
    (conversation,) = transcript.conversations
    assert (conversation.id, conversation.title, conversation.created_at) == (
        "chatgpt-1",
        "Тест",
        1700000000.0,
    )
    assert [found.id for found in conversation.path()] == ["q1", "a2"]
    assert [found.id for found in conversation.path_to("a3")] == ["q1", "call", "a1", "q2", "a3"]
    assert list(conversation.messages) == ["q1", "call", "a2", "a1", "q2", "a3"], "as they were made"
    found = conversation.messages
    assert found["q1"].text == "Привет\nмир" and found["q1"].role is Role.USER
    assert found["call"].reasoning == "План\nдумать\n\nещё"
    assert found["call"].tool_calls[0].name == "python" and found["call"].tool_calls[0].arguments == "1+1"
    assert (found["a1"].text, found["a1"].model, found["a1"].status) == ("Два", "gpt-4o", Status.COMPLETE)
    assert found["a2"].status is Status.STOPPED
    assert found["a3"].text == "Кот" and found["a3"].status is Status.CUT
    assert found["a3"].created_at == found["q2"].created_at
    assert len(transcript.problems) == 2, "one picture, one output of a tool"
    library = library_of(tmp_path, conversation)
    assert library.open("chatgpt-1") == conversation


def test_marks_in_an_export_of_chatgpt_become_links(tmp_path: Path) -> None:
    mark, other, group = (
        f"\ue200{kind}\ue202turn0{name}\ue201"
        for kind, name in (("cite", "search1"), ("cite", "search2"), ("navlist", "x"))
    )
    references = [
        {
            "matched_text": mark,
            "alt": "([a](https://a.example/?x=1))",
            "items": [{"url": "https://a.example/?x=1"}],
        },
        {"matched_text": other, "items": [{"title": "B [2]", "url": "https://b.example"}]},
        {"matched_text": group, "type": "nav_list", "items": [{"title": "C"}, {"url": "javascript:0"}, 5]},
        {"matched_text": " ", "sources": [{"title": "A", "url": "https://a.example/?x=1"}]},
        {"matched_text": 5, "items": {}},
    ]
    older = [{"start_ix": 3, "end_ix": 15, "metadata": {"title": "D", "url": "https://d.example"}}, {}]
    nodes = [
        node("q", None, "user", "Q"),
        node("a1", "q", "assistant", f"One{mark} two{other}{group}.", content_references=references),
        node("a2", "a1", "assistant", "One【4:0†source】.", citations=older),
    ]
    content = [{"mapping": {found["id"]: found for found in nodes}, "current_node": "a2"}]
    (conversation,) = read_file(written(tmp_path, json.dumps(content))).conversations
    new, old = conversation.path()[1:]
    assert new.text == "One([a](https://a.example/?x=1)) two ([B \\[2\\]](<https://b.example>))."
    assert new.citations == (Citation("https://a.example/?x=1", "A"), Citation("https://b.example", "B [2]"))
    assert old.text == "One ([D](<https://d.example>))."
    assert [source.url for source in old.citations] == ["https://d.example"]


def test_the_archive_that_chatgpt_sends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("conversations.json", json.dumps(CHATGPT))
    assert len(read_file(path).conversations) == 1
    content = bytearray(path.read_bytes())
    content[content.index(b"mapping")] ^= 1
    path.write_bytes(content)
    with pytest.raises(TranscriptUnreadable):
        read_file(path)


@pytest.mark.parametrize(
    "packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_damaged_archive_gives_what_can_be_unpacked_or_is_refused(packing: int, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name in ("conversations.json", "conversations-2.json"):
            archive.writestr(name, json.dumps({"messages": [{"id": name, "role": "user", "text": "word"}]}))
    whole = path.read_bytes()
    chance = random.Random(1)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(8):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        with suppress(TranscriptUnreadable):
            read_file(path)
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("conversations-3.json", "x")
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\1\2") + 8] |= 1  # says that it is encrypted
    path.write_bytes(data)
    transcript = read_file(path)
    assert (len(transcript.conversations), len(transcript.problems)) == (2, 1)


def test_an_archive_is_not_unpacked_until_the_memory_is_full(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(CHATGPT) + " " * 50_000_000)
    tracemalloc.start()
    try:
        transcript = read_file(path)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(transcript.conversations) == 1
    assert peak < 10_000_000


def test_an_export_of_chatgpt_cut_short_gives_its_beginning(tmp_path: Path) -> None:
    text = json.dumps([CHATGPT[0] | {"conversation_id": "first"}, *CHATGPT], ensure_ascii=False)
    cut = text.rindex('"a1": {')
    first, second = read_file(written(tmp_path, text[:cut])).conversations
    assert first.id == "first" and len(first.messages) == 6
    assert second.title == "Тест"
    assert [message.text for message in second.path()] == ["Привет\nмир", ""]


def test_a_tree_of_ten_thousand_nodes_and_a_circle(tmp_path: Path) -> None:
    nodes = [node(str(number), str(number - 1) if number else None, "user", "x") for number in range(10_000)]
    nodes += [node("circle", "circle", "user", "x")]
    data = [{"mapping": {found["id"]: found for found in nodes}}]
    transcript = read_file(written(tmp_path, json.dumps(data)))
    assert len(transcript.conversations[0].path()) == 10_000
    assert transcript.problems == ("1 entry could not be read",)
