"""A reply as its events tell it, and what the server is sent for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest

from neurotui import __version__
from neurotui.api.catalogue import Balance
from neurotui.errors import (
    BalanceExhausted,
    KeyMissing,
    KeyRefused,
    LookupTimeout,
    ModelNotFound,
    ModelsNotListed,
    ProtocolViolated,
    RateLimited,
    RequestRefused,
    ServerFailed,
    SilenceTimeout,
    UpstreamUnavailable,
    WebPageReceived,
    WrongAddress,
)
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    Finished,
    FinishReason,
    Ping,
    RetryScheduled,
    Sent,
    TextDelta,
    Usage,
)
from neurotui.wire.request import ChatRequest, RequestMessage
from tests.api.asking import KEY, PATIENT, QUICK, Reply, ask, ask_at, client_of, question, talk
from tests.servers import Exchange, Script, Server, answer, raw, refuse, whole


async def test_a_reply_is_told_as_it_happens() -> None:
    async with talk(answer("Hel", "lo", pings=1)) as (client, _):
        reply = await ask(client)
    kinds = [type(event) for event in reply.events if not isinstance(event, BytesReceived)]
    assert kinds[:5] == [Connecting, Sent, Accepted, Ping, type(reply.events[6])]
    assert reply.events[1] == Sent(reused=False, http_version="HTTP/1.1", tls="")
    assert reply.text == "Hello"
    assert reply.of(FinishReason) == [FinishReason("stop")]
    assert reply.of(Usage)[-1].completion_tokens == 5
    assert reply.whole
    # The bytes of a chunk are told before what they mean.
    first_byte = next(i for i, event in enumerate(reply.events) if isinstance(event, BytesReceived))
    assert reply.events[first_byte : first_byte + 2] == [BytesReceived(8), Ping("PING")]


async def test_events_come_when_they_happen_and_not_at_the_end() -> None:
    async with talk(answer("a", "b", "c", pace=0.05)) as (client, _):
        reply = await ask(client)
    times = [at for event, at in zip(reply.events, reply.times, strict=True) if isinstance(event, TextDelta)]
    assert all(0.03 < later - earlier < 0.3 for earlier, later in pairwise(times))


async def test_the_request_is_what_was_asked() -> None:
    async with talk() as (client, server):
        messages = [
            RequestMessage("system", "Be brief"),
            RequestMessage("user", "Привет \ud83d\ude00 \ud800"),
        ]
        await ask(client, ChatRequest("gpt-5-mini", messages, {"temperature": 0.5}))
        [request] = server.chats
    assert request.json == {
        "model": "gpt-5-mini",
        "messages": [
            {"role": "system", "content": "Be brief"},
            {"role": "user", "content": "Привет 😀 \ufffd"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
    }
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept"] == "text/event-stream"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == f"neurotui/{__version__}"
    assert "cookie" not in request.headers


async def test_without_a_key_no_authorization_is_sent() -> None:
    async with Server(answer("Hi")) as server:
        client = client_of(server.url, key=None)
        assert (await ask(client)).whole
        assert "authorization" not in server.chats[0].headers

        server.scripts = refuse(401, message="Who are you?")
        error = (await ask(client)).error
        assert isinstance(error, KeyMissing) and error.cause == "Who are you?"
        await client.aclose()


async def test_an_answer_in_one_piece() -> None:
    async with talk(whole("All at once")) as (client, server):
        reply = await ask(client, question(stream=False))
        assert reply.text == "All at once" and reply.whole
        [request] = server.chats
        assert request.json["stream"] is False and "stream_options" not in request.json
        assert request.headers["accept"] == "application/json"


async def test_an_answer_in_one_piece_has_more_patience() -> None:
    hasty = replace(PATIENT, silence=0.1)

    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.3)
        await whole("Late")(exchange)

    async with talk(slowly, slowly, timeouts=hasty) as (client, _):
        assert (await ask(client, question(stream=False))).text == "Late"
        assert isinstance((await ask(client)).error, SilenceTimeout)


async def test_one_connection_carries_one_reply_after_another() -> None:
    async with talk() as (client, server):
        for number in range(3):
            reply = await ask(client)
            assert reply.of(Sent)[0].reused is (number > 0)
            assert reply.count(Connecting) == (1 if number == 0 else 0)
        assert len(server.connections) == 1


async def test_a_refusal_leaves_the_connection_usable() -> None:
    async with talk(refuse(400), answer("Hi")) as (client, server):
        await ask(client)
        assert (await ask(client)).text == "Hi"
        assert len(server.connections) == 1


async def test_replies_at_once_do_not_mix() -> None:
    async def echo(exchange: Exchange) -> None:
        name = exchange.request.json["messages"][0]["content"]
        await answer(*[name] * 10, pace=0.005)(exchange)

    async with talk(echo) as (client, server):
        replies = await asyncio.gather(*(ask(client, question(name)) for name in "abc"))
        assert [reply.text for reply in replies] == ["a" * 10, "b" * 10, "c" * 10]
        await server.until(lambda: server.open == 1)


async def test_a_stopped_reply_leaves_another_one_running() -> None:
    async with talk(answer(*"0123456789", pace=0.02)) as (client, _):
        stopped, running = Reply(), Reply()
        tasks = [asyncio.create_task(client.stream(question(), reply.emit)) for reply in (stopped, running)]
        await asyncio.sleep(0.08)
        tasks[0].cancel()
        await asyncio.wait(tasks)
        assert running.text == "0123456789" and running.whole
        assert len(stopped.text) < 10


async def test_a_server_that_refuses_stream_options_is_asked_without_and_remembered() -> None:
    for status in (400, 422):
        refusal = refuse(status, "invalid_request", "Unknown parameter: stream_options")
        async with talk(refusal, answer("Hi"), answer("Hi")) as (client, server):
            reply = await ask(client)
            assert reply.text == "Hi" and reply.whole
            assert reply.count(RetryScheduled) == 0
            await ask(client)
            assert ["stream_options" in request.json for request in server.chats] == [True, False, False]


async def test_a_refusal_of_something_else_is_not_asked_again() -> None:
    async with talk(refuse(400, "invalid_request", "temperature")) as (client, server):
        assert (await ask(client)).error.cause == "temperature"
        assert len(server.chats) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "rate_limit_exceeded", RateLimited),
        (503, "upstream_unavailable", UpstreamUnavailable),
        (502, "upstream_unavailable", UpstreamUnavailable),
    ],
)
async def test_what_the_server_asks_to_repeat_is_repeated_visibly(
    status: int, code: str, kind: type[Exception]
) -> None:
    refusal = refuse(status, code, headers={"Retry-After": "0.05", "X-Request-Id": "r-1"})
    async with talk(refusal, refusal, answer("Hi")) as (client, server):
        began = time.monotonic()
        reply = await ask(client)
        assert reply.text == "Hi" and reply.whole
        assert time.monotonic() - began >= 0.1
        first, second = reply.of(RetryScheduled)
        assert isinstance(first.error, kind) and first.error.request_id == "r-1"
        assert (first.delay, first.attempt, second.attempt) == (0.05, 1, 2)
        assert [r.json for r in server.chats] == [server.chats[0].json] * 3


async def test_it_is_repeated_three_times_at_most() -> None:
    async with talk(refuse(429, headers={"Retry-After": "0"})) as (client, server):
        reply = await ask(client)
        assert isinstance(reply.error, RateLimited)
        assert reply.count(RetryScheduled) == 3
        assert len(server.chats) == 4


@pytest.mark.parametrize("pause", ["-1", "soon"])
async def test_a_pause_that_means_nothing_is_left_to_the_user(pause: str) -> None:
    async with talk(refuse(429, headers={"Retry-After": pause})) as (client, server):
        assert isinstance((await ask(client)).error, RateLimited)
        assert len(server.chats) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, None, KeyRefused),
        (402, None, BalanceExhausted),
        (403, "pre_consume_token_quota_failed", BalanceExhausted),
        (404, None, WrongAddress),
        (503, "model_not_found", ModelNotFound),
        (500, "internal_error", ServerFailed),
        (408, None, ServerFailed),
        (502, None, UpstreamUnavailable),
        (502, "bad_gateway", UpstreamUnavailable),
        (504, "upstream_unavailable", UpstreamUnavailable),
        (504, None, UpstreamUnavailable),
        (520, None, ServerFailed),
        (521, None, UpstreamUnavailable),
        (524, None, ServerFailed),
        (529, "overloaded_error", UpstreamUnavailable),
        (530, None, UpstreamUnavailable),
    ],
)
async def test_what_may_have_been_billed_or_cannot_get_better_is_not_repeated(
    status: int, code: str | None, kind: type[Exception]
) -> None:
    async with talk(refuse(status, code)) as (client, server):
        assert isinstance((await ask(client)).error, kind)
        assert len(server.chats) == 1


@pytest.mark.parametrize(
    ("error", "requests"),
    [
        ({"code": 429}, 2),
        ({"code": 503}, 2),
        ({"code": "upstream_unavailable"}, 2),
        ({"type": "service_unavailable"}, 2),
        ({"code": "upstream_unavailable", "status": 502}, 2),
        ({"code": 502}, 1),
        ({"code": "504"}, 1),
        ({"type": "bad_gateway"}, 1),
        ({"type": "upstream_error", "code": "bad_response_status_code"}, 1),
        ({"type": "overloaded_error"}, 1),
        ({"code": 500}, 1),
    ],
)
async def test_what_a_stream_says_before_a_word_is_judged_as_a_status_is(
    error: dict[str, object], requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event({"error": {"message": "m"} | error})
        await exchange.end()

    monkeypatch.setattr(
        "neurotui.api.retry._FIRST_DELAY", dict.fromkeys([RateLimited, UpstreamUnavailable], 0)
    )
    async with talk(script, answer("Hi")) as (client, server):
        await ask(client)
        assert len(server.chats) == requests


async def test_the_pause_is_read_from_the_body_too() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.07s"}]
    limited = [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "m", "details": details}}]

    async def in_a_stream(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(limited)
        await exchange.end()

    async with talk(refuse(429, data=limited), in_a_stream, answer("Hi")) as (client, _):
        reply = await ask(client)
        assert reply.text == "Hi" and reply.whole
        assert [event.delay for event in reply.of(RetryScheduled)] == [0.07, 0.07]


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refusal_that_names_the_model_is_understood_by_the_list(status: int) -> None:
    words = "Invalid model name passed in model=nosuch. Call `/v1/models` to view available models"
    async with talk(refuse(status, "400", words)) as (client, server):
        error = (await ask(client, question(model="nosuch"))).error
        assert isinstance(error, ModelNotFound)
        assert (error.cause, error.http_status, error.code) == (words, status, "400")
        assert "nosuch" in error.title
        assert len(server.chats) == 1 and len(server.requests) == 2


@pytest.mark.parametrize(
    ("model", "words", "models", "requests"),
    [
        ("gpt-5-mini", "gpt-5-mini takes no temperature", None, 2),  # it is in the list
        ("nosuch", "the temperature is too high", None, 1),  # it is not named
        ("nosuch", "nosuch takes no temperature", refuse(404), 2),
        ("nosuch", "nosuch takes no temperature", refuse(200, data={"object": "list", "data": []}), 2),
        ("nosuch", "nosuch takes no temperature", raw(then=Exchange.stall), 2),
    ],
)
async def test_what_the_list_does_not_tell_stays_a_refusal(
    model: str, words: str, models: Script | None, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.api.client.IDENTIFY_WITHIN", 0.2)
    async with talk(refuse(400, "invalid_request", words)) as (client, server):
        server.paths = {"/models": models} if models else {}
        error = (await ask(client, question(model=model))).error
        assert type(error) is RequestRefused and error.cause == words
        assert len(server.requests) == requests


async def test_a_limit_that_shows_after_the_pings_is_repeated_too() -> None:
    async def late(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.ping()
        await exchange.write(b'{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}')
        await exchange.end()

    async with talk(late, answer("Hi")) as (client, _):
        client_reply = await ask(client)
        assert client_reply.count(RetryScheduled) == 1
        assert client_reply.text == "Hi" and client_reply.whole


async def test_nothing_is_repeated_once_something_was_said() -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Once upon")
        await exchange.event({"error": {"message": "slow down", "code": "rate_limit_exceeded"}})
        await exchange.end()

    async with talk(broken, answer("Hi")) as (client, server):
        reply = await ask(client)
        assert reply.text == "Once upon"
        assert isinstance(reply.error, RateLimited)
        assert len(server.chats) == 1


async def test_a_refused_key_is_named_by_its_end_and_its_source() -> None:
    async with talk(refuse(401, None, f"Invalid token {KEY}")) as (client, _):
        error = (await ask(client)).error
        assert isinstance(error, KeyRefused)
        assert "6789" in error.cause and "NEUROTUI_API_KEY" in error.cause
        assert KEY not in str(error) and KEY[:12] not in str(error)


@pytest.mark.parametrize("length", [1, 4, 7, 15])
async def test_of_a_short_key_only_its_source_is_named(length: int) -> None:
    key = "Qx7Zk2Wv9Jp4Ly8"[:length]
    async with Server(refuse(401, None, "Invalid token")) as server:
        client = client_of(server.url, key=key)
        error = (await ask(client)).error
        await client.aclose()
    assert isinstance(error, KeyRefused)
    assert error.cause == "Invalid token. The key comes from NEUROTUI_API_KEY"


async def test_the_request_id_is_kept() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head(headers={"X-Oneapi-Request-Id": "2024-abc", "X-Request-Id": "other"})
        await exchange.text("Hi")
        await exchange.finish()

    async with talk(script) as (client, _):
        assert (await ask(client)).of(Accepted) == [Accepted(200, "2024-abc")]


async def test_a_large_request_goes_out_whole() -> None:
    text = "слово " * 500_000
    async with talk() as (client, server):
        assert (await ask(client, question(text))).whole
        assert server.chats[0].json["messages"][0]["content"] == text


async def test_models() -> None:
    async with talk() as (client, server):
        assert [model.id for model in await client.models()] == ["gpt-5-mini", "другая"]
        assert server.requests[0].path == "/v1/models"
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert (await ask(client)).of(Sent)[0].reused


async def test_models_that_cannot_be_had() -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.body(200, "<!doctype html><title>Sign in</title>", content_type="text/html")

    async with talk() as (client, server):
        for script, kind in (
            (refuse(401), KeyRefused),
            (refuse(404), ModelsNotListed),
            (refuse(200, "invalid_api_key"), KeyRefused),
            (page, WebPageReceived),
            (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x00\x01\x02"), ProtocolViolated),
            (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), ProtocolViolated),
        ):
            server.paths["models"] = script
            with pytest.raises(kind) as raised:
                await client.models()
            assert "{" not in str(raised.value) and "billed" not in str(raised.value)


async def test_models_that_are_not_told_in_time() -> None:
    async with talk(timeouts=replace(PATIENT, lookup=QUICK.lookup)) as (client, server):
        server.paths["models"] = raw(then=Exchange.stall)
        with pytest.raises(LookupTimeout) as raised:
            await client.models()
        assert "billed" not in str(raised.value)


async def test_the_balance() -> None:
    async with talk() as (client, server):
        assert await client.balance() == Balance(12.34, 587.66)
        server.paths["subscription"] = refuse(404)
        assert await client.balance() is None
        server.paths["subscription"] = refuse(200)
        assert await client.balance() is None


async def test_a_client_that_is_closed_closes_what_it_kept() -> None:
    async with Server() as server:
        client = client_of(server.url)
        await ask(client)
        assert server.open == 1
        await client.aclose()
        await server.until(lambda: not server.open)
        await client.aclose()


async def test_a_client_may_be_made_off_the_event_loop() -> None:
    async with Server(answer("Hi")) as server:
        client = await asyncio.to_thread(client_of, server.url)
        assert (await ask(client)).text == "Hi"
        await client.aclose()


async def test_a_reply_without_a_trace_of_the_network() -> None:
    """A transport that tells nothing of what it does still makes a reply of the usual order."""
    completion = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}'

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield completion

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Body())

    client = client_of("http://nowhere/v1", transport=httpx.MockTransport(handle))
    reply = await ask(client)
    assert [type(event) for event in reply.events[:2]] == [Sent, Accepted]
    assert reply.events[-1] == Finished(whole=True)
    await client.aclose()


async def test_one_shot_helper_closes() -> None:
    async with Server() as server:
        assert (await ask_at(server.url)).whole
        await server.until(lambda: not server.open)
