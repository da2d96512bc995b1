"""The embedded endpoint: what it says, how it fails, and that it hears when it is hung up on."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui import errors, i18n
from neurotui.api.client import ChatClient
from neurotui.api.demo.counting import Counter
from neurotui.api.demo.script import Scene, act_for, story, texts_of, tokens
from neurotui.api.demo.transport import DemoTransport
from neurotui.api.timeouts import Timeouts
from neurotui.chat.media_types import picture_size
from neurotui.wire.events import (
    Accepted,
    Connecting,
    Finished,
    FinishReason,
    Malformed,
    MediaReceived,
    Ping,
    ReplyEvent,
    RetryScheduled,
    Sending,
    Sent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from neurotui.wire.parts import AudioPart, FilePart, ImagePart, TextPart
from neurotui.wire.payloads import decode
from neurotui.wire.request import ChatRequest, PictureRequest, RequestMessage
from tests.api.asking import PATIENT, QUICK, Reply, ask, client_of, question
from tests.uploads import Folder


def demo(pace: float = 0.0, timeouts: Timeouts = PATIENT) -> tuple[ChatClient, DemoTransport]:
    transport = DemoTransport(pace)
    return client_of("http://demo", transport=transport, timeouts=timeouts), transport


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = i18n.language()
    i18n.use(request.param)
    yield request.param
    i18n.use(before)


def commands(language: str) -> list[str]:
    return re.findall(r"`/demo ([^`]+)`", texts_of(language)["menu"])


@pytest.mark.parametrize(("text", "word"), [("Привет!", "демо"), ("Hello there", "demo")])
async def test_it_answers_in_the_language_of_the_question_and_says_what_it_is(text: str, word: str) -> None:
    client, _ = demo()
    reply = await ask(client, question(text))
    assert reply.whole
    assert word in reply.text.splitlines()[0]
    for element in (
        "\n## ",
        "\n| ",
        "\n   - ",
        "\n- [x] ",
        "\n> ",
        "```sh",
        "**",
        "[^key]",
        "https://neuroapi.host",
    ):
        assert element in reply.text
    assert reply.of(Usage)[-1].completion_tokens > 100


async def test_it_pings_before_it_speaks_and_not_for_too_long() -> None:
    client, _ = demo(pace=0.1)
    began = time.monotonic()
    reply = Reply()
    task = asyncio.create_task(client.stream(question("Hi"), reply.emit))
    while not reply.of(TextDelta):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    assert time.monotonic() - began > 0.2  # how long at most is told by the pings below
    task.cancel()
    assert [type(e) for e in reply.events if isinstance(e, Connecting | Sent | Accepted | Ping | TextDelta)][
        :7
    ] == [
        Connecting,
        Sent,
        Accepted,
        Ping,
        Ping,
        Ping,
        TextDelta,
    ]


async def test_it_keeps_a_human_pace() -> None:
    client, _ = demo(pace=0.1)
    reply = await ask(client, question("talk to me"))
    at = [when for when, event in zip(reply.times, reply.events, strict=True) if isinstance(event, TextDelta)]
    assert 100 < len(at) / (at[-1] - at[0]) < 510


async def test_it_hears_when_it_is_hung_up_on() -> None:
    client, transport = demo(pace=0.01)
    task = asyncio.create_task(client.stream(question("tell me a long story"), Reply().emit))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert transport.closed_early == 1
    reply = await ask(client, question("Hi"))
    assert reply.whole and reply.count(Connecting) == 1
    assert (await ask(client, question("Hi"))).of(Sent)[0].reused
    assert transport.closed_early == 1


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("reset", errors.Disconnected),
        ("stall", errors.SilenceTimeout),
        ("silence", errors.SilenceTimeout),
        ("key", errors.KeyRefused),
        ("balance", errors.BalanceExhausted),
        ("model", errors.ModelNotFound),
        ("context", errors.ContextTooLong),
        ("500", errors.ServerFailed),
        ("html", errors.WebPageReceived),
    ],
)
async def test_it_fails_as_asked(name: str, error: type[errors.NeurotuiError]) -> None:
    is_silent = error is errors.SilenceTimeout
    client, _ = demo(timeouts=replace(PATIENT, silence=QUICK.silence) if is_silent else PATIENT)
    reply = await ask(client, question(f"/demo {name}"))
    assert type(reply.error) is error
    assert bool(reply.text) is (name in {"reset", "stall"})


@pytest.mark.parametrize(("name", "reason"), [("filter", "content_filter"), ("length", "length")])
async def test_it_ends_as_asked(name: str, reason: str) -> None:
    client, _ = demo()
    reply = await ask(client, question(f"/demo {name}"))
    assert reply.of(FinishReason)[-1].reason == reason
    assert reply.text


async def test_it_breaks_off_as_asked() -> None:
    client, _ = demo()
    reply = await ask(client, question("/demo cut"))
    assert reply.events[-1] == Finished(whole=False)


@pytest.mark.parametrize("name", ["cut", "length"])
async def test_it_goes_on_with_an_answer(name: str, language: str) -> None:
    client, _ = demo()
    request = question(f"/demo {name}")
    first = await ask(client, request)
    so_far = first.text[:-7].rstrip()
    messages = [*request.messages, RequestMessage("assistant", so_far)]
    rest = await ask(client, replace(request, messages=messages))
    assert rest.whole
    assert (so_far + rest.text).startswith(first.text)
    assert len(so_far + rest.text) > len(first.text)
    assert rest.of(FinishReason)[-1].reason == "stop"


async def test_it_can_be_too_busy_once() -> None:
    client, _ = demo()
    for _ in range(2):
        reply = await ask(client, question("/demo 429"))
        assert reply.count(RetryScheduled) == 1
        assert reply.text and reply.whole


@pytest.mark.parametrize(("name", "repetitions"), [("429 forever", 3), ("502", 3), ("refuse", 3)])
async def test_it_can_be_too_busy_for_good(
    name: str, repetitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "neurotui.api.retry.delay", lambda _error, number, _chance: 0.0 if number <= 3 else None
    )
    client, _ = demo()
    reply = await ask(client, question(f"/demo {name}"))
    assert reply.count(RetryScheduled) == repetitions
    assert reply.error


async def test_it_can_ping_for_ever() -> None:
    client, transport = demo(pace=0.001)
    reply = Reply()
    task = asyncio.create_task(client.stream(question("/demo pings"), reply.emit))
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.wait([task])
    assert reply.count(Ping) > 10 and not reply.text
    assert transport.closed_early == 1


async def test_it_can_think() -> None:
    client, _ = demo()
    for asked in (question("Подумай хорошенько"), question("Привет", model="neurotui-demo-think")):
        reply = await ask(client, asked)
        assert "думать вслух" in reply.reasoning
        assert reply.text
        assert reply.of(Usage)[-1].reasoning_tokens > 10


async def test_it_can_ask_for_a_tool() -> None:
    client, _ = demo()
    reply = await ask(client, question("/demo tools"))
    calls = reply.of(ToolCallDelta)
    assert calls[0].name == "get_weather"
    assert json.loads("".join(call.arguments for call in calls)) == {"city": "Москва", "days": 3}


async def test_it_can_write_nonsense_between_the_lines() -> None:
    client, _ = demo()
    reply = await ask(client, question("/demo malformed"))
    assert reply.text == texts_of("en")["malformed"]
    assert reply.count(Malformed) > 1 and reply.whole


async def test_it_can_be_hostile() -> None:
    client, _ = demo()
    reply = await ask(client, question("/demo hostile"))
    for weapon in ("\x1b]52;c;", "\x1b[2J", "\a", "\u202e", "[@click=app.quit]", "\b"):
        assert weapon in reply.text
    for file in Path(i18n.__file__).parents[1].glob("api/demo_texts/*.txt"):
        controls = {c for c in file.read_text(encoding="utf-8") if unicodedata.category(c) == "Cc"}
        assert controls == {"\n"}, "the files themselves are safe to read"


def test_it_can_be_fast() -> None:
    flood = act_for(["/demo fast"], "neurotui-demo", "en", limited_before=False)
    assert isinstance(flood, Scene) and sum(1 for _ in tokens(flood.text)) > 20_000
    assert flood.speed == 0
    fast = act_for(["Hi"], "neurotui-demo-fast", "en", limited_before=False)
    assert isinstance(fast, Scene) and fast.speed == 0


async def test_it_answers_in_one_piece() -> None:
    client, _ = demo()
    reply = await ask(client, question("Hello", stream=False))
    assert reply.whole and reply.count(TextDelta) == 1


async def test_it_has_models_and_a_balance() -> None:
    client, _ = demo()
    assert next(model.id for model in await client.models()) == "neurotui-demo"
    balance = await client.balance()
    assert balance is not None and balance.remaining == pytest.approx(87.66)


@pytest.mark.parametrize("stream", [True, False])
async def test_its_balance_falls_by_what_it_answers(stream: bool) -> None:
    client, _ = demo()
    asked = replace(question("Hello", stream=stream), model="neurotui-demo")
    usage = next(event for event in (await ask(client, asked)).events if isinstance(event, Usage))
    balance = await client.balance()
    cost = (usage.prompt_tokens * 0.4 + usage.completion_tokens * 1.6) / 1_000_000
    assert balance is not None and balance.used == pytest.approx(12.34 + cost, abs=1e-9)


async def test_its_answers_differ_from_turn_to_turn() -> None:
    client, _ = demo()
    said = set()
    for turn in range(1, 5):
        request = ChatRequest("m", [RequestMessage("user", "And what about badgers?")] * turn)
        said.add((await ask(client, request)).text)
    assert len(said) == 4


def test_every_command_it_lists_is_understood(language: str) -> None:
    assert len(commands(language)) > 20
    for name in commands(language):
        act = act_for([f"/demo {name}"], "neurotui-demo", language, limited_before=False)
        assert act != Scene(texts_of(language)["unknown"])


def test_both_languages_have_the_same_texts() -> None:
    english, russian = texts_of("en"), texts_of("ru")
    assert english.keys() == russian.keys()
    assert commands("en") == commands("ru")
    for name in english:
        if name.startswith("story "):
            assert len(english[name].splitlines()) == len(russian[name].splitlines())


def test_a_story_is_long_and_does_not_repeat_itself(language: str) -> None:
    text = story(texts_of(language), random.Random(1))
    paragraphs = text.split("\n\n")
    assert len(text.split()) > 3000
    assert len(set(paragraphs)) == len(paragraphs)
    assert "{" not in text
    assert text != story(texts_of(language), random.Random(2))


def test_tokens_are_pieces_of_the_text(language: str) -> None:
    for text in texts_of(language).values():
        assert "".join(tokens(text)) == text
    assert "".join(tokens("  a \n\n ")) == "  a \n\n "


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "What is this?",
            "1. a text file, `notes.md`, 12 characters\n2. a picture, PNG, 70.0 KB\n"
            "3. a sound, MP3, 1.5 MB\n4. a document, `отчёт.pdf`, PDF, 12 B",
        ),
        (
            "Что это?",
            "1. текстовый файл, `notes.md`, знаков: 12\n2. картинка, PNG, 70,0 КБ\n"
            "3. звук, MP3, 1,5 МБ\n4. документ, `отчёт.pdf`, PDF, 12 Б",
        ),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_it_tells_which_files_came(words: str, expected: str, stream: bool, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    parts = (
        TextPart("notes.md:\n```\ndraw or code\n```"),
        TextPart(words),
        ImagePart(folder.put(bytes(70_000)), "image/png"),
        AudioPart(folder.put(bytes(1_500_001)), "mp3"),
        FilePart(folder.put(b"%PDF-1.7 abc"), "application/pdf", "отчёт.pdf"),
    )
    client, _ = demo()
    client.blobs = folder
    reply = await ask(client, ChatRequest("neurotui-demo", [RequestMessage("user", parts)], stream=stream))
    assert reply.whole and expected in reply.text
    assert reply.count(Sending)


@pytest.mark.parametrize("words", ["draw me a cat", "нарисуй кота", "/demo picture"])
@pytest.mark.parametrize("stream", [True, False])
async def test_it_answers_with_a_picture_when_asked(words: str, stream: bool) -> None:
    client, _ = demo()
    reply = await ask(client, question(words, stream=stream))
    [media] = reply.of(MediaReceived)
    assert reply.whole and reply.text
    assert (media.kind, picture_size(decode(media.data))) == ("image", (512, 512))


async def test_its_painter_makes_a_picture_by_a_call_of_its_own() -> None:
    client, _ = demo()
    [painter] = [model for model in await client.models() if not model.for_chat]
    assert painter.price is not None and painter.price.per_call == 40_000
    reply = await ask(client, PictureRequest.of(painter.id, "a cat", {}))
    [media] = reply.of(MediaReceived)
    assert reply.whole and media.transcript == "a cat"
    assert picture_size(decode(media.data)) == (512, 512)


async def test_a_question_with_files_takes_its_time_to_leave(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    client, _ = demo(pace=1.0)
    client.blobs = folder
    request = ChatRequest(
        "neurotui-demo", [RequestMessage("user", (ImagePart(folder.put(bytes(3_000_000)), "image/png"),))]
    )
    reply, sent = Reply(), asyncio.Event()

    def emit(event: ReplyEvent) -> None:
        reply.emit(event)
        if isinstance(event, Sent):
            sent.set()

    task = asyncio.create_task(client.stream(request, emit))
    await asyncio.wait_for(sent.wait(), 30)
    task.cancel()
    assert any(0.2 < event.sent / event.total < 0.9 for event in reply.of(Sending))


async def test_it_counts_what_it_is_sent_and_tells_what_it_had_read_before() -> None:
    counter, scene = Counter(), Scene("one two")
    question = {"role": "user", "content": "word " * 2000}
    first = counter.count("neurotui-demo", [question], scene)
    assert (first.prompt, first.cached) == (2004, 0)
    more = [question, {"role": "assistant", "content": "one"}, {"role": "user", "content": "And?"}]
    assert counter.count("neurotui-demo", more, scene).cached == 2004
    assert counter.count("neurotui-demo-fast", more, scene).cached == 0
    other = [{"role": "system", "content": "Be brief"}, *more]
    assert counter.count("neurotui-demo", other, scene).cached == 0
    short = [{"role": "user", "content": "Hi"}]
    counter.count("neurotui-demo", short, scene)
    assert counter.count("neurotui-demo", short, scene).cached == 0
