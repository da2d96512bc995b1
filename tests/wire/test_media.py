"""Parts of an answer that are no text: their data wherever a server puts it, once, bounded."""

from __future__ import annotations

import base64
import json

import pytest

from neurotui.wire import media
from neurotui.wire.completions import CompletionDecoder
from neurotui.wire.events import Cited, ContentEvent, Finished, MediaReceived, PartReceived, TextDelta
from neurotui.wire.payloads import decode
from tests.wire.reading import TARGET, told
from tests.wire.reading import decode as events_of

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(60))
DATA = base64.b64encode(PICTURE).decode()
URL = f"data:image/png;base64,{DATA}"
STOP: dict[str, object] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def delta(**fields: object) -> object:
    """A chunk with these fields of its delta."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


def found(*chunks: object, size: int = 50) -> list[object]:
    """The parts of a reply of these chunks, cut in pieces of `size` bytes."""
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()
    events = events_of([body[at : at + size] for at in range(0, len(body), size)])
    return [
        item for item in told(events) if isinstance(item, MediaReceived | PartReceived | Cited | TextDelta)
    ]


@pytest.mark.parametrize(
    ("part", "media_type", "name"),
    [
        ({"type": "image_url", "image_url": {"url": URL}}, "image/png", ""),
        ({"type": "image_url", "image_url": URL}, "image/png", ""),
        ({"image_url": {"url": URL, "name": "cat.png"}}, "image/png", "cat.png"),
        ({"type": "output_image", "image": {"b64_json": DATA}}, "", ""),
        ({"b64_json": DATA, "output_format": "webp"}, "image/webp", ""),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": DATA}},
            "image/gif",
            "",
        ),
        ({"type": "image_generation_call", "result": DATA}, "", ""),
        ({"inline_data": {"mime_type": "image/jpeg", "data": DATA}}, "image/jpeg", ""),
        ({"inlineData": {"mimeType": "image/jpeg", "data": DATA}}, "image/jpeg", ""),
        ({"type": "image", "data": URL}, "image/png", ""),
    ],
)
def test_a_picture_is_found_wherever_it_stands(part: dict[str, object], media_type: str, name: str) -> None:
    expected = MediaReceived("image", DATA, media_type, name)
    assert found(delta(content=[part]), STOP) == [expected]
    assert found(delta(content=part), STOP) == [expected]
    assert found(delta(images=[part]), STOP) == [expected]
    message = {"role": "assistant", "content": "See:", "images": [part]}
    assert found({"choices": [{"index": 0, "message": message}]}) == [TextDelta("See:"), expected]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            {
                "type": "file",
                "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{DATA}"},
            },
            MediaReceived("file", DATA, "application/pdf", "a.pdf"),
        ),
        ({"type": "file", "file": {"file_data": DATA}}, MediaReceived("file", DATA)),
        (
            {"type": "input_audio", "input_audio": {"data": DATA, "format": "mp3"}},
            MediaReceived("audio", DATA, "audio/mpeg"),
        ),
        (
            {"inline_data": {"mime_type": "video/mp4", "data": DATA}},
            MediaReceived("video", DATA, "video/mp4"),
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/svg+xml,%3Csvg/%3E"}},
            MediaReceived("image", base64.b64encode(b"<svg/>").decode(), "image/svg+xml"),
        ),
        ({"type": "image_url", "image_url": {"url": "data:,"}}, PartReceived("image")),
        ({"type": "file", "file": {"file_id": "f-1"}}, PartReceived("file")),
        ({"type": "hologram", "data": DATA}, PartReceived("hologram")),
    ],
)
def test_other_parts(part: dict[str, object], expected: object) -> None:
    assert found(delta(content=[part]), STOP) == [expected]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://a.example/1.png"}},
        {"type": "image", "source": {"type": "url", "url": "https://a.example/1.png"}},
        {"type": "file", "file": {"file_data": "https://a.example/1.png"}},
    ],
)
def test_an_address_is_a_link(part: dict[str, object]) -> None:
    link, name = found(delta(content=[part]), STOP)
    assert link == Cited("https://a.example/1.png")
    assert isinstance(name, PartReceived)


def test_what_is_repeated_counts_once() -> None:
    part = {"type": "image_url", "image_url": {"url": URL}}
    message: dict[str, object] = {"message": {"content": "", "images": [part]}, "finish_reason": "stop"}
    repeated = {"choices": [{"index": 0} | message]}
    again = delta(content=[{"type": "image", "image": {"b64_json": DATA}}])
    assert found(delta(images=[part]), delta(images=[part]), again, repeated) == [
        MediaReceived("image", DATA, "image/png")
    ]


def test_a_sound_is_told_when_it_is_whole() -> None:
    pieces = [DATA[:7], DATA[7:8], DATA[8:30], DATA[30:]]
    chunks = [delta(audio={"id": "a1", "transcript": "Hel"}), delta(audio={"id": "a1", "data": pieces[0]})]
    chunks += [delta(audio={"data": piece}) for piece in pieces[1:]]
    chunks += [delta(audio={"transcript": "lo"}), STOP]
    announced, text = PartReceived("audio"), TextDelta("Hello")
    sound = MediaReceived("audio", DATA, transcript="Hello", announced=True)
    assert found(*chunks) == [TextDelta("Hel"), announced, TextDelta("lo"), sound]
    assert found(*chunks[:-1]) == [TextDelta("Hel"), announced, TextDelta("lo")], "half a sound is only named"
    whole = {"id": "a1", "transcript": "Hello", "data": DATA}
    message = {"message": {"content": None, "audio": whole}}
    assert found({"choices": [{"index": 0, "finish_reason": "stop"} | message]}) == [
        text,
        announced,
        MediaReceived("audio", DATA, transcript="Hello", announced=True),
    ]
    assert found(*chunks[:-1], delta(audio={"id": "a1", "data": DATA}), STOP)[-1] == sound, (
        "all of it once more"
    )


def test_two_sounds_are_told_apart() -> None:
    other = base64.b64encode(b"other").decode()
    items = found(delta(audio={"id": "a", "data": DATA}), delta(audio={"id": "b", "data": other}), STOP)
    assert [item.data for item in items if isinstance(item, MediaReceived)] == [DATA, other]


def test_what_is_too_much_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_CHARACTERS", 2 * len(DATA))
    monkeypatch.setattr(media, "LONGEST_PAYLOAD", len(DATA))
    three = [{"b64_json": f"{each}{DATA[1:]}"} for each in "abc"]
    kinds = [type(item) for item in found(delta(images=three), STOP)]
    assert kinds == [MediaReceived, MediaReceived, PartReceived]
    assert found(delta(images=[{"b64_json": "A" + DATA}]), STOP) == [PartReceived("image")]
    sound = [delta(audio={"id": "a", "data": DATA[:40]}) for _ in range(4)]
    assert found(*sound, STOP) == [PartReceived("audio")]


def test_a_picture_of_24_mb_comes_in_one_event() -> None:
    data = "A" * (24 << 20)
    decoder = CompletionDecoder(TARGET)
    body = f"data: {json.dumps(delta(images=[data]))}\n\ndata: {json.dumps(STOP)}\n\n".encode()
    events: list[ContentEvent] = []
    for at in range(0, len(body), 1 << 16):
        events += decoder.feed(body[at : at + (1 << 16)])
    events += decoder.close()
    assert MediaReceived("image", data) in events
    assert events[-1] == Finished(whole=True)


@pytest.mark.parametrize(
    "data",
    [DATA, DATA.rstrip("="), DATA.replace("+", "-").replace("/", "_"), DATA[:20] + "\r\n " + DATA[20:]],
)
def test_every_form_of_base64_is_decoded(data: str) -> None:
    assert decode(data) == PICTURE


def test_pieces_that_were_padded_each_are_decoded() -> None:
    pieces = [base64.b64encode(PICTURE[at : at + 7]).decode() for at in range(0, len(PICTURE), 7)]
    assert decode("".join(pieces)) == PICTURE


@pytest.mark.parametrize("data", ["", "====", "A", "AAAAA", "no base64!", "AA\u0430A", "https://a.example"])
def test_what_is_no_base64_is_refused(data: str) -> None:
    with pytest.raises(ValueError):
        decode(data)
