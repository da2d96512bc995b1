"""The event stream: the standard's own examples, every cut, and what it costs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neurotui.errors import LimitExceeded
from neurotui.wire.lenient import LenientSSEDecoder
from neurotui.wire.sse import Comment, ServerSentEvent, SSEDecoder
from tests.wire.reading import cuts

Items = list[ServerSentEvent | Comment]


def decode(pieces: Iterable[bytes], limit: int = 1 << 20) -> tuple[Items, bool]:
    """What comes of the pieces, and whether they went over the limit."""
    decoder = SSEDecoder(limit=limit)
    items: Items = []
    try:
        for piece in pieces:
            items += decoder.feed(piece)
        items += decoder.close()
    except LimitExceeded:
        return items, True
    return items, False


def event(data: str, event: str = "message", id: str = "") -> ServerSentEvent:
    return ServerSentEvent(data, event, id)


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"data: a\n\n", [event("a")]),
        (b"data:a\n\n", [event("a")]),
        (b"data:  a \n\n", [event(" a ")]),
        (b"data\n\n", [event("")]),
        (b"data:\n\n", [event("")]),
        (b"data\n\ndata\ndata\n\ndata:\n", [event(""), event("\n"), event("")]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]),
        (b": test stream\n\ndata: first\nid: 1\n\n", [Comment("test stream"), event("first", id="1")]),
        (
            b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
            [event("a", id="1"), event("b", id="1"), event("c")],
        ),
        (b"id: a\0b\ndata: a\n\n", [event("a")]),
        (b"event: add\ndata: a\n\ndata: b\n\n", [event("a", "add"), event("b")]),
        (b"event: add\n\ndata: b\n\n", [event("b")]),
        (b"event:\ndata: b\n\n", [event("b")]),
        (b"retry: 10\nfoo: bar\nfoo\nData: no\n data: no\ndata : no\ndata: a\n\n", [event("a")]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\r\n", [event("a"), event("b"), event("c")]),
        (b"data: a\r\ndata: b\rdata: c\n\n", [event("a\nb\nc")]),
        (
            b": PING\n\n:\n:PING\n: a: b\r\n:  two\n",
            [Comment(t) for t in ("PING", "", "PING", "a: b", " two")],
        ),
        (b"data: a\n: inside\ndata: b\n\n", [Comment("inside"), event("a\nb")]),
        (b"data: a", [event("a")]),
        (b"data: a\n", [event("a")]),
        (b"data: a\r", [event("a")]),
        (b"", []),
        (b"\n\r\r\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [event("a")]),
        (b"\xef\xbb\xbf\ndata: \xef\xbb\xbfa\n\n\xef\xbb\xbfdata: b\n\n", [event("\ufeffa")]),
        (
            "data: Привет, 👋\u2028\u2029\x85\v\f\x1c.\n\n".encode(),
            [event("Привет, 👋\u2028\u2029\x85\v\f\x1c.")],
        ),
        (b"data: \xff\xd0\n\ndata: \x9f\xf0\x9f\x91\n\n", [event("\ufffd\ufffd"), event("\ufffd\ufffd")]),
        (b"data: a\x00b\x1b[31m\n\n", [event("a\0b\x1b[31m")]),
    ],
)
def test_streams_are_read_as_the_standard_says_however_they_are_cut(body: bytes, items: Items) -> None:
    for pieces in ([body], *cuts(body)):
        assert decode(pieces) == (items, False)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"data",
                b":",
                b" ",
                b"\r",
                b"\n",
                b"\r\n",
                b"event: x",
                b"id: 1",
                b"\xd0",
                b"\x9f",
                b"\xef\xbb\xbf",
            ]
        )
        | st.binary(max_size=3)
    ).map(b"".join),
    st.lists(st.integers(0, 80), max_size=6),
    st.integers(4, 60),
)
@example(b"\xef\xbb\xbf::\r", [], 4)
def test_random_cuts_change_nothing(body: bytes, places: list[int], limit: int) -> None:
    marks = [0, *sorted(places), max([len(body), *places])]
    pieces = [body[start:end] for start, end in itertools.pairwise(marks)]
    bytewise = [body[i : i + 1] for i in range(len(body))]
    assert decode(pieces, limit) == decode([body], limit) == decode(bytewise, limit)


def test_everything_is_given_as_early_as_the_bytes_allow() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b": PING\r") == [Comment("PING")], "a CR ends its line without a look at what follows"
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"\r") == [event("a")]
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: b\n\n: x") == [event("b")]
    assert decoder.close() == [Comment("x")]
    assert decoder.close() == []


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"data: ok\n\ndata: " + b"x" * 95, [event("ok")]),
        (b"data: ok\n\n: " + b"x" * 99 + b"\n", [event("ok")]),
        (b"data: ok\n\n" + b"data: xxxx\n" * 10, [event("ok")]),
        (b"data: ok\n\n" + b"data\n" * 21, [event("ok")]),
        (b"data: " + b"x" * 94 + b"\n\n", []),
        (b"\n" * 200 + b"event: x\n" * 50, None),
        (b"data: " + b"x" * 93 + b"\n\n", None),
        (b": PING\n\n" * 50, None),
    ],
)
def test_lines_and_events_are_limited(body: bytes, items: Items | None) -> None:
    for pieces in ([body], *cuts(body)):
        found, over = decode(pieces, limit=100)
        assert over is (items is not None)
        if items is not None:
            assert found == items


def test_the_limit_is_32_mib_and_memory_stays_at_it() -> None:
    decoder = SSEDecoder()
    piece = b"x" * (1 << 20)
    decoder.feed(b"data: ")
    for _ in range(31):
        decoder.feed(piece)
    with pytest.raises(LimitExceeded) as caught:
        decoder.feed(piece)
    assert caught.value.title
    with pytest.raises(LimitExceeded):
        decoder.feed(b"\n\n")


@pytest.mark.parametrize(
    "unit",
    [b"x", b"\xd0\x9f", b"data: a\n", b": PING\n\n", b"data: a\n\n", b"\r", b"foo: bar\n"],
    ids=repr,
)
def test_cost_is_linear_in_small_pieces(unit: bytes) -> None:
    def cost(size: int) -> float:
        body = b"data: " + unit * (size // len(unit)) + b"\n\n"
        decoder = SSEDecoder()
        started = time.process_time()
        for start in range(0, len(body), 64):
            decoder.feed(body[start : start + 64])
        decoder.close()
        return time.process_time() - started

    small = min(cost(50_000) for _ in range(3))
    large = min(cost(800_000) for _ in range(2))
    assert large < 64 * small, "16 times the bytes cost not four times their share, let alone their square"


def test_2_mb_in_one_line_come_out_exactly() -> None:
    text = "Привет, мир! 👋 " * 70_000
    body = f"data: {text}\n\n".encode()
    decoder = SSEDecoder()
    found = [item for start in range(0, len(body), 64) for item in decoder.feed(body[start : start + 64])]
    assert found == [event(text)]


def test_a_byte_order_mark_hides_nothing_of_the_first_line() -> None:
    for line in (b"data: x", b"DATA : x", b"  data:x"):
        assert LenientSSEDecoder().feed(b"\xef\xbb\xbf" + line + b"\n\n") == [ServerSentEvent("x")]
