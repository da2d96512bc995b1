"""What a request says of attached files, and that earlier turns stay the same."""

from __future__ import annotations

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind, content, fenced
from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Conversation, Message, Role, Status, user_message
from neurotui.chat.participant import Participant
from neurotui.chat.tokens import content_tokens
from neurotui.wire.parts import Blob, FilePart, ImagePart, TextPart
from neurotui.wire.request import RequestMessage
from tests.chat.test_session import ScriptedClient

BLOB = Blob("ab" * 32, 5)
PICTURE = Attachment(AttachmentKind.IMAGE, "cat.png", "image/png", BLOB)
LOG = Attachment(AttachmentKind.TEXT, "a.log", "text/plain", BLOB, text="one\ntwo")
PDF = Attachment(AttachmentKind.PDF, "a.pdf", "application/pdf", BLOB, text="words")


def test_texts_come_first_and_the_question_last_among_them() -> None:
    assert content("Why?", (PICTURE, LOG)) == (
        TextPart("a.log:\n```\none\ntwo\n```"),
        TextPart("Why?"),
        ImagePart(BLOB, "image/png"),
    )


def test_text_alone_is_a_plain_string() -> None:
    assert content("Why?", (LOG,)) == "a.log:\n```\none\ntwo\n```\n\nWhy?"
    assert content("", (LOG,)) == "a.log:\n```\none\ntwo\n```"
    assert content("Why?", ()) == "Why?"


def test_a_text_cannot_close_its_fence() -> None:
    assert fenced("a.md", "```\ncode\n```\n") == "a.md:\n````\n```\ncode\n```\n````"
    assert "\x1b" not in fenced("a\x1b]0;b.md", "x")


def test_a_document_is_sent_as_a_file_or_as_its_text() -> None:
    request = Participant(ScriptedClient([]), "m").request(*asked("Why?", PDF))
    assert request.messages[0].content == (TextPart("Why?"), FilePart(BLOB, "application/pdf", "a.pdf"))
    text = Attachment(AttachmentKind.PDF, "a.pdf", "application/pdf", BLOB, text="words", as_text=True)
    assert content("Why?", (text,)) == "a.pdf:\n```\nwords\n```\n\nWhy?"


def test_earlier_turns_are_the_same_from_turn_to_turn() -> None:
    conversation = Conversation()
    branch = Branch.of(conversation)
    participant = Participant(ScriptedClient([]), "m")
    sent: list[list[RequestMessage]] = []
    for number in range(3):
        question = user_message(f"{number}", branch.leaf_id, (PICTURE, LOG) if number == 0 else ())
        branch.put(question)
        sent.append(list(participant.request(conversation, question).messages))
        words = "" if number == 1 else "So."
        branch.put(Message(f"a{number}", Role.ASSISTANT, words, question.id, attachments=(PICTURE,)))
    assert sent[1][: len(sent[0])] == sent[0] and sent[2][: len(sent[1])] == sent[1]
    assert [message.role for message in sent[2]] == ["user", "assistant", "user", "assistant", "user"]
    assert sent[2][2].content == (TextPart("1"), ImagePart(BLOB, "image/png")), (
        "the picture that the answer made"
    )


def test_a_model_that_takes_no_pictures_gets_none_that_an_answer_made() -> None:
    conversation = Conversation.of(
        [
            Message("q", Role.USER, "Draw."),
            Message("a", Role.ASSISTANT, "Here.", "q", status=Status.COMPLETE, attachments=(PICTURE,)),
            Message("r", Role.USER, "Thanks.", "a"),
        ]
    )
    participant = Participant(ScriptedClient([]), "m", takes=frozenset({"text"}))
    assert participant.request(conversation, conversation.messages["r"]).messages[-1].content == "Thanks."


def test_a_question_of_files_alone_is_sent_and_has_a_name() -> None:
    conversation, question = asked("", PICTURE)
    request = Participant(ScriptedClient([]), "m").request(conversation, question)
    assert request.messages[0].content == (ImagePart(BLOB, "image/png"),)
    assert content_tokens(request.messages[0].content) == 1000
    assert conversation.name == "cat.png"
    paste = Attachment(AttachmentKind.PASTE, "", "text/plain", BLOB, text="The first\n\n words")
    assert asked("", PICTURE, paste)[0].name == "cat.png, The first words"


def asked(text: str, *attachments: Attachment) -> tuple[Conversation, Message]:
    question = user_message(text, None, attachments)
    return Conversation.of([question]), question


@pytest.mark.parametrize("run", [0, 1, 2, 3, 4, 5, 7, 8, 12, 100, 4097])
def test_a_fence_is_one_backtick_longer_than_any_run_in_the_text(run: int) -> None:
    text = f"a ``b`` {'`' * run} c"
    first, *_, last = fenced("", text).split("\n")
    assert first == last == "`" * max(3, run + 1)
