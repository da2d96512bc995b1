"""F8 and /continue: the rest of an answer, shown as one with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.chat.conversation import Status
from neurotui.errors import RequestRefused
from neurotui.wire.events import (
    Accepted,
    Connecting,
    Failed,
    Finished,
    FinishReason,
    ReasoningDelta,
    Sent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from tests.chat.test_session import ANSWER, ENDLESS, Script
from tests.store.examples import rows
from tests.tui.chatting import Chat, chatting

LONG = "The cat sits at the window and watches how slowly the first snow of this winter falls"
REFUSED: Script = [Connecting(), Sent(), Failed(RequestRefused("no prefill here", http_status=400))]


def said(text: str, reason: str = "stop") -> Script:
    return [Connecting(), Sent(), Accepted(), TextDelta(text), FinishReason(reason), Finished(True)]


async def ask(chat: Chat, text: str = "hi") -> None:
    asked = len(chat.client.requests)
    await chat.type(text)
    await chat.press("enter")
    await chat.until(lambda: len(chat.client.requests) > asked)
    await ended(chat)


async def ended(chat: Chat) -> None:
    await chat.until(lambda: not chat.pane.session.running)
    await chat.pilot.pause()


async def go_on(chat: Chat) -> None:
    asked = len(chat.client.requests)
    await chat.press("f8")
    await chat.until(lambda: len(chat.client.requests) > asked)
    await ended(chat)


def texts(chat: Chat) -> list[str]:
    return [view.text for view in chat.pane.transcript.views]


async def test_the_rest_of_an_answer_is_shown_and_copied_as_one_with_it(tmp_path: Path) -> None:
    gate = asyncio.Event()
    rest: Script = [Connecting(), Sent(), Accepted(), TextDelta("wor"), gate, TextDelta("ld"), Finished(True)]
    async with chatting(tmp_path, said("Hello, ", "length"), rest) as chat:
        await ask(chat)
        await chat.until_shown("F8 continues it")
        await chat.press("f8")
        await chat.until_shown("wor")
        assert texts(chat) == ["hi", "Hello, ", "wor"], "not judged before it has ended"
        assert "┄┄ continued ┄┄" in chat.shown()
        assert "cut by the limit of tokens" in chat.shown(), "it stands below the mark of the first"
        gate.set()
        await ended(chat)
        assert texts(chat) == ["hi", "Hello, world"]
        assert "Hello, world" in chat.shown()
        assert "┄ continued" in chat.shown()
        assert "cut by the limit" not in chat.shown()
        message = chat.client.requests[-1].messages[-1]
        assert (message.role, message.content) == ("assistant", "Hello,")
        await chat.press("f8")
        await chat.until(lambda: "This answer is finished" in chat.notices)
        assert len(chat.client.requests) == 2
        await ask(chat, "more")
        assert texts(chat) == ["hi", "Hello, world", "more", "привет"]
    assert rows(tmp_path, "SELECT text FROM messages WHERE role = 'assistant' ORDER BY seq") == [
        ("Hello, ",),
        ("world",),
        ("привет",),
    ]
    async with chatting(tmp_path) as chat:
        (summary,) = chat.pane.services.store.library.summaries()
        await chat.pane.open(summary.id)
        assert texts(chat) == ["hi", "Hello, world", "more", "привет"]
        await chat.pilot.pause()


async def test_the_receipt_and_the_bill_are_those_of_both(tmp_path: Path) -> None:
    def counted(text: str, reason: str, tokens: int) -> Script:
        events = said(text, reason)
        return [*events[:-1], Usage(10, tokens, 10 + tokens), events[-1]]

    async with chatting(tmp_path, counted("one", "length", 7), counted(" two", "stop", 4)) as chat:
        await ask(chat)
        assert "   7 tok · " in chat.shown()
        await go_on(chat)
        assert "   11 tok · " in chat.shown()


async def test_what_is_read_stays_where_it_is_when_both_are_joined(tmp_path: Path) -> None:
    gate = asyncio.Event()
    lines = "".join(f"\n\nline {number}" for number in range(40))
    rest: Script = [Connecting(), Sent(), Accepted(), TextDelta(lines), gate, Finished(True)]
    async with chatting(tmp_path, said("Hello", "length"), rest) as chat:
        await ask(chat)
        await chat.press("f8")
        await chat.until_shown("line 39")
        chat.pane.transcript.action_page_up()
        chat.pane.transcript.action_page_up()
        await chat.pilot.pause()
        before = [line for line in chat.shown().splitlines() if "line " in line]
        gate.set()
        await ended(chat)
        assert texts(chat) == ["hi", "Hello" + lines]
        after = [line for line in chat.shown().splitlines() if "line " in line]
        assert set(before) & set(after), "it is another place"
        assert not chat.pane.transcript.stack.at_end
        chat.pane.transcript.action_to_start()
        await chat.until_shown("continued")


async def test_a_stopped_answer_is_gone_on_with_again_and_again(tmp_path: Path) -> None:
    async with chatting(tmp_path, ENDLESS, ENDLESS, said(", конец")) as chat:
        await chat.type("hi")
        await chat.press("enter")
        await chat.until_shown("начало")
        await chat.press("escape")
        await ended(chat)
        await chat.press("f8")
        await chat.until(lambda: len(texts(chat)) == 3 and texts(chat)[2] == "начало")
        await chat.press("escape")
        await ended(chat)
        assert texts(chat) == ["hi", "начало"], "an echo"
        assert chat.text == "", "the answer is no question that comes back"
        await go_on(chat)
        assert texts(chat) == ["hi", "начало, конец"]


async def test_another_answer_is_a_version(tmp_path: Path) -> None:
    async with chatting(tmp_path, said(LONG, "length"), said(LONG[:50] + "!")) as chat:
        await ask(chat)
        await go_on(chat)
        assert texts(chat) == ["hi", LONG[:50] + "!"]
        assert "2/2" in chat.shown()
        await chat.until(lambda: any("began again" in notice for notice in chat.notices))
        chat.pane.transcript.focus()
        await chat.press("left")
        await chat.until(lambda: texts(chat) == ["hi", LONG])
        learnt = chat.pane.services.store.learnt
        await chat.until(
            lambda: learnt.get("neuroapi.host", "gpt-5-mini", "continue") == "continue_final_message"
        )
        await go_on(chat)
        assert chat.client.requests[-1].parameters["continue_final_message"] is True


async def test_a_refusal_offers_a_question_and_sends_nothing_by_itself(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("Hello, ", "length"), REFUSED, ANSWER, said("One", "length")) as chat:
        await ask(chat)
        await go_on(chat)
        await chat.until_shown("F8 asks it to go on, as a new question")
        assert "no prefill here" in chat.shown()
        assert (texts(chat), chat.text) == (["hi", "Hello, "], "")
        await chat.pilot.pause()
        assert len(chat.client.requests) == 2
        await go_on(chat)
        assert [(message.role, message.content) for message in chat.client.requests[-1].messages] == [
            ("user", "hi"),
            ("assistant", "Hello, "),
            ("user", "Go on from where you stopped"),
        ]
        assert texts(chat) == ["hi", "Hello, ", "Go on from where you stopped", "привет"]
        await ask(chat, "again")
        await chat.press("f8")
        await chat.until(lambda: any("takes no answer to continue" in notice for notice in chat.notices))
        assert len(chat.client.requests) == 4, "what was learnt is not asked again"
        await go_on(chat)
        assert chat.asked[-1] == "Go on from where you stopped"


async def test_a_form_that_a_refusal_names_is_used_the_next_time(tmp_path: Path) -> None:
    words = "Expected last role User or Tool (or Assistant with prefix True) for serving"
    wants: Script = [Connecting(), Sent(), Failed(RequestRefused(words, http_status=400))]
    async with chatting(tmp_path, said("Hello, ", "length"), wants, said("world")) as chat:
        await ask(chat)
        await go_on(chat)
        await chat.until_shown("F8 continues it")
        learnt = chat.pane.services.store.learnt
        await chat.until(lambda: learnt.get("neuroapi.host", "gpt-5-mini", "continue") == "prefix")
        await go_on(chat)
        assert chat.client.requests[-1].messages[-1].fields == {"prefix": True}
        assert texts(chat) == ["hi", "Hello, world"]


async def test_after_later_messages_it_is_a_branch(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("one", "length"), ANSWER, said(" two")) as chat:
        await ask(chat)
        await ask(chat, "more")
        chat.pane.transcript.move_cursor(1)
        await go_on(chat)
        assert texts(chat) == ["hi", "one two"]
        assert "2/2" in chat.shown()
        chat.pane.transcript.focus()
        chat.pane.transcript.move_cursor(1)
        await chat.press("left")
        await chat.until(lambda: texts(chat) == ["hi", "one", "more", "привет"])
        await chat.press("right")
        await chat.until(lambda: texts(chat) == ["hi", "one two"])


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            [
                "There is no answer to continue",
                "Only an answer can be continued",
                "There is not a word of this answer to continue from; Ctrl+G asks again",
                "An answer is being written: stop it first, or wait",
                "This answer is finished",
            ],
        ),
        (
            "ru",
            [
                "Продолжать нечего: ответа ещё нет",
                "Продолжить можно только ответ",
                "В этом ответе ещё нет ни слова, продолжать не с чего; Ctrl+G — спросить ещё раз",
                "Пишется ответ: остановите его или подождите",
                "Этот ответ закончен",
            ],
        ),
    ],
)
async def test_where_there_is_nothing_to_continue_it_says_so(
    tmp_path: Path, language: str, sentences: list[str]
) -> None:
    thought: Script = [Sent(), ReasoningDelta("hm"), FinishReason("length"), Finished(True)]
    call: Script = [Sent(), ToolCallDelta(0, "c", "f", "{}"), FinishReason("length"), Finished(True)]
    async with chatting(tmp_path, thought, call, ENDLESS, ANSWER, language=language) as chat:
        await chat.type("/continue")
        await chat.press("enter")
        await chat.until(lambda: sentences[0] in chat.notices)
        await ask(chat)
        chat.pane.transcript.move_cursor(0)
        await chat.press("f8")
        await chat.until(lambda: sentences[1] in chat.notices)
        chat.pane.transcript.cursor = None
        await chat.press("f8")
        await chat.until(lambda: sentences[2] in chat.notices)
        await ask(chat, "2")
        told = chat.newest_notice
        await chat.press("f8")
        await chat.until(lambda: chat.newest_notice not in {"", told})
        await chat.type("3")
        await chat.press("enter")
        await chat.until_shown("начало")
        await chat.press("f8")
        await chat.until(lambda: sentences[3] in chat.notices)
        await chat.press("escape")
        await ended(chat)
        await ask(chat, "4")
        await chat.type("/continue")
        await chat.press("enter")
        await chat.until(lambda: sentences[4] in chat.notices)
        assert len(chat.client.requests) == 4


async def test_before_there_is_a_conversation_it_can_be_typed(tmp_path: Path) -> None:
    """The slash menu asks at each letter what can be done, from the first picture on."""
    async with chatting(tmp_path) as chat:
        chat.pane.loaded.clear()
        transcript = chat.pane.transcript
        del chat.pane.transcript
        await chat.type("/cont")
        await chat.until_shown("/continue")
        assert not chat.pane.commands.can("continue")
        await chat.press("ctrl+a", "ctrl+k")
        chat.pane.transcript = transcript
        chat.pane.loaded.set()


async def test_two_keys_are_one_request(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("one", "length"), ENDLESS) as chat:
        await ask(chat)
        await chat.press("f8", "f8", "f8")
        await chat.until_shown("начало")
        assert len(chat.client.requests) == 2
        await chat.press("escape")
        await ended(chat)


async def test_a_hit_in_either_part_leads_to_the_answer(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("first half", "length"), said(" second half")) as chat:
        await ask(chat)
        await go_on(chat)
        first, second = list(chat.pane.session.conversation.messages.values())[1:]
        for part in (first, second):
            await chat.pane.open(chat.pane.session.conversation.id, part.id, "half")
            assert chat.pane.transcript.cursor == 1
            await chat.pilot.pause()
        assert (first.status, second.status) == (Status.LENGTH, Status.COMPLETE)
