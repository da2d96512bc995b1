"""A transcript as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from neurotui.chat.attachments import AttachmentKind
from neurotui.chat.conversation import Conversation, Message
from neurotui.chat.joining import joined
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _
from neurotui.transcripts import wording


def render(conversation: Conversation, *, receipts: bool = False) -> Iterator[str]:
    """Yield the current branch, in pieces."""
    title = wording.title(conversation)
    yield f"{title}\n{'=' * len(title)}\n"
    if conversation.system_prompt:
        yield f"\n{clean(conversation.system_prompt)}\n"
    for message in joined(conversation.walk()):
        yield from _message(message, receipts)
    if more := wording.elsewhere(conversation):
        yield f"\n[{more}]\n"


def _message(message: Message, receipts: bool) -> Iterator[str]:
    heading = [wording.speaker(message), wording.moment(message.created_at)]
    yield f"\n{' · '.join(part for part in heading if part)}:\n"
    if message.reasoning.strip():
        thoughts = clean(message.reasoning).strip("\n").replace("\n", "\n    ")
        yield f"\n    [{wording.thought(message)}]\n    {thoughts}\n"
    if message.text:
        yield f"\n{clean(message.text).strip(chr(10))}\n"
    for attachment in message.attachments:
        yield f"\n[{wording.attachment(attachment)}]\n"
        if attachment.kind is AttachmentKind.PASTE:
            yield f"\n{clean(attachment.text).strip(chr(10))}\n"
    for call in message.tool_calls:
        yield f"\n{clean_line(call.name)} {clean(call.arguments)}\n"
    if sources := wording.sources(message):
        yield f"\n{_('Sources')}:\n"
        for number, (url, title) in enumerate(sources, 1):
            yield f"[{number}] {f'{title} · ' if title else ''}{url}\n"
    if remark := wording.remark(message, receipts=receipts):
        yield f"\n[{remark}]\n"
