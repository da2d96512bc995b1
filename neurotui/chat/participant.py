"""Who answers in a conversation, and how a request is made for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from neurotui.chat.attachments import Attachment, content, pictures
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.joining import sent_to
from neurotui.chat.joint import stem
from neurotui.chat.ports import Client
from neurotui.chat.received import file_name
from neurotui.wire.prefill import Prefill, prefilled

if TYPE_CHECKING:
    from neurotui.wire.parts import Blob
    from neurotui.wire.request import ChatRequest, RequestMessage

_OF_PICTURES = ("size", "quality", "style", "background")
"""Parameters that a request for a picture may have; those of a chat would be refused."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A model that answers, and how it is asked."""

    client: Client
    model: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Fields of each request; they override those of the conversation."""
    stream: bool = True
    profile: str = ""
    """Name of the profile whose server this is, for the bill; empty where it has none."""
    takes: frozenset[str] | None = None
    """What the model takes, of `text`, `image`, `audio` and `file`; None if nobody tells."""
    draws: bool = False
    """True if the model makes pictures alone, by a call of their own."""
    server: str = ""
    """The mark to store in a conversation held with it; empty to leave the present mark."""

    def request(
        self, conversation: Conversation, last: Message, prefill: Prefill = Prefill.PLAIN
    ) -> ChatRequest:
        """Return the request for what comes after `last`: an answer, or the rest of one."""
        from neurotui.wire.parts import blobs_of, text_of
        from neurotui.wire.request import ChatRequest, PictureRequest, RequestMessage

        if self.draws:
            told = conversation.parameters | dict(self.parameters)
            known = {name: told[name] for name in _OF_PICTURES if name in told}
            return PictureRequest.of(self.model, last.text, known)
        messages = []
        if conversation.system_prompt:
            messages.append(RequestMessage("system", conversation.system_prompt))
        messages += self._messages(sent_to(conversation, last.id))
        parameters = conversation.parameters | dict(self.parameters)
        sent = frozenset(blob for message in messages for blob in blobs_of(message.content))
        earlier = sent - _own(conversation, last) if sent else sent
        request = ChatRequest(self.model, messages, parameters, self.stream, earlier)
        if last.role is not Role.ASSISTANT:
            return request
        messages[-1] = replace(messages[-1], content=stem(text_of(messages[-1].content)))
        return prefilled(request, prefill)

    def _messages(self, sent: Iterable[Message]) -> Iterator[RequestMessage]:
        """Yield messages as the server gets them.

        It takes no picture in the place of an answer: those that an answer made go along with the next
        question. An answer without words is the names of its files, for some servers refuse two questions in
        a row.
        """
        from neurotui.wire.request import RequestMessage

        made: list[Attachment] = []
        for message in sent:
            if message.role is Role.ASSISTANT:
                made += pictures(message.attachments)
                yield RequestMessage(message.role, message.text if not message.is_blank else _named(message))
                continue
            shown = made if self.takes is None or "image" in self.takes else []
            yield RequestMessage(message.role, content(message.text, (*shown, *message.attachments)))
            made = []


def _named(answer: Message) -> str:
    """Return the names of an answer's files, the same in all languages: earlier turns stay as they are."""
    names = (file_name(each, number) for number, each in enumerate(answer.attachments, 1))
    return f"[{', '.join(names)}]"


def _own(conversation: Conversation, last: Message) -> set[Blob]:
    """Return the files of the question that is asked, or whose answer is continued."""
    asked = conversation.question_of(last.id) if last.role is Role.ASSISTANT else last.id
    question = conversation.messages.get(asked or "")
    return {each.sent_blob for each in question.attachments} if question is not None else set()
