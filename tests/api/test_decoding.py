"""What takes long to read is read beside the event loop, whole and in its order."""

from __future__ import annotations

import base64
import threading

import pytest

from neurotui.wire import completions, jsontext
from neurotui.wire.events import MediaReceived
from neurotui.wire.payloads import decode
from tests.api.asking import ask_at
from tests.servers import Exchange, Script, Server

PICTURE = bytes(range(256)) * 6000
URL = "data:image/png;base64," + base64.b64encode(PICTURE).decode()


async def streamed(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("before ")
    await exchange.delta(images=[{"type": "image_url", "image_url": {"url": URL}}])
    await exchange.text("behind")
    await exchange.finish()


async def whole(exchange: Exchange) -> None:
    message = {
        "role": "assistant",
        "content": "before behind",
        "images": [{"type": "image_url", "image_url": {"url": URL}}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    await exchange.body(200, {"object": "chat.completion", "choices": [choice]})


@pytest.mark.parametrize("script", [streamed, whole])
async def test_a_picture_is_read_beside_the_event_loop(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by: list[tuple[int, bool]] = []
    read_json = jsontext.read_json

    def noted(text: str) -> object:
        read_by.append((len(text), threading.current_thread() is threading.main_thread()))
        return read_json(text)

    monkeypatch.setattr(completions, "read_json", noted)
    async with Server(script) as server:
        reply = await ask_at(server.url)
    long = [on_loop for length, on_loop in read_by if length > len(URL)]
    assert long == [False]
    (media,) = reply.of(MediaReceived)
    assert reply.text == "before behind"
    assert decode(media.data) == PICTURE
    assert reply.whole
