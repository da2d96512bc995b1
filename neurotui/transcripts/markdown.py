"""A transcript as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from neurotui.chat.attachments import AttachmentKind
from neurotui.chat.conversation import Conversation, Message
from neurotui.chat.joining import joined
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _
from neurotui.transcripts import wording


def render(conversation: Conversation, *, receipts: bool = False) -> Iterator[str]:
    """Yield the current branch, in pieces."""
    yield f"# {wording.title(conversation)}\n"
    if conversation.system_prompt:
        yield f"\n{_quoted(conversation.system_prompt)}\n"
    for message in joined(conversation.walk()):
        yield from _message(message, receipts)
    if more := wording.elsewhere(conversation):
        yield f"\n---\n\n*{more}*\n"


def _message(message: Message, receipts: bool) -> Iterator[str]:
    heading = [wording.speaker(message), wording.moment(message.created_at)]
    yield f"\n## {' · '.join(part for part in heading if part)}\n"
    if message.reasoning.strip():
        yield f"\n> **{wording.thought(message)}**\n>\n{_quoted(message.reasoning)}\n"
    if message.text:
        yield f"\n{_ended(clean(message.text).strip(chr(10)))}\n"
    for attachment in message.attachments:
        yield f"\n📎 {_escaped(wording.attachment(attachment))}\n"
        if attachment.kind is AttachmentKind.PASTE:
            yield f"\n{_fenced(clean(attachment.text))}\n"
    for call in message.tool_calls:
        yield f"\n{_fenced(f'{clean_line(call.name)} {clean(call.arguments)}')}\n"
    if sources := wording.sources(message):
        yield f"\n**{_('Sources')}**\n\n"
        for number, (url, title) in enumerate(sources, 1):
            yield f"{number}. {_escaped(title)}{' · ' if title else ''}{_link(url)}\n"
    if remark := wording.remark(message, receipts=receipts):
        yield f"\n*— {remark}*\n"


def _ended(text: str) -> str:
    """Close the last code block of a text: in an answer that was cut it would take in all that follows."""
    if "```" not in text and "~~~" not in text:
        return text
    last = MarkdownIt("commonmark").parse(f"{text}\n\nwhat follows")[-1]
    return f"{text}\n{last.markup}" if last.type == "fence" else text


def _link(url: str) -> str:
    """Return an address as a link; as text if it cannot be one."""
    return (
        f"<{url}>" if url.startswith(("http://", "https://")) and not set(url) & set(" <>") else _escaped(url)
    )


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in clean(text).strip("\n").split("\n"))


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
