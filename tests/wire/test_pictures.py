"""Answers to requests for pictures: every form, every fault, however they are cut."""

from __future__ import annotations

import json

import pytest

from neurotui.errors import BalanceExhausted, Disconnected, EmptyReply, ProtocolViolated, WebPageReceived
from neurotui.wire.events import Cited, ContentEvent, Failed, Finished, MediaReceived, PartReceived, Usage
from neurotui.wire.pictures import PictureDecoder
from neurotui.wire.request import PictureRequest
from tests.chat.pictures import base64_of, png
from tests.wire.reading import TARGET, cuts

PICTURE = base64_of(png(3, 2))
WHOLE = Finished(whole=True)


def read(body: str | bytes, content_type: str = "application/json") -> list[ContentEvent]:
    """The events of a body, which are the same for every cut."""
    data = body if isinstance(body, bytes) else body.encode()
    told = []
    for pieces in cuts(data, step=37):
        decoder = PictureDecoder(TARGET, content_type=content_type, request_id="r1")
        events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()
        assert decoder.done
        told.append([repr(event) for event in events])
    assert all(other == told[0] for other in told)
    return events


@pytest.mark.parametrize(
    ("document", "events"),
    [
        ({"data": [{"b64_json": PICTURE}]}, [MediaReceived("image", PICTURE)]),
        (
            {"created": 1, "data": [{"b64_json": PICTURE, "revised_prompt": "a cat"}]},
            [MediaReceived("image", PICTURE, transcript="a cat")],
        ),
        (
            {"data": [{"url": "https://x.example/a.png"}]},
            [Cited("https://x.example/a.png"), PartReceived("image")],
        ),
        ({"data": {"b64_json": PICTURE}}, [MediaReceived("image", PICTURE)]),
        (
            {"images": [{"url": f"data:image/png;base64,{PICTURE}"}]},
            [MediaReceived("image", PICTURE, "image/png")],
        ),
        (
            {"data": [{"b64_json": PICTURE}], "usage": {"input_tokens": 9, "output_tokens": 4000}},
            [MediaReceived("image", PICTURE), Usage(9, 4000, 4009)],
        ),
    ],
)
def test_a_picture_is_told_with_its_data_or_its_link(
    document: dict[str, object], events: list[ContentEvent]
) -> None:
    assert read(json.dumps(document)) == [*events, WHOLE]
    assert read(": PING\n\n: PING\n\n" + json.dumps(document)) == [*events, WHOLE]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"error":{"message":"no money","code":"insufficient_user_quota"}}', BalanceExhausted),
        ('{"data":[]}', EmptyReply),
        ("", EmptyReply),
        ("{}", EmptyReply),
        ('{"data":[{"b64_json":', ProtocolViolated),
        ("[1,2]", ProtocolViolated),
        ("<html><title>Sign in</title></html>", WebPageReceived),
    ],
)
def test_what_is_no_picture_is_told_as_what_it_is(body: str, kind: type[Exception]) -> None:
    [end] = read(body)
    assert isinstance(end, Failed) and type(end.error) is kind
    assert end.error.request_id == "r1"


def test_what_breaks_off_is_told() -> None:
    decoder = PictureDecoder(TARGET)
    assert decoder.feed(b'{"data":[') == []
    [end] = decoder.close(Disconnected())
    assert isinstance(end, Failed) and type(end.error) is Disconnected


def test_a_flood_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurotui.wire.pictures.MAX_BYTES", 100)
    decoder = PictureDecoder(TARGET)
    assert decoder.feed(b"x" * 100) == []
    [end] = decoder.feed(b"x")
    assert isinstance(end, Failed) and end.error.kind == "limit"
    assert decoder.feed(b"x") == [] and decoder.close() == []


def test_the_request_asks_for_one_and_names_no_form() -> None:
    request = PictureRequest.of("painter", "кот\ud83d", {"size": "1024x1024"})
    assert request.body() == {"model": "painter", "prompt": "кот\ufffd", "n": 1, "size": "1024x1024"}
