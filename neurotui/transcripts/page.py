"""A transcript as one self-contained HTML page.

Whatever a model wrote, the page only shows it (`page_text`), and on top of that a content security policy
forbids all loading, and all scripts but the page's own few lines (`page_look`). Without them it only has no
buttons that copy.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from html import escape

from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.joining import joined
from neurotui.chat.media_types import media_type
from neurotui.chat.text import clean
from neurotui.errors import AttachmentLost
from neurotui.i18n import _, language
from neurotui.transcripts import wording
from neurotui.transcripts.page_look import SCRIPT, STYLE, policy
from neurotui.transcripts.page_text import code_html, plain_html, text_html

_PIECE = 3 << 18
"""Bytes of a picture that are encoded at a time: a multiple of 3, so that the pieces can be joined."""


def render(
    conversation: Conversation, blobs: Blobs | None = None, *, receipts: bool = False
) -> Iterator[str]:
    """Yield the current branch, in pieces, with the pictures that `blobs` has."""
    title = escape(wording.title(conversation))
    yield (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    )
    if conversation.system_prompt:
        heading = escape(_("System prompt"))
        yield f'<section class="prompt"><h2>{heading}</h2>{_plain(conversation.system_prompt)}</section>\n'
    for number, message in enumerate(joined(conversation.walk()), 1):
        yield from _message(message, f"m{number}", blobs, receipts)
    if more := wording.elsewhere(conversation):
        yield f'<p class="note">{escape(more)}</p>\n'
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _message(message: Message, place: str, blobs: Blobs | None, receipts: bool) -> Iterator[str]:
    """Yield a message; `place` is its id in the page."""
    who, moment = escape(wording.speaker(message)), wording.moment(message.created_at)
    time = f'<time datetime="{moment.replace(" ", "T")}">{moment}</time>' if moment else ""
    yield f'<article class="{message.role}" id="{place}" aria-labelledby="{place}-who">\n'
    yield f'<header><h2 id="{place}-who">{who}</h2>{time}</header>\n'
    if message.reasoning.strip():
        yield f"<details><summary>{escape(wording.thought(message))}</summary>"
        yield f"{_plain(message.reasoning.strip(chr(10)))}</details>\n"
    if message.role is Role.ASSISTANT:
        yield f'<div class="content">{text_html(clean(message.text), place)}</div>\n'
    else:
        yield f"{_plain(message.text)}\n"
    for attachment in message.attachments:
        yield from _attachment(attachment, blobs)
    for call in message.tool_calls:
        yield code_html(clean(call.arguments), call.name, highlighted=False)
    if sources := wording.sources(message):
        items = "".join(f"<li>{escape(title)} {_address(url)}</li>" for url, title in sources)
        yield f'<footer class="sources">{escape(_("Sources"))}<ol>{items}</ol></footer>\n'
    if remark := wording.remark(message, receipts=receipts):
        yield f"<footer>{escape(remark)}</footer>\n"
    yield "</article>\n"


def _attachment(attachment: Attachment, blobs: Blobs | None) -> Iterator[str]:
    """Yield a file of a message: a picture as it is, a text that unfolds, anything else by its name."""
    words = escape(wording.attachment(attachment))
    if attachment.kind is AttachmentKind.IMAGE and blobs is not None:
        with suppress(AttachmentLost), blobs.open(attachment.blob) as file:
            data = file.read(_PIECE)
            if (kind := media_type(data)).startswith("image/"):
                yield f'<figure class="picture"><img alt="{words}" src="data:{kind};base64,'
                while data:
                    yield base64.b64encode(data).decode()
                    data = file.read(_PIECE)
                yield f'"><figcaption>{words}</figcaption></figure>\n'
                return
    if attachment.text:
        yield f"<details><summary>{words}</summary>{_plain(attachment.text)}</details>\n"
    else:
        yield f'<p class="note">{words}</p>\n'


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return escape(url)
    return f'<a class="bare" href="{escape(url)}" rel="noopener noreferrer nofollow">{escape(url)}</a>'


def _plain(text: str) -> str:
    return plain_html(clean(text))
