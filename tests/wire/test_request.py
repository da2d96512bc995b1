"""The request as it is sent."""

from __future__ import annotations

import json

import pytest

from neurotui.wire.parts import Blob, ImagePart, TextPart
from neurotui.wire.request import ChatRequest, RequestMessage
from neurotui.wire.surrogates import repair

MESSAGES = (RequestMessage("system", "Be brief."), RequestMessage("user", "Привет"))


def test_only_what_was_asked_for_is_sent() -> None:
    body = ChatRequest("gpt-5-mini", MESSAGES).body()
    assert body == {
        "model": "gpt-5-mini",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Привет"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert "stream_options" not in ChatRequest("m", MESSAGES).body(include_usage=False)
    assert "stream_options" not in ChatRequest("m", MESSAGES, stream=False).body()
    assert ChatRequest("m", MESSAGES, {"temperature": 0.5}).body()["temperature"] == 0.5


def test_a_request_can_always_be_written() -> None:
    body = ChatRequest("m\ud83d", (RequestMessage("user", "a\ud83d\ude00\ud83d\0\udc80"),)).body()
    assert body["model"] == "m\ufffd"
    assert body["messages"] == [{"role": "user", "content": "a😀\ufffd\0\ufffd"}]
    json.dumps(body, ensure_ascii=False).encode()


def test_it_leaves_without_some_files_and_is_the_same_in_all_else() -> None:
    cat, dog = Blob("ca" * 32, 3), Blob("d0" * 32, 3)
    both = (TextPart("a"), TextPart("b"), ImagePart(cat, "image/png"), ImagePart(dog, "image/png"))
    messages = (
        RequestMessage("user", both),
        RequestMessage("assistant", "c"),
        RequestMessage("user", (ImagePart(cat, "image/png", "cat.png"),)),
    )
    request = ChatRequest("m", messages, {"seed": 1})
    assert request.without(set()) is request
    assert request.without({cat}) == ChatRequest(
        "m",
        [
            RequestMessage("user", (both[0], both[1], both[3])),
            messages[1],
            RequestMessage("user", "[cat.png]"),  # some servers refuse a message that says nothing
        ],
        {"seed": 1},
    )
    assert request.without({cat, dog}).messages[0].content == "a\n\nb"


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("", ""),
        ("plain", "plain"),
        ("ё", "ё"),
        ("😀", "😀"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
    ],
)
def test_repair(text: str, repaired: str) -> None:
    assert repair(text) == repaired
