"""The embedded endpoint: an httpx transport that answers without a network.

All above it is the real thing: it speaks the raw bytes of an event stream, with pings and at a human pace,
breaks in every way that servers break, and notices when it is hung up on.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import cycle
from typing import Any

import httpx

from neurotui import i18n
from neurotui.api.demo.counting import Counter, Counts
from neurotui.api.demo.files import picture, taken_apart
from neurotui.api.demo.script import (
    MODELS,
    PAINTER,
    PICTURE_PRICE,
    PRICES,
    NoAnswer,
    Refusal,
    Scene,
    act_for,
    gone_on,
    texts_of,
    tokens,
)

"""That every question counts."""
PINGS = 3
PING_EVERY = 0.7
CONNECTING = 0.15
HEAD_AFTER = 0.1
"""All in seconds, at the usual pace: the first word comes after 2.35."""
UPLINK = 4_000_000
"""Bytes of a question that leave in a second."""
FORGIVEN_AFTER = 30.0
"""Seconds after which `/demo 429` refuses again."""

_PING = b": PING\n\n"
_SPOILT = (b"data: {broken\n\n", b"data: null\n\n", b'data: {"choices": 7}\n\n', b"data: [[[\n\n")

Body = AsyncGenerator[bytes, None]


class DemoTransport(httpx.AsyncBaseTransport):
    """Answers for a server. `pace` stretches all of its pauses: 0 leaves none."""

    def __init__(self, pace: float = 1.0) -> None:
        self.pace = pace
        self.closed_early = 0
        """How many answers were hung up on before their end."""
        self._connected = False
        self._limited_at = -math.inf
        self._counter = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        trace = request.extensions.get("trace", _unheard)
        if not self._connected:
            await trace("connection.connect_tcp.started", {})
            await self._pause(CONNECTING)
        await trace("http11.send_request_headers.started", {"request": request})
        body = await self._receive(request)
        await trace("http11.send_request_body.complete", {})
        *_, call = request.url.path.split("/")
        match call:
            case "completions":
                return await self._complete(request, json.loads(body))
            case "generations":
                return await self._draw(json.loads(body))
            case "models":
                models = [*(_model(name) for name in MODELS), _painter()]
                return self._document({"object": "list", "data": models})
            case "usage":
                return self._document({"object": "list", "total_usage": self._counter.spent * 100})
            case "subscription":
                return self._document({"hard_limit_usd": 100.0})
            case _:
                return self._refuse(Refusal(404, f"Invalid URL ({request.method} {request.url.path})"))

    async def _receive(self, request: httpx.Request) -> bytes:
        """Take the body of a question, at the pace of a home's uplink."""
        assert isinstance(request.stream, httpx.AsyncByteStream)
        body = bytearray()
        async for piece in request.stream:
            body += piece
            await self._pause(len(piece) / UPLINK)
        return bytes(body)

    async def _draw(self, asked: dict[str, Any]) -> httpx.Response:
        prompt = str(asked["prompt"])
        await self._pause(HEAD_AFTER + PINGS * PING_EVERY)
        return self._document({"data": [{"b64_json": _encoded(prompt), "revised_prompt": prompt}]})

    async def _complete(self, request: httpx.Request, asked: dict[str, Any]) -> httpx.Response:
        taken = [taken_apart(each["content"]) for each in asked["messages"] if each["role"] == "user"]
        questions, files = [words for words, _files in taken], taken[-1][1] if taken else []
        now = time.monotonic()
        limited = now < self._limited_at + FORGIVEN_AFTER
        act = act_for(questions, asked["model"], i18n.language(), limited_before=limited, files=files)
        last = asked["messages"][-1]
        if isinstance(act, Scene) and last["role"] == "assistant":
            act = gone_on(act, last["content"], texts_of(i18n.language()))
        self._limited_at = now if isinstance(act, Refusal) and act.status == 429 else -math.inf
        silence = request.extensions.get("timeout", {}).get("read") or math.inf
        await self._pause(HEAD_AFTER)
        match act:
            case Scene() if asked["stream"]:
                counts = self._counter.count(asked["model"], asked["messages"], act)
                return self._response(
                    200, self._play(act, asked["model"], counts, silence), "text/event-stream"
                )
            case Scene():
                counts = self._counter.count(asked["model"], asked["messages"], act)
                await self._pause(PINGS * PING_EVERY)
                message: dict[str, object] = {"role": "assistant", "content": act.text}
                message |= {"reasoning_content": act.reasoning} | _images(act)
                choice = {"index": 0, "message": message, "finish_reason": act.finish}
                self._counter.bill(asked["model"], counts.completion)
                return self._document(
                    {"model": asked["model"], "choices": [choice], "usage": counts.as_json()}
                )
            case Refusal():
                return self._refuse(act)
            case NoAnswer("silence"):
                await self._hang(silence)
        raise httpx.ConnectError("") from ConnectionRefusedError()

    async def _play(self, scene: Scene, model: str, counts: Counts, silence: float) -> Body:
        """The events of an answer."""

        def chunk(delta: dict[str, object], finish_reason: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
            return _event({"object": "chat.completion.chunk", "model": model, "choices": [choice]})

        pings = 0
        while pings < PINGS or scene.ending == "pings":
            await self._pause(PING_EVERY)
            yield _PING
            pings += 1
        beat = 1 / scene.speed if scene.speed else 0.0
        yield chunk({"role": "assistant", "content": ""})
        for token in tokens(scene.reasoning):
            await self._pause(beat)
            self._counter.bill(model)
            yield chunk({"reasoning_content": token})
        spoilt = cycle(_SPOILT)
        for number, token in enumerate(tokens(scene.text), start=1):
            await self._pause(beat)
            self._counter.bill(model)
            yield chunk({"content": token})
            if scene.spoilt and number % 12 == 0:
                yield next(spoilt)
        if scene.tool is not None:
            name, arguments = scene.tool
            call: dict[str, object] = {"index": 0, "id": "call_demo", "type": "function"}
            yield chunk({"tool_calls": [call | {"function": {"name": name, "arguments": ""}}]})
            for token in tokens(arguments):
                await self._pause(beat)
                yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": token}}]})
        if scene.picture:
            yield chunk(_images(scene))
        match scene.ending:
            case "stall":
                await self._hang(silence)
            case "reset":
                self._connected = False
                raise httpx.ReadError("") from ConnectionResetError()
            case "done":
                yield chunk({}, scene.finish)
                yield _event({"choices": [], "usage": counts.as_json()})
                yield b"data: [DONE]\n\n"

    def _refuse(self, refusal: Refusal) -> httpx.Response:
        if refusal.web_page:
            page = f"<!doctype html><html><title>{refusal.message}</title><p>{refusal.message}</html>"
            return self._response(refusal.status, _once(page.encode()), "text/html; charset=utf-8")
        headers = dict(refusal.headers)
        if "Retry-After" in headers:
            headers["Retry-After"] = str(math.ceil(float(headers["Retry-After"]) * self.pace))
        error = {"message": refusal.message, "type": "neuroapi_error", "code": refusal.code}
        return self._document({"error": error}, refusal.status, headers)

    def _document(
        self, document: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self._response(status, _once(json.dumps(document).encode()), headers=headers)

    def _response(
        self,
        status: int,
        body: Body,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        self._connected = True
        return httpx.Response(
            status, headers={"Content-Type": content_type} | (headers or {}), stream=_Stream(self, body)
        )

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)

    async def _hang(self, silence: float) -> None:
        """Stay silent until the client's patience is at its end."""
        await asyncio.sleep(silence)
        raise httpx.ReadTimeout("")

    def hung_up(self) -> None:
        """Note that an answer was not wanted to its end."""
        self.closed_early += 1
        self._connected = False


class _Stream(httpx.AsyncByteStream):
    """The body of a response; tells the transport when it is closed before its end."""

    def __init__(self, transport: DemoTransport, body: Body) -> None:
        self._transport = transport
        self._body = body
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._body:
            yield data
        self._ended = True

    async def aclose(self) -> None:
        if not self._ended:
            self._ended = True
            self._transport.hung_up()
        await self._body.aclose()


async def _once(data: bytes) -> Body:
    yield data


async def _unheard(_name: str, _info: dict[str, Any]) -> None:
    pass


def _event(data: object) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _model(name: str) -> dict[str, Any]:
    """A model of the list, as OpenRouter tells of one."""
    prompt, completion, cached = PRICES[name]
    takes = ["text", "image", "audio", "file"]
    modalities = {"input_modalities": takes, "output_modalities": ["text", "image"]}
    pricing = {"prompt": prompt, "completion": completion, "input_cache_read": cached, "request": "0"}
    return {"id": name, "context_length": 8192, "architecture": modalities, "pricing": pricing}


def _painter() -> dict[str, Any]:
    """The model of the list that makes pictures alone, by a call of its own."""
    return {
        "id": PAINTER,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["image"]},
        "supported_endpoint_types": ["image-generation"],
        "pricing": {"prompt": "0", "completion": "0", "request": PICTURE_PRICE},
    }


def _images(scene: Scene) -> dict[str, object]:
    """The field of a delta or a message with the picture of a scene; empty where it has none."""
    if not scene.picture:
        return {}
    url = f"data:image/png;base64,{_encoded(scene.picture)}"
    return {"images": [{"type": "image_url", "image_url": {"url": url}}]}


def _encoded(prompt: str) -> str:
    return base64.b64encode(picture(prompt)).decode()
