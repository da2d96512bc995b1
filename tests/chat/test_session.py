"""The session with a client and a journal of its own: who owns the turn, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs
from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Conversation, Message, Part, Role, Status, user_message
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.errors import DiskFull, StoreError, UpstreamUnavailable
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    Failed,
    Finished,
    FinishReason,
    PartReceived,
    ReasoningDelta,
    ReplyEvent,
    Sent,
    TextDelta,
    ToolCallDelta,
)
from neurotui.wire.parts import Blob, text_of
from neurotui.wire.request import ChatRequest


@dataclass(frozen=True, slots=True)
class WritingUntil:
    """Bytes now and then until an event is set: what is silent for long is told as quiet, not as written."""

    end: asyncio.Event

    async def play(self, emit: Callable[[ReplyEvent], None]) -> None:
        while not self.end.is_set():
            emit(BytesReceived(1))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self.end.wait()


Script = list[ReplyEvent | float | asyncio.Event | WritingUntil]
"""Events of a reply, seconds to wait between them, and what to wait for until a test sets it."""

ANSWER: Script = [
    Connecting(),
    Sent(),
    Accepted(),
    TextDelta("при"),
    TextDelta("вет"),
    FinishReason("stop"),
    Finished(True),
]
FAILURE: Script = [Connecting(), Sent(), Failed(UpstreamUnavailable())]
ENDLESS: Script = [Connecting(), Sent(), Accepted(), TextDelta("начало"), 60.0]
_PULSE: Script = [0.5, BytesReceived(1)]
WRITING: Script = [*ENDLESS[:-1], *_PULSE * 120]
"""As endless, but never silent for so long that it is told as quiet, however busy the machine is."""
SLOW: Script = [
    Connecting(),
    Sent(),
    Accepted(),
    0.05,
    TextDelta("позже"),
    FinishReason("stop"),
    Finished(True),
]
SILENT: Script = [Connecting(), Sent(), 60.0]


class ScriptedClient:
    """Plays one script for each request, and keeps the requests."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.requests: list[ChatRequest] = []
        self.cancels = 0

    async def stream(
        self, request: ChatRequest, emit: Callable[[ReplyEvent], None], interval: Callable[[], float]
    ) -> None:
        self.requests.append(request)
        try:
            for step in self.scripts.pop(0):
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, WritingUntil):
                    await step.play(emit)
                else:
                    emit(step)
        except asyncio.CancelledError:
            self.cancels += 1
            raise


class MemoryBlobs:
    """The bytes of files."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def open(self, blob: Blob) -> BinaryIO:
        return BytesIO(self.found[blob.digest])

    def put(self, data: bytes) -> Blob:
        blob = Blob(sha256(data).hexdigest(), len(data))
        self.found[blob.digest] = data
        return blob


class MemoryJournal:
    """Keeps what it is told, and can be out of order."""

    def __init__(self, trouble: StoreError | None = None) -> None:
        self.log: list[tuple[str, ...]] = []
        self.trouble = trouble
        self.blobs = MemoryBlobs()
        self.slow = asyncio.Event()
        """Files are kept once it is set."""
        self.slow.set()

    async def begin(self, conversation: Conversation, *messages: Message) -> None:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        self.log += [("begin", message.role, message.text) for message in messages]

    def append(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        self.log.append(("append", text, reasoning))

    def note(self, answer: Message) -> None:
        self.log.append(("note", str(answer.unreadable)))

    def keep_media(self, answer_id: str, make: Callable[[Blobs], Attachment]) -> asyncio.Future[Attachment]:
        return asyncio.ensure_future(self._keep(make))

    async def _keep(self, make: Callable[[Blobs], Attachment]) -> Attachment:
        await self.slow.wait()
        if self.trouble:
            raise self.trouble
        attachment = await asyncio.to_thread(make, self.blobs)
        self.log.append(("keep", attachment.kind))
        return attachment

    async def finish(self, message: Message) -> None:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        self.log.append(("finish", message.status, message.text))


class Onlooker:
    """Writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.arrived = asyncio.Event()

    def message_added(self, message: Message) -> None:
        self.seen.append(f"+{message.role}")

    def event_received(self, event: ReplyEvent) -> None:
        self.seen.append(type(event).__name__)
        if isinstance(event, TextDelta | Sent):
            self.arrived.set()

    def message_ended(self, message: Message) -> None:
        self.seen.append(f"={message.status}")

    def saving_failed(self, error: StoreError) -> None:
        self.seen.append(f"!{error.kind}")


def session_of(
    *scripts: Script, journal: MemoryJournal | None = None
) -> tuple[Session, ScriptedClient, MemoryJournal, Onlooker]:
    client, journal, onlooker = ScriptedClient(*scripts), journal or MemoryJournal(), Onlooker()
    session = Session(Branch(), Participant(client, "m"), journal)
    session.subscribe(onlooker)
    return session, client, journal, onlooker


async def started(session: Session, onlooker: Onlooker, text: str = "вопрос") -> asyncio.Future[Message]:
    onlooker.arrived.clear()
    task = session.send(text)
    await asyncio.wait_for(onlooker.arrived.wait(), 30)
    return task


async def test_a_question_is_on_disk_before_it_leaves_and_the_answer_after_it_came() -> None:
    session, client, journal, onlooker = session_of(ANSWER)
    answer = await session.send("вопрос")
    assert (answer.text, answer.status, answer.model) == ("привет", Status.COMPLETE, "m")
    assert journal.log == [
        ("begin", "user", "вопрос"),
        ("begin", "assistant", ""),
        ("append", "при", ""),
        ("append", "вет", ""),
        ("finish", "complete", "привет"),
    ]
    assert onlooker.seen[:3] == ["+user", "+assistant", "Connecting"]
    assert onlooker.seen[-1] == "=complete"
    assert [(m.role, m.content) for m in client.requests[0].messages] == [("user", "вопрос")]


async def test_the_whole_conversation_goes_with_each_request() -> None:
    session, client, _, _ = session_of(ANSWER, ANSWER)
    session.conversation.system_prompt = "Отвечай кратко"
    await session.send("один")
    await session.send("два")
    assert [(m.role, m.content) for m in client.requests[1].messages] == [
        ("system", "Отвечай кратко"),
        ("user", "один"),
        ("assistant", "привет"),
        ("user", "два"),
    ]


async def test_reasoning_is_never_sent_back() -> None:
    thinking: Script = [Sent(), ReasoningDelta("тайна"), TextDelta("ответ"), Finished(True)]
    session, client, _, _ = session_of(thinking, ANSWER)
    await session.send("один")
    await session.send("два")
    assert "тайна" not in repr(client.requests[1])


async def test_stop_keeps_the_text_and_says_how_fast() -> None:
    session, client, journal, onlooker = session_of(ENDLESS)
    task = await started(session, onlooker)
    await session.stop()
    answer = await task
    assert (answer.text, answer.status) == ("начало", Status.STOPPED)
    assert answer.timing is not None
    assert answer.timing.closed is not None
    assert client.cancels == 1
    assert journal.log[-1] == ("finish", "stopped", "начало")
    assert not session.running


async def test_twenty_stops_are_one() -> None:
    session, client, journal, onlooker = session_of(ENDLESS, ANSWER)
    task = await started(session, onlooker)
    await asyncio.gather(*(session.stop() for _ in range(20)))
    assert (await task).status is Status.STOPPED
    assert client.cancels == 1
    assert [entry for entry in journal.log if entry[0] == "finish"] == [("finish", "stopped", "начало")]
    assert not task.cancelled()
    assert (await session.send("дальше")).status is Status.COMPLETE


async def test_stop_when_nothing_runs_is_nothing() -> None:
    session, _, journal, _ = session_of()
    await session.stop()
    assert journal.log == []


async def test_after_a_stop_the_partial_answer_goes_along_and_messages_alternate() -> None:
    session, client, _, onlooker = session_of(ENDLESS, ANSWER)
    task = await started(session, onlooker)
    await session.stop()
    await task
    await session.send("ещё")
    assert [(m.role, m.content) for m in client.requests[1].messages] == [
        ("user", "вопрос"),
        ("assistant", "начало"),
        ("user", "ещё"),
    ]


@pytest.mark.parametrize("script", [FAILURE, SILENT])
async def test_an_unanswered_question_makes_room_for_the_next(script: Script) -> None:
    session, client, _, onlooker = session_of(script, ANSWER)
    task = await started(session, onlooker, "первый")
    await session.stop()
    await task
    await session.send("второй")
    assert [(m.role, m.content) for m in client.requests[1].messages] == [("user", "второй")]
    assert [message.text for message in session.conversation.path()] == ["второй", "привет"]
    assert any(message.text == "первый" for message in session.conversation.messages.values())


async def test_after_an_answer_that_is_a_tool_call_messages_alternate() -> None:
    called: Script = [ToolCallDelta(0, "c1", "f", "{}"), FinishReason("tool_calls"), Finished(True)]
    session, client, _, _ = session_of(ANSWER, called, ANSWER)
    for text in ("раз", "два", "три"):
        await session.send(text)
    assert [m.content for m in client.requests[-1].messages] == ["раз", "привет", "три"]
    path = session.conversation.path()
    assert [message.text for message in path] == ["раз", "привет", "два", "", "три", "привет"]


async def test_the_same_question_again_is_asked_again_not_twice() -> None:
    session, client, journal, _ = session_of(FAILURE, ANSWER)
    await session.send("вопрос")
    await session.send("вопрос")
    questions = [m for m in session.conversation.messages.values() if m.role is Role.USER]
    assert len(questions) == 1
    assert [(m.role, m.content) for m in client.requests[1].messages] == [("user", "вопрос")]
    assert [entry for entry in journal.log if entry[:2] == ("begin", "user")] == [("begin", "user", "вопрос")]


async def test_another_answer_is_a_sibling() -> None:
    session, client, _, _ = session_of(ANSWER, ANSWER)
    first = await session.send("вопрос")
    second = await session.ask_again(first.id)
    assert session.conversation.siblings(second.id) == [first.id, second.id]
    assert client.requests[0].messages == client.requests[1].messages


async def test_an_edited_question_is_a_sibling() -> None:
    session, client, _, _ = session_of(ANSWER, ANSWER, ANSWER)
    await session.send("один")
    second = await session.send("два")
    assert second.parent_id is not None
    await session.edit(second.parent_id, "два иначе")
    assert [message.text for message in session.conversation.path()] == [
        "один",
        "привет",
        "два иначе",
        "привет",
    ]
    assert len(client.requests[2].messages) == 3


async def test_a_question_with_files_does_not_leave_while_the_disk_is_full() -> None:
    session, client, _, onlooker = session_of(ANSWER, ANSWER, journal=MemoryJournal(DiskFull()))
    picture = Attachment(AttachmentKind.IMAGE, "a.png", "image/png", Blob("ab" * 32, 5))
    answer = await session.send("What is it?", (picture,))
    assert answer.status is Status.FAILED and not client.requests
    assert onlooker.seen.count("!disk_full") == 2
    assert (await session.send("What is it?")).status is Status.COMPLETE


async def test_a_full_disk_does_not_stop_the_chat() -> None:
    session, _, _, onlooker = session_of(ANSWER, journal=MemoryJournal(DiskFull()))
    answer = await session.send("вопрос")
    assert answer.status is Status.COMPLETE
    assert onlooker.seen.count("!disk_full") == 2


async def test_a_fault_of_the_client_ends_the_turn_and_is_not_hidden() -> None:
    class Broken(ScriptedClient):
        async def stream(self, *_arguments: object) -> None:
            raise ZeroDivisionError

    journal, onlooker = MemoryJournal(), Onlooker()
    session = Session(Branch(), Participant(Broken(), "m"), journal)
    session.subscribe(onlooker)
    with pytest.raises(ZeroDivisionError):
        await session.send("вопрос")
    assert onlooker.seen[-1] == "=failed"
    assert not session.running


async def test_a_cancelled_worker_still_leaves_the_end_on_disk() -> None:
    client, journal, onlooker = ScriptedClient(ENDLESS), MemoryJournal(), Onlooker()
    workers: list[asyncio.Task[None]] = []
    session = Session(
        Branch(),
        Participant(client, "m"),
        journal,
        spawn=lambda reply: workers.append(asyncio.ensure_future(reply)),
    )
    session.subscribe(onlooker)
    reply = await started(session, onlooker)
    workers[0].cancel()
    await asyncio.wait(workers)
    assert workers[0].cancelled() and reply.cancelled()
    assert journal.log[-1] == ("finish", "stopped", "начало")
    assert not session.running


async def test_whoever_waits_for_a_reply_may_go_without_ending_it() -> None:
    session, client, _, onlooker = session_of(ENDLESS)

    async def wait() -> None:
        await session.send("вопрос")

    waiting = asyncio.ensure_future(wait())
    await asyncio.wait_for(onlooker.arrived.wait(), 2)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert session.running and client.cancels == 0
    await session.stop()
    assert session.turn is not None and session.turn.status is Status.STOPPED
    assert onlooker.seen[-1] == "=stopped"


async def test_several_observers_see_the_same_and_may_leave() -> None:
    session, _, _, first = session_of(ENDLESS, ANSWER)
    second = Onlooker()
    leave = session.subscribe(second)
    await started(session, first)
    leave()
    seen = len(second.seen)
    assert second.seen == first.seen[:seen] and seen
    await session.stop()
    assert len(second.seen) == seen
    assert first.seen[-1] == "=stopped"


async def test_two_branches_of_a_conversation_are_answered_side_by_side() -> None:
    conversation = Conversation()
    question = user_message("вопрос", None)
    conversation.put(question)
    sessions = [
        Session(Branch(conversation, question.id), Participant(ScriptedClient(script), name), MemoryJournal())
        for name, script in (("slow", SLOW), ("quick", ANSWER))
    ]
    slow, quick = [session.send("вопрос") for session in sessions]
    answers = [await quick, await slow]
    assert [answer.model for answer in answers] == ["quick", "slow"]
    assert conversation.siblings(answers[0].id) == [answers[1].id, answers[0].id]
    assert [session.branch.leaf_id for session in sessions] == [answers[1].id, answers[0].id]
    for session, answer in zip(sessions, reversed(answers), strict=True):
        assert session.branch.path() == [question, answer]


async def test_a_lone_surrogate_and_a_nul_in_the_prompt_are_mended() -> None:
    session, client, _, _ = session_of(ANSWER, ANSWER)
    answer = await session.send("a\ud83db\0c")
    assert client.requests[0].messages[0].content == "a\ufffdb\ufffdc"
    assert answer.parent_id is not None
    await session.edit(answer.parent_id, "\ude00\0")
    assert client.requests[1].messages[0].content == "\ufffd\ufffd"


async def test_stop_ends_a_reply_that_is_about_to_begin() -> None:
    session, client, _, _ = session_of(ENDLESS)
    task = session.send("вопрос")
    await session.stop()
    assert (await task).status is Status.STOPPED
    assert client.requests == []


@pytest.mark.parametrize("blanks", ["\n\n", " \t", "\u200b"])
async def test_an_answer_of_blanks_is_never_sent_back(blanks: str) -> None:
    empty: Script = [Sent(), TextDelta(blanks), FinishReason("stop"), Finished(True)]
    session, client, _, _ = session_of(ANSWER, empty, ANSWER, ANSWER, ANSWER)
    await session.send("один")
    answer = await session.send("два")
    assert answer.text == blanks, "kept as it came"

    def last() -> list[str]:
        return [text_of(message.content) for message in client.requests[-1].messages]

    await session.send("три")
    assert last() == ["один", "привет", "три"]
    await session.ask_again(answer.id)
    assert last() == ["один", "привет", "два"]
    assert answer.parent_id is not None
    await session.edit(answer.parent_id, "два иначе")
    assert last() == ["один", "привет", "два иначе"]


async def test_an_old_answer_of_blanks_in_the_middle_is_left_out_with_its_question() -> None:
    session, client, _, _ = session_of(ANSWER)
    texts = ["один", "привет", "два", "\n\n", "три", "да"]
    messages = [
        Message(str(at), Role.USER if at % 2 == 0 else Role.ASSISTANT, text, str(at - 1) if at else None)
        for at, text in enumerate(texts)
    ]
    session.branch = Branch.of(Conversation.of(messages))
    await session.send("четыре")
    assert [m.content for m in client.requests[0].messages] == ["один", "привет", "три", "да", "четыре"]


async def test_pictures_alone_are_an_answer_that_is_gone_on_from() -> None:
    picture: Script = [Sent(), PartReceived("image"), FinishReason("stop"), Finished(True)]
    session, client, journal, _ = session_of(picture, ANSWER)
    drawn = await session.send("нарисуй")
    assert drawn.parts == (Part("image"),)
    assert ("note", "0") in journal.log
    await session.send("ещё")
    assert [message.text for message in session.conversation.path()] == ["нарисуй", "", "ещё", "привет"]
    assert [m.content for m in client.requests[1].messages] == ["ещё"]
