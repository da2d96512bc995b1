"""Bodies of responses: every server's and every fault's, however they are cut."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.errors import Disconnected
from neurotui.wire.completions import CompletionDecoder
from neurotui.wire.events import (
    Failed,
    Finished,
    FinishReason,
    Malformed,
    Ping,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from tests.wire.corpus import STREAMS, Stream
from tests.wire.reading import TARGET, add_up, cuts, decode, read, told


def said(*texts: str, end: str = '{"choices":[{"delta":{},"finish_reason":"stop"}]}') -> str:
    """A stream of these deltas: JSON objects as they are, anything else as content."""
    chunks = [
        text if text.startswith('{"') else json.dumps({"choices": [{"delta": {"content": text}}]})
        for text in texts
    ]
    return "".join(f"data: {chunk}\n\n" for chunk in (*chunks, end))


def delta(**fields: object) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": fields}]})


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_each_server_is_read_exactly(stream: Stream) -> None:
    reply = read(stream.body, content_type=stream.content_type)
    assert reply.text == stream.text
    assert reply.reasoning == stream.reasoning
    assert reply.refusal == stream.refusal
    assert tuple(reply.calls) == stream.calls
    assert reply.model == stream.model
    assert reply.usage == stream.usage
    assert reply.finish_reason == stream.finish_reason
    assert reply.whole == stream.whole
    assert tuple(reply.pings) == stream.pings
    assert reply.malformed == stream.malformed
    assert (reply.error.kind if reply.error else "") == stream.error
    assert (reply.error.code if reply.error else None) == stream.code
    if reply.error:
        assert str(reply.error)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_how_a_stream_is_cut_changes_nothing(stream: Stream) -> None:
    whole = told(decode([stream.body], content_type=stream.content_type))
    for pieces in cuts(stream.body, step=11):
        assert told(decode(pieces, content_type=stream.content_type)) == whole


@settings(deadline=None)
@given(st.sampled_from(STREAMS), st.lists(st.floats(0, 1), max_size=12))
def test_random_cuts_change_nothing(stream: Stream, places: list[float]) -> None:
    body = stream.body
    marks = [0, *sorted(int(place * len(body)) for place in places), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(marks)]
    assert told(decode(pieces)) == told(decode([body]))


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_stream_cut_short_never_looks_whole_before_its_finish(stream: Stream) -> None:
    body = stream.body
    finish = max(body.find(b'"finish_reason":"'), body.find(b'"finish_reason": "'))
    for end in range(0, finish if finish > 0 else 0, 17):
        reply = read(body[:end])
        assert not reply.whole
        assert stream.text.startswith(reply.text.partition("<")[0]), "what is left of a tag is text"
        assert stream.reasoning.startswith(reply.reasoning.partition("<")[0])


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (said("a"), True),
        (said("a") + "data: [DONE]\n\n", True),
        (said("a", end="[DONE]"), True),
        (said('{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}', end="[DONE]"), False),
        (said('{"choices":[{"delta":{"content":"a"},"finish_reason":""}]}', end="[DONE]"), False),
        (said('{"choices":[{"delta":{"content":"a"},"finish_reason":"null"}]}', end="[DONE]"), False),
        (said("a", end='{"choices":[]}'), False),
        ('data: {"choices":[{"delta":{"content":"a"}}]}', False),
        ('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"weird"}]}', True),
        ('data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choi', False),
        ('{"choices":[{"message":{"content":"a"}}]}', True),
        ('{"choices":[{"message":{"content":"a"},"finish_reason":null}]}', True),
        ('[{"choices":[{"message":{"content":"a"}}]}]', True),
        ('data: {"choices":[{"message":{"content":"a"},"finish_reason":null}]}\n\n', False),
        ('data: {"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}\n\n', True),
    ],
)
def test_what_proves_that_an_answer_is_whole(body: str, whole: bool) -> None:
    reply = read(body)
    assert reply.text == "a"
    assert reply.whole is whole
    assert reply.malformed == 0


def test_done_ends_the_reading_at_once() -> None:
    decoder = CompletionDecoder(TARGET)
    body = said("a") + "data: [DONE]\n\n" + said("flood") * 3
    assert decoder.feed(body.encode())[-1] == Finished(True)
    assert decoder.done
    assert decoder.feed(b"x" * 100) == []
    assert decoder.close(Disconnected(host="h")) == []


def test_the_finish_reason_is_known_before_the_end() -> None:
    decoder = CompletionDecoder(TARGET)
    assert decoder.feed(said("a").encode())[-1] == FinishReason("stop")
    assert decoder.finish_reason == "stop"
    assert not decoder.done


def test_a_lost_connection_keeps_what_came() -> None:
    lost = Disconnected(host="h")
    assert told(decode([said("a", end='{"choices":[]}').encode()], lost)) == [TextDelta("a"), lost.record()]
    assert decode([said("a").encode()], lost)[-1] == Finished(True), "it was whole by then"
    assert decode([said("a", end="[DONE]").encode()], lost)[-1] == Finished(True)
    assert decode([], lost) == [Failed(lost)]
    assert told(decode([said(" <thi", end="{}").encode()], lost)) == [TextDelta(" <thi"), lost.record()]
    assert told(decode([b'data: {"choices":[{"delta":{"content":"a"}}]}'], lost)) == [
        TextDelta("a"),
        lost.record(),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('data: {"error":{"message":"m","code":"model_not_found"}}\n\n', "model"),
        ('data: {"error":"m"}\n\n', "server"),
        ('data: {"type":"error","error":{"type":"rate_limit_error","message":"m"}}\n\n', "rate"),
        ('data: {"error":{"message":"m","code":429}}\n\n', "rate"),
        ('data: {"error":{"message":"m","code":"503"}}\n\n', "upstream"),
        ('data: {"choices":[{"error":{"code":502,"message":"m"},"delta":{}}]}\n\n', "upstream"),
        ('data: {"success":false,"message":"m"}\n\n', "server"),
        ('data: {"detail":"m"}\n\n', "server"),
        ('data: {"errors":[{"message":"m"}]}\n\n', "server"),
        ('data: {"detail":{"error":{"message":"m","code":"invalid_api_key"}}}\n\n', "key"),
        ("event: error\ndata: m\n\n", "server"),
        ('event: error\ndata: {"message":"m","code":401}\n\n', "key"),
        ('event:error\ndata: {"error":{"message":"m"}}', "server"),
        ("error: m\n\n", "server"),
        ('error: {"message":"m","code":"insufficient_user_quota"}\n', "balance"),
        ('{"error":{"message":"m","type":"neuroapi_error","code":"moderation_blocked"}}', "moderation"),
        ('{\n  "error": {\n    "message": "m",\n    "code": 402\n  }\n}\n', "balance"),
        ('{\n"error": "m"\n}', "server"),
        ('[{"error":{"message":"m","status":"UNAVAILABLE"}}]', "upstream"),
        ('{"error":{"message":"m"}}\n\n[DONE]\n', "server"),
    ],
)
def test_errors_under_a_status_of_success(body: str, kind: str) -> None:
    for before, text in (("", ""), (": PING\n\n" + said("so far", end="null"), "so far")):
        for after in ("", said("never read")):
            reply = read(before + body + ("\n\n" if after else "") + after)
            assert reply.error is not None
            assert (reply.error.kind, reply.error.cause) == (kind, "m")
            assert reply.text == text
    whole = b"".join([said("a", end="null").encode(), body.encode()])
    for pieces in cuts(whole, step=3):
        assert told(decode(pieces)) == told(decode([whole]))


@pytest.mark.parametrize("error", ["null", "{}", '""', "[]", "0", "false", '{"code":0,"message":""}'])
def test_an_error_field_that_says_nothing_is_none(error: str) -> None:
    reply = read(said(f'{{"choices":[{{"delta":{{"content":"a"}}}}],"error":{error}}}'))
    assert (reply.text, reply.whole) == ("a", True)


def test_a_late_error_does_not_unmake_the_answer() -> None:
    assert read(said("a") + 'data: {"error":{"message":"billing"}}\n\n').whole is True
    assert read(said("a") + "event: error\ndata: {}\n\n").whole is True
    for word in ("error", "ERROR"):
        failed = f'{{"choices":[{{"delta":{{}},"finish_reason":"{word}"}}]}}'
        assert read(said("a", end=failed) + 'data: {"error":{"message":"m"}}\n\n').error
        reply = read(said("a", end=failed))
        assert (reply.text, reply.finish_reason) == ("a", word)
        assert reply.error is not None and reply.error.kind == "server", "though it does not say why"


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "cause"),
    [
        (b"", "", "empty", ""),
        (b"\n\n\n", "text/event-stream", "empty", ""),
        (b": PING\n\ndata: [DONE]\n\n", "", "empty", ""),
        (b"data: \n\ndata:\n\n", "", "empty", ""),
        (b"<html><title>Wi-Fi\n login</title><p>hi", "", "web_page", "Wi-Fi login"),
        (b"\n  <!DOCTYPE html>\n<p>no title", "text/event-stream", "web_page", ""),
        (b"Please log in", "text/html", "web_page", ""),
        (b"upstream gone", "text/plain", "protocol", "upstream gone"),
        (b"data: upstream gone\n\n", "", "protocol", "upstream gone"),
        (b'{"choices":[{"mess', "application/json", "protocol", '{"choices":[{"mess'),
        (b"{}", "application/json", "protocol", "{}"),
        (b'data: {"type":"message_start"}\n\n', "", "protocol", '{"type":"message_start"}'),
        (b"data: 5\n\ndata: [1]\n\n", "", "protocol", "5"),
        (b"\x1f\x8b\x08\x00\x1b[31m", "", "protocol", "\ufffd [31m"),
        (b"data: sk-neuro-0123456789abcdef x", "", "protocol", "*** x"),
        (b'{"error":"<html><title>502</title>', "", "protocol", '{"error":"502'),
        (b"some\ntext\n\ndata: [DONE]\n\nmore\n\ndata: {}\n\n", "", "protocol", "some text"),
    ],
)
def test_a_body_without_a_completion(body: bytes, content_type: str, kind: str, cause: str) -> None:
    for pieces in ([body], *cuts(body)):
        reply = add_up(decode(pieces, content_type=content_type))
        assert reply.error is not None
        assert (reply.error.kind, reply.error.cause) == (kind, cause)
        assert reply.error.facts["host"] == "api.example"


ODD_SHAPES = [
    "{}",
    "[]",
    "null",
    "{",
    '"text"',
    "5",
    "NaN",
    "[[[]]]",
    '{"choices":null}',
    '{"choices":{}}',
    '{"choices":[]}',
    '{"choices":[null]}',
    '{"choices":["x"]}',
    '{"choices":[{}]}',
    '{"choices":[{"delta":null}]}',
    '{"choices":[{"delta":"x"}]}',
    '{"choices":[{"delta":[]}]}',
    '{"choices":[{"delta":{"content":5}}]}',
    '{"choices":[{"delta":{"content":{"a":1}}}]}',
    '{"choices":[{"delta":{"content":[null,1,[]]}}]}',
    '{"choices":[{"delta":{"role":"assistant","content":null}}]}',
    '{"choices":[{"finish_reason":7}]}',
    '{"choices":[{"delta":{"tool_calls":[null,{"function":null},{"function":{"name":3}}]}}]}',
    '{"choices":[{"delta":{"tool_calls":{"a":1},"function_call":"f"}}]}',
    '{"choices":[{"delta":{"reasoning_content":{"a":1},"reasoning":[1],"reasoning_details":5}}]}',
    '{"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"length"}]}',
    '{"choices":[{"index":"1","delta":{"content":"other"}}]}',
    '{"model":["m"],"choices":[]}',
    '{"usage":[],"choices":[],"x_groq":[]}',
    '{"usage":{"prompt_tokens":NaN,"completion_tokens":-Infinity}}',
    '{"usage":{"prompt_tokens":' + "9" * 4000 + "}}",
    '{"usage":{"prompt_tokens":"five","completion_tokens":-2,"prompt_tokens_details":[]}}',
    '{"id":' + "9" * 5000 + "}",
    "[" * 100_000,
    '{"a":' * 50_000,
    '{"choices":' + "[" * 500 + "]" * 500 + "}",
]


@pytest.mark.parametrize("chunk", ODD_SHAPES, ids=lambda chunk: chunk[:60])
def test_odd_shapes_are_passed_over(chunk: str) -> None:
    reply = read(said("a", end=chunk) + said("b") + "data: [DONE]\n\n")
    assert (reply.text, reply.reasoning, reply.finish_reason, reply.whole) == ("ab", "", "stop", True)
    assert reply.usage is None


def test_an_index_may_be_a_text_and_a_string_may_hold_a_tab() -> None:
    assert read(said('{"choices":[{"index":"0","delta":{"content":"a\tb"}}]}')).text == "a\tb"


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": 5}])
def test_done_does_not_prove_an_answer_of_which_no_word_came(usage: dict[str, int]) -> None:
    assert read(said(json.dumps({"choices": [], "usage": usage}), end="[DONE]")).whole is False


def test_malformed_events_are_counted_and_both_sides_kept() -> None:
    body = said("a", end='{"choices":[{"delta":{"content":"los') + "data: pang\n\n" + said("b")
    assert [event for event in decode([body.encode()]) if isinstance(event, Malformed)] == [
        Malformed('{"choices":[{"delta":{"content":"los'),
        Malformed("pang"),
    ]
    assert read(body).text == "ab"


@pytest.mark.parametrize(
    ("chunk", "snippet"),
    [
        ('{"choices":[{"delta":"lost"}]}', '"lost"'),
        ('{"choices":[{"delta":["lost"]}]}', '["lost"]'),
        ('{"choices":[{"delta":{"content":5}}]}', "5"),
        ('{"choices":[{"delta":{"content":true}}]}', "true"),
        ('{"choices":[{"message":{"content":5}}]}', "5"),
    ],
)
def test_what_stands_in_the_place_of_text_is_told_where_it_cannot_be_read(chunk: str, snippet: str) -> None:
    events = decode([said(end=chunk).encode(), said().encode()])
    assert [event for event in events if isinstance(event, Malformed)] == [Malformed(snippet)]


def test_the_text_of_a_delta_may_stand_in_its_field_text() -> None:
    assert (
        read(said(end='{"choices":[{"delta":{"type":"text_delta","text":"ab"}}]}') + said("c")).text == "abc"
    )


@pytest.mark.parametrize("line", ["id: 7", "event: start", "retry: 3", "error: no"])
def test_a_line_of_an_open_string_may_look_like_a_field(line: str) -> None:
    chunk = 'data: {"choices":[{"delta":{"content":"a\n' + line + '\nb"}}]}\n\n'
    assert read(chunk + said()).text == f"a\n{line}\nb"


def test_a_forgotten_blank_line_delays_nothing() -> None:
    decoder = CompletionDecoder(TARGET)
    line = b'data: {"choices":[{"delta":{"content":"%s"}}]}\n'
    assert decoder.feed(line % b"a") == []
    assert decoder.feed(line % b"b") == [TextDelta("a")]
    assert decoder.feed(b"data: [DONE]\n") == [TextDelta("b")]
    assert decoder.feed(b"\n") == [Finished(True)]


@pytest.mark.parametrize(
    ("line", "whole", "cause"),
    [
        ("[DONE]", True, None),
        ('{"error":{"message":"m"}}', None, "m"),
        ('{\n"error": "m"\n}', None, "m"),
        ("error: m", None, "m"),
    ],
)
def test_a_line_without_data_does_not_overtake_the_event_before_it(
    line: str, whole: bool | None, cause: str | None
) -> None:
    body = f'data: {{"choices":[{{"delta":{{"content":"a"}}}}]}}\n{line}\n'.encode()
    for pieces in ([body], *cuts(body)):
        reply = add_up(decode(pieces))
        assert (reply.text, reply.whole, reply.malformed) == ("a", whole, 0)
        assert (reply.error and reply.error.cause) == cause


@pytest.mark.parametrize("after", ["data: [DONE]\n\n", ": PING\n\n", 'data: {"choices":[]}'])
def test_a_bare_error_without_an_end_of_its_line(after: str) -> None:
    body = f': PING\n\n{{"error":{{"message":"m","code":"upstream_unavailable"}}}}{after}'.encode()
    for pieces in ([body], *cuts(body)):
        reply = add_up(decode(pieces))
        assert reply.error is not None
        assert (reply.error.kind, reply.error.cause) == ("upstream", "m")
    whole = f'{{"choices":[{{"message":{{"content":"a"}}}}]}}{after}'
    assert (read(whole).text, read(whole).whole) == ("a", True)


def test_an_event_within_an_event_is_read() -> None:
    for space in (" ", ""):
        body = (
            said("a").replace("data: ", f"data: data:{space}") + f"data: data:{space}[DONE]\n\n" + said("b")
        )
        reply = read(body)
        assert (reply.text, reply.whole, reply.malformed) == ("a", True, 0)
    assert read("data: " + "data: " * 1000 + "\n\n" + said("a")).malformed == 1


def test_json_lines_without_data_are_chunks_too() -> None:
    reply = read(
        '{"choices":[{"delta":{"content":"a"}}]}\n{"choices":[{"delta":{},"finish_reason":"stop"}]}\n'
    )
    assert (reply.text, reply.whole) == ("a", True)


def test_unknown_fields_do_not_add_up() -> None:
    body = "x-time: 12\n" + said("a")
    reply = add_up(decode([(body * 40).encode()], limit=200))
    assert (reply.text, reply.whole) == ("a" * 40, True)


@pytest.mark.parametrize(
    "flood",
    [
        b'data: {"a":"\n' + b"y\n" * 200,
        b'data: {"a":"\n' + b"\n" * 300 + b"y\n",
        b"data: ",
        b": ",
        b"",
        b"<p>\n" * 60,
        b"data: x\n" * 30,
        b"x: y\n" * 60,
        b'{"choices":[\n' * 20,
    ],
)
def test_a_flood_ends_at_the_limit_and_keeps_the_text(flood: bytes) -> None:
    body = said("a", end="null").encode() + flood + b"x" * 300
    for pieces in ([body], *cuts(body, step=29)):
        reply = add_up(decode(pieces, limit=200))
        assert reply.text == "a"
        assert reply.error is not None
        assert reply.error.kind == "limit"
        assert reply.error.http_status == 200
        assert "api.example" in reply.error.title


@pytest.mark.parametrize(
    ("chunks", "reasoning", "text"),
    [
        ([delta(reasoning_content="r"), delta(content="t")], "r", "t"),
        ([delta(reasoning="r"), delta(content="t")], "r", "t"),
        ([delta(reasoning_content="r", reasoning="r", content="t")], "r", "t"),
        ([delta(reasoning_content="", reasoning="r")], "r", ""),
        ([delta(reasoning_details=[{"type": "reasoning.summary", "summary": "r"}], content="t")], "r", "t"),
        ([delta(reasoning="r", reasoning_details=[{"type": "reasoning.text", "text": "r"}])], "r", ""),
        (
            [delta(content=[{"type": "reasoning", "summary": [{"type": "summary_text", "text": "r"}]}, "t"])],
            "r",
            "t",
        ),
        ([delta(content=[{"type": "thinking", "thinking": "r"}, {"type": "text", "text": "t"}])], "r", "t"),
        (
            [delta(reasoning_content="r", content=[{"type": "thinking", "thinking": "r"}, {"text": "t"}])],
            "r",
            "t",
        ),
        (["<think>r</think>t"], "r", "t"),
        (["<think>", "r", "</think>", "\n\n", "t"], "r", "t"),
        ([delta(reasoning_content="ab"), "<think>\na", "b\n</think>\n\nt"], "ab", "t"),
        (
            [
                delta(reasoning_content="a", content="<think>a"),
                delta(reasoning_content="b", content="b</think>t"),
            ],
            "ab",
            "t",
        ),
        ([delta(reasoning_content="ab"), "<think>ac</think>t"], "abac", "t"),
    ],
)
def test_reasoning_is_shown_once(chunks: list[str], reasoning: str, text: str) -> None:
    reply = read(said(*chunks))
    assert (reply.reasoning, reply.text) == (reasoning, text)


def thought(text: str) -> str:
    return delta(content=text, extra_content={"google": {"thought": True}})


@pytest.mark.parametrize(
    ("chunks", "reasoning", "text"),
    [
        ([thought("<thought>a"), thought("b"), "</thought>t"], "ab", "t"),
        ([thought("<thought>a</thought>t")], "a", "t"),
        ([thought("a"), thought("b"), "t"], "ab", "t"),
        ([thought("<thought>a"), "</thought>t", thought("<thought>b"), "</thought>u"], "ab", "tu"),
        ([delta(content="t", extra_content={"google": {"thought_signature": "x"}})], "", "t"),
    ],
)
def test_what_is_marked_as_thought_is_reasoning(chunks: list[str], reasoning: str, text: str) -> None:
    reply = read(said(*chunks))
    assert (reply.reasoning, reply.text) == (reasoning, text)


def test_a_refusal_among_parts() -> None:
    reply = read(said(delta(content=[{"type": "refusal", "refusal": "no"}])))
    assert (reply.refusal, reply.text) == ("no", "")


def test_a_message_that_repeats_the_deltas_is_not_read_again() -> None:
    recap = '{"choices":[{"delta":{},"message":{"content":"ab"},"finish_reason":"stop"}]}'
    assert read(said("a", "b", end=recap)).text == "ab"
    for pieces, text in (("x", "y"), "xy"), (("x", "xy", "xyz", "xyz", ""), "xyz"), (("x", "x"), "x"):
        messages = [f'{{"choices":[{{"delta":null,"message":{{"content":"{piece}"}}}}]}}' for piece in pieces]
        assert read(said(*messages)).text == text
    legacy = '{"choices":[{"text":"x","finish_reason":null}]}'
    assert read(said(legacy, legacy)).text == "xx"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (['"\\ud83d"', '"\\ude00"'], "😀"),
        (['"a\\ud83d"', '""', '"\\ude00b"'], "a😀b"),
        (['"a\\ud83d"', '"b"'], "a\ufffdb"),
        (['"a\\ud83d"'], "a\ufffd"),
        (['"\\ude00\\ud83d"', '"\\ud83d"', '"\\ude00"'], "\ufffd\ufffd😀"),
        (['"<think>\\ud83d"', '"\\ude00</think>\\ud83d"', '"\\ude00"'], "😀"),
        (['"\\u0000\\u001b[31m\\u0085\\u2028\\ufeff"'], "\0\x1b[31m\x85\u2028\ufeff"),
    ],
)
def test_split_surrogates_come_out_whole(pieces: list[str], text: str) -> None:
    found = decode(
        [said(*(f'{{"choices":[{{"delta":{{"content":{piece}}}}}]}}' for piece in pieces)).encode()]
    )
    assert add_up(found).text == text
    for event in found:
        if isinstance(event, TextDelta | ReasoningDelta):
            event.text.encode()


def test_a_half_that_waits_gives_way_to_other_text() -> None:
    high, low = (
        '{"choices":[{"delta":{"reasoning":"\\ud83d"}}]}',
        '{"choices":[{"delta":{"content":"\\ude00"}}]}',
    )
    reply = read(said(high, low))
    assert (reply.reasoning, reply.text) == ("\ufffd", "\ufffd")


def call(
    index: int | str | None = None, id: str | None = None, name: str | None = None, arguments: object = None
) -> object:
    fields = {"index": index, "id": id, "function": {"name": name, "arguments": arguments}}
    return {key: value for key, value in fields.items() if value is not None}


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        ([call(0, "1", "f", '{"a"'), call(0, None, None, ":1}")], [("1", "f", '{"a":1}')]),
        ([call(0, "1", "f", "{}"), call(0, "2", "f", "{}")], [("1", "f", "{}"), ("2", "f", "{}")]),
        ([call(None, "1", "f", "{"), call(None, None, None, "}")], [("1", "f", "{}")]),
        ([call(None, None, "f", "{}"), call(None, None, "f", "{}")], [("", "f", "{}"), ("", "f", "{}")]),
        ([call(0, "", "f", "{}"), call(0, "", "g", "{}")], [("", "f", "{}"), ("", "g", "{}")]),
        ([call(0, "1", "f", "{"), call(0, "1", "f", "}")], [("1", "f", "{}")]),
        (
            [call(0, "1", "f", "["), call(1, "2", "g", "{"), call(0, arguments="]"), call(1, arguments="}")],
            [("1", "f", "[]"), ("2", "g", "{}")],
        ),
        (
            [call(None, "1", "f", "["), call(None, "2", "g", "{}"), call(None, "1", arguments="]")],
            [("1", "f", "[]"), ("2", "g", "{}")],
        ),
        (
            [call("0", "1", "f", "["), call("1", "2", "g", "{}"), call("0", arguments="]")],
            [("1", "f", "[]"), ("2", "g", "{}")],
        ),
        (
            [call(0, "1", "get_"), call(0, None, "weat", ""), call(0, "1", "her"), call(0, None, None, "{}")],
            [("1", "get_weather", "{}")],
        ),
        (
            [call(0, "1", "f"), call(0, "1", "f", "{}"), call(0, None, "g", "{}")],
            [("1", "f", "{}"), ("", "g", "{}")],
        ),
        ([call(None, None, "f"), call(None, None, "g", "{}")], [("", "f", ""), ("", "g", "{}")]),
        ([call(0, "1", "f", {"a": "ё"})], [("1", "f", '{"a": "ё"}')]),
        ([call(0, "1"), call(0, None, "f"), call(0, None, None, "{}")], [("1", "f", "{}")]),
        (
            [call(0, "1", "f", "{"), call(0, "2", None, '"a"'), call(0, "3", None, ":1}")],
            [("1", "f", '{"a":1}')],
        ),
    ],
)
def test_tool_calls_are_told_apart(pieces: list[object], calls: list[tuple[str, str, str]]) -> None:
    assert read(said(*(delta(tool_calls=[piece]) for piece in pieces))).calls == calls
    assert read(said(delta(tool_calls=pieces))).calls == calls
    whole = json.dumps({"choices": [{"message": {"content": None, "tool_calls": pieces}}]})
    assert read(whole).calls == calls


def test_arguments_of_any_depth() -> None:
    for depth in range(900, 1000):
        arguments = "[" * depth + "]" * depth
        read(said(f'{{"choices":[{{"delta":{{"function_call":{{"arguments":{arguments}}}}}}}]}}'))


def test_the_function_call_of_old_servers() -> None:
    chunks = [delta(function_call={"name": "f", "arguments": "{"}), delta(function_call={"arguments": "}"})]
    assert read(said(*chunks)).calls == [("", "f", "{}")]


def test_counts_of_tokens_come_when_they_change_and_the_last_holds() -> None:
    def used(prompt: object, completion: object, **more: object) -> str:
        return json.dumps(
            {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion, **more}}
        )

    found = decode(
        [said("a", used(0, 0), used(5, 1), used(5, 1), used(5, 2), '{"choices":[],"usage":null}').encode()]
    )
    assert [event for event in found if isinstance(event, Usage)] == [Usage(5, 1, 6), Usage(5, 2, 7)]
    choice = (
        '{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":2,"completion_tokens":1}}]}'
    )
    assert read(said("a", end=choice)).usage == Usage(2, 1, 3)
    assert read(said("a", used(4.0, 1e400))).usage == Usage(4, 0, 4)
    assert read(said("a", used(9, 1, prompt_cache_hit_tokens=3))).usage == Usage(9, 1, 10, 3)
    assert read(said("a", used(9, 1, cached_tokens=3))).usage == Usage(9, 1, 10, 3)
    assert read(said("a", '{"choices":[],"usage":{"input_tokens":9,"output_tokens":1}}')).usage == Usage(
        9, 1, 10
    )


def test_pings_are_told_wherever_they_stand() -> None:
    body = b': PING\r\n:\r\n:PING\r: ping - 12\n\ndata: {"choices":[{"text":\n: inside\ndata: "a"}]}\n\n'
    found = decode([body])
    pings = [Ping("PING"), Ping(""), Ping("PING"), Ping("ping - 12"), Ping("inside")]
    assert found == [*pings, TextDelta("a"), Finished(False)]


def test_a_ping_may_be_an_event() -> None:
    found = decode(
        [b'event: ping\ndata: {"type": "ping"}\n\nevent: ping\r\ndata: 12:00:01\r\n\r\n' + said("a").encode()]
    )
    assert found[:3] == [Ping('{"type": "ping"}'), Ping("12:00:01"), TextDelta("a")]


FIELDS = re.findall(
    r"\w+",
    """
    choices index delta message content text reasoning reasoning_content reasoning_details type thinking
    summary refusal tool_calls function name arguments id function_call finish_reason usage prompt_tokens
    completion_tokens_details reasoning_tokens x_groq error code status details detail msg loc metadata raw
    model
    """,
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["error", "stop", "<think>", "</think>", "\ud83d", "\ude00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=25,
)
chunk_like = st.builds(
    lambda part, place, more: {"choices": [{place: part} | (more if isinstance(more, dict) else {})]},
    json_values,
    st.sampled_from(["delta", "message", "text"]),
    json_values,
)


chunks_of_any_shape = st.lists(st.one_of(json_values, chunk_like), max_size=4)


@settings(deadline=None)
@given(chunks_of_any_shape, st.booleans())
def test_random_json_never_raises(values: list[object], bare: bool) -> None:
    read_in_two_ways(values, bare)


@pytest.mark.slow
@settings(deadline=None, max_examples=20_000)
@given(chunks_of_any_shape, st.booleans())
def test_much_random_json_never_raises(values: list[object], bare: bool) -> None:
    read_in_two_ways(values, bare)


def read_in_two_ways(values: list[object], bare: bool) -> None:
    body = "".join(("" if bare else "data: ") + json.dumps(value) + "\n\n" for value in values).encode()
    found = decode([body])
    reply = add_up(found)
    for text in (reply.text, reply.reasoning, reply.refusal, reply.model, *sum(reply.calls, ())):
        text.encode()
    if reply.error:
        assert str(reply.error).encode()
    assert told(decode([body[i : i + 5] for i in range(0, len(body), 5)])) == told(found)


@settings(deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_random_bytes_never_raise(before: bytes, after: bytes) -> None:
    body = before + said("a").encode() + after
    for pieces in ([body], [body[i : i + 1] for i in range(len(body))]):
        add_up(decode(pieces))
    add_up(decode([before, after]))
