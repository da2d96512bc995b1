"""Bodies, packed and not."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui.api.body import PIECE, Unpacker
from neurotui.errors import ProtocolViolated


def unpacked(pieces: list[bytes], encoding: str) -> bytes:
    unpacker = Unpacker(encoding, "example.com")
    out: list[bytes] = []
    for piece in pieces:
        out += unpacker.feed(piece)
    return b"".join(out)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(bounds)]


@given(st.text(min_size=1, max_size=2000), st.lists(st.integers(0, 10_000), max_size=8))
def test_what_is_packed_comes_out_whole_whatever_the_cut(text: str, places: list[int]) -> None:
    data = b": PING\n\n" + text.encode()
    assert unpacked(cut(data, places), "") == data
    assert unpacked([zlib.compress(data)], "deflate") == data
    assert unpacked(cut(gzip.compress(data), places), "gzip") == data


def test_what_is_sent_as_it_comes_is_read_as_it_comes() -> None:
    packer = zlib.compressobj(wbits=31)
    unpacker = Unpacker("gzip", "example.com")
    for number in range(100):
        data = packer.compress(b"data: %d\n\n" % number) + packer.flush(zlib.Z_SYNC_FLUSH)
        assert b"".join(unpacker.feed(data)) == b"data: %d\n\n" % number


def test_what_unpacks_to_much_comes_in_pieces() -> None:
    data = b"\0" * 1_000_000
    pieces = list(Unpacker("gzip", "x").feed(gzip.compress(data)))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == PIECE


def test_what_comes_after_the_end_of_what_is_packed_is_dropped() -> None:
    assert unpacked([gzip.compress(b"all"), b"more"], "gzip") == b"all"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "\x1b[31m"])
def test_what_cannot_be_unpacked_is_said(encoding: str) -> None:
    with pytest.raises(ProtocolViolated) as raised:
        unpacked([b"\x28\xb5\x2f\xfd\x00"], encoding)
    assert encoding.strip() in raised.value.cause


@pytest.mark.parametrize("data", [b"\x1f\x8b\x00broken", b"\x1f\x8b"])
def test_what_is_broken_is_said(data: bytes) -> None:
    with pytest.raises(ProtocolViolated):
        unpacked([data, b"\xff" * 20], "gzip")
