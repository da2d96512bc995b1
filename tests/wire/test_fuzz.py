"""Bodies of the corpus, cut and changed at random: no crash, no freeze, and no hole that looks finished.

The seeds are fixed; `--slow` runs many more of them.
"""

from __future__ import annotations

import json
import random
import re
import time

import pytest

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.turn import Turn
from neurotui.wire.events import ContentEvent
from tests.wire.corpus import STREAMS, Stream
from tests.wire.reading import add_up, decode, told

SHORT, LONG = 30, 1_000
"""Seeds for each stream."""
SLOWEST = 1.0
"""Seconds of the processor for one body of a few kilobytes."""

_SIGNS = [
    *(
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"\0",
        b"\xff",
        b"\xf0\x9f",
    ),
    *(
        b"data: ",
        b" data:",
        b"event: error\n",
        b": PING\n\n",
        b"[DONE]",
        b"data: [DONE]\n\n",
        b'{"error":"x"}',
    ),
    *(b"<think>", b"</think>\n", b"<|channel|>", b"<|message|>", b"<|end|>", b"null", b"1e999", b"[[[[["),
]


def damaged(body: bytes, chance: random.Random) -> bytes:
    """A body in which a few bytes are lost, changed, doubled, exchanged or put in."""
    found = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(found) + 1)
        end = at + chance.choice((1, 1, 3, 20, 200))
        match chance.randrange(5):
            case 0:
                del found[at:end]
            case 1:
                found[at:end] = chance.randbytes(len(found[at:end]))
            case 2:
                found[at:at] = found[at:end]
            case 3:
                found[at:at] = chance.choice(_SIGNS)
            case 4:
                other = chance.choice(STREAMS).body
                start = chance.randrange(len(other) + 1)
                found[at:at] = other[start : start + chance.choice((3, 60, 600))]
    return bytes(found)


def in_pieces(body: bytes, chance: random.Random) -> list[bytes]:
    """A body cut at random places."""
    size = chance.choice((1, 2, 7, 50, 500))
    pieces = []
    while body:
        length = chance.randint(1, 2 * size)
        pieces.append(body[:length])
        body = body[length:]
    return pieces


def turn_of(events: list[ContentEvent]) -> Message:
    """What the events make of an answer."""
    turn = Turn(Message("a", Role.ASSISTANT, "", "q"), clock=lambda: 0.0)
    for event in events:
        turn.apply(event)
    assert turn.ended
    return turn.message()


def look_at(stream: Stream, seed: int) -> None:
    """Damage a stream, and read it whole and in pieces."""
    chance = random.Random(f"{stream.name} {seed}")
    body = damaged(stream.body, chance)
    begun = time.process_time()
    whole = decode([body], content_type=stream.content_type)
    assert time.process_time() - begun < SLOWEST
    reply, message = add_up(whole), turn_of(whole)
    assert told(decode(in_pieces(body, chance), content_type=stream.content_type)) == told(whole)
    for text in (message.text, message.reasoning, message.mark, *(call.name for call in message.tool_calls)):
        text.encode()
    if reply.malformed:
        assert message.status is not Status.COMPLETE
        assert message.unreadable == reply.malformed


_EVENT = re.compile(rb"data: ?(\{[^\n]*\})(?=\r?\n)")


def lose_a_piece(stream: Stream, seed: int) -> None:
    """Spoil the JSON of one event that has a part of the answer, in front of the finish; all else is read."""
    chance = random.Random(f"{stream.name} piece {seed}")
    events = [found for found in _EVENT.finditer(stream.body) if b'"choices":[{' in found[1]]
    finish = next((at for at, found in enumerate(events) if b'"finish_reason":"' in found[1]), len(events))
    if finish == 0:
        return
    event = events[chance.randrange(finish)]
    start, end = event.span(1)
    size = chance.randint(1, end - start - 1)
    at = chance.randint(start, end - size)
    body = stream.body[:at] + stream.body[at + size :]
    left = body[start : end - size].decode("utf-8", "replace")
    try:
        json.loads(left, strict=False)
    except ValueError:
        pass
    else:
        return  # what is left is JSON, and nobody can tell
    found = decode(in_pieces(body, chance))
    message = turn_of(found)
    assert message.status is not Status.COMPLETE, left
    if stream.error == "":
        assert message.unreadable, left
    if stream.reasoning == stream.refusal == "" and not stream.calls:
        pieces = iter(stream.text)
        assert all(letter in pieces for letter in message.text), "nothing is there that was not sent"


@pytest.mark.parametrize(
    "stream", [stream for stream in STREAMS if stream.body], ids=lambda stream: stream.name
)
def test_damage_at_random(stream: Stream) -> None:
    for seed in range(SHORT):
        look_at(stream, seed)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_piece_that_is_lost_at_random(stream: Stream) -> None:
    for seed in range(SHORT):
        lose_a_piece(stream, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stream", [stream for stream in STREAMS if stream.body], ids=lambda stream: stream.name
)
def test_much_damage_at_random(stream: Stream) -> None:
    for seed in range(SHORT, LONG):
        look_at(stream, seed)
        lose_a_piece(stream, seed)
