"""Where an answer ends, however the bytes are cut."""

from __future__ import annotations

import pytest

from neurotui.api.net.framing import MAX_HEAD_BYTES, ResponseFraming

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

ANSWERS = {
    "length": OK + b"Content-Length: 5\r\n\r\nHello",
    "nothing": OK + b"Content-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "chunks": CHUNKED + b"5\r\nHello\r\n2;name=value\r\n!!\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"5\r\nHello\r\n0\r\nName: value\r\n\r\n",
    "an interim answer before it": b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + b"0\r\n\r\n",
    "a long head": OK + b"Name: " + b"x" * (MAX_HEAD_BYTES // 2) + b"\r\nContent-Length: 0\r\n\r\n",
}


def framing(*pieces: bytes, method: bytes = b"POST") -> ResponseFraming:
    found = ResponseFraming(method + b" /v1/chat/completions HTTP/1.1\r\n")
    for piece in pieces:
        found.feed(piece)
    return found


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_an_answer_ends_where_it_ends(name: str, method: bytes) -> None:
    answer = ANSWERS[name]
    cuts = range(1, len(answer)) if len(answer) < 1000 else [1, len(answer) - 1]
    for cut in cuts:
        assert not framing(answer[:cut], answer[cut:], method=method).surplus
    if len(answer) < 1000:
        assert not framing(*(answer[at : at + 1] for at in range(len(answer))), method=method).surplus


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("more", [b"x", b"\r\n", ANSWERS["chunks"]])
def test_whatever_stands_behind_it_is_too_much(name: str, more: bytes) -> None:
    assert framing(ANSWERS[name] + more).surplus
    assert framing(ANSWERS[name], more).surplus


def test_a_tunnel_has_no_body_and_what_follows_its_answer_was_not_asked_for() -> None:
    assert not framing(OK + b"\r\n", method=b"CONNECT").surplus
    assert framing(OK + b"\r\nx", method=b"CONNECT").surplus


def test_what_is_no_answer_is_not_trusted() -> None:
    assert framing(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").surplus
    lost = framing(CHUNKED + b"no number\r\n")
    assert lost.surplus
    lost.feed(ANSWERS["length"])
    assert lost.surplus
    assert framing(CHUNKED + b"5\r\nHel", b"").surplus, "closed in the middle"
