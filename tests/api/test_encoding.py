"""The bodies of requests that have files: what leaves is what the files were, or nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from neurotui.api.encoding import CHUNK, PIECE, Body, Encoder
from neurotui.errors import AttachmentLost
from neurotui.wire.parts import AudioPart, Base64, ContentPart, FilePart, ImagePart, TextPart
from neurotui.wire.request import ChatRequest, RequestMessage
from tests.uploads import Folder, some_bytes


def request(*content: ContentPart, **parameters: object) -> ChatRequest:
    return ChatRequest("m", [RequestMessage("user", content)], parameters)


async def sent(body: bytes | Body) -> bytes:
    if isinstance(body, bytes):
        return body
    told: list[int] = []
    chunks = [chunk async for chunk in body.chunks(told.append)]
    assert told == [sum(map(len, chunks[:at])) for at in range(len(chunks))]
    assert max(map(len, chunks)) <= CHUNK
    whole = b"".join(chunks)
    assert len(whole) == body.size
    return whole


def expected(request: ChatRequest, files: Sequence[bytes]) -> bytes:
    """What `json.dumps` would make of the request with the files in it."""
    texts = iter(files)

    def encoded(value: object) -> str:
        assert isinstance(value, Base64)
        return value.prefix + base64.b64encode(next(texts)).decode()

    return json.dumps(request.body(), ensure_ascii=False, default=encoded).encode()


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 2])
async def test_a_file_of_any_size_leaves_as_it_is(size: int, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    data = some_bytes(size)
    asked = request(TextPart('Что "здесь"?\n'), ImagePart(folder.put(data), "image/png"))
    body = await Encoder(folder).encode(asked.body())
    assert await sent(body) == expected(asked, [data])


async def test_several_files_leave_in_their_order_and_one_twice(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    one, two = some_bytes(1000, 1), some_bytes(PIECE + 5, 2)
    parts = (
        FilePart(folder.put(one), "application/pdf", 'a "report".pdf'),
        TextPart("question"),
        AudioPart(folder.put(two), "mp3"),
        ImagePart(folder.put(one), 'image/"odd'),
    )
    asked = request(*parts, temperature=0.5)
    body = await Encoder(folder).encode(asked.body())
    assert await sent(body) == expected(asked, [one, two, one])


async def test_what_has_no_file_is_encoded_as_ever() -> None:
    asked = ChatRequest("m", [RequestMessage("user", "при\ud83dвет")], {"seed": 7})
    body = await Encoder(None).encode(asked.body())
    plain = json.dumps(asked.body(), ensure_ascii=False, default=str).encode("utf-8", "replace")
    assert body == plain


async def test_a_description_has_digests_in_the_place_of_bytes(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    blob = folder.put(some_bytes(50_000))
    body = await Encoder(folder).encode(request(ImagePart(blob, "image/png")).body())
    assert isinstance(body, Body)
    [message] = json.loads(body.described)["messages"]
    [part] = message["content"]
    assert part["image_url"]["url"] == f"data:image/png;base64,sha256:{blob.digest}"


@pytest.mark.parametrize("damage", ["changed", "longer", "shorter", "gone"])
async def test_a_damaged_file_is_told_by_its_name(damage: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    blob = folder.put(data := some_bytes(2 * PIECE))
    path = tmp_path / blob.digest
    match damage:
        case "changed":
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "longer":
            path.write_bytes(data + b"!")
        case "shorter":
            path.write_bytes(data[:-1])
        case "gone":
            path.unlink()
    with pytest.raises(AttachmentLost, match=r"holiday\.png"):
        await Encoder(folder).encode(request(ImagePart(blob, "image/png", "holiday.png")).body())


async def test_a_file_is_checked_once_for_all_repetitions(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    asked = request(ImagePart(folder.put(b"picture"), "image/png"))
    encoder = Encoder(folder)
    await encoder.encode(asked.body())
    await encoder.encode(asked.body(include_usage=False))
    assert len(folder.opened) == 1


async def test_a_file_that_shrinks_while_it_leaves_is_told(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    blob = folder.put(some_bytes(4 * PIECE))
    body = await Encoder(folder).encode(request(ImagePart(blob, "image/png", "holiday.png")).body())
    assert isinstance(body, Body)
    (tmp_path / blob.digest).write_bytes(b"")
    with pytest.raises(AttachmentLost, match=r"holiday\.png"):
        await sent(body)
