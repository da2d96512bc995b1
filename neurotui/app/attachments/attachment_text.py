"""The words for attachments, in all faces: the label of one, and what is told once as it is attached."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment, AttachmentKind, content, text_part
from neurotui.chat.conversation import Message
from neurotui.chat.token_counts import counts_of_content
from neurotui.chat.token_rates import TokenRates
from neurotui.chat.tokens import BYTES_PER_PAGE, PER_IMAGE, PER_PAGE, PER_SECOND, estimate_tokens
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import about, data_size, duration, money, number, rough
from neurotui.wire.price import MICROS, Price

if TYPE_CHECKING:
    from neurotui.wire.parts import Blob


def attachment_label(
    attachment: Attachment, price: Price | None = None, rates: TokenRates | None = None
) -> str:
    """Return an attachment in one line: `report.md · 12 KB · ≈ 3,100 tok`, with its cost by the price.

    The tokens are by what was learnt of the model, where `rates` tell that.
    """
    tokens = attachment_tokens(attachment, rates)
    parts = [sent_label(attachment)]
    if tokens:
        parts.append(_("{n} tok").format(n=about(number(rough(tokens)))))
    if tokens and price is not None and price.input:
        cost = rough(round(tokens * price.input / MICROS))
        parts.append(about(money(cost / MICROS, price.currency)))
    return " · ".join(parts)


def sent_label(attachment: Attachment) -> str:
    """Return a file of a message that was sent in one line: what the server has counted is not estimated."""
    parts = attachment_name(attachment), *_measures(attachment), data_size(attachment.blob.size)
    return " · ".join(parts)


def attachment_tokens(attachment: Attachment, rates: TokenRates | None = None) -> int:
    """Estimate the tokens of an attachment as it is sent."""
    if rates is not None:
        return rates.part_tokens(counts_of_content(content("", (attachment,))))
    if attachment.is_text:
        return estimate_tokens(text_part(attachment))
    facts = attachment.facts
    match attachment.kind:
        case AttachmentKind.IMAGE:
            return PER_IMAGE
        case AttachmentKind.AUDIO:
            return round(PER_SECOND * facts.seconds)
        case AttachmentKind.PDF:
            return PER_PAGE * (facts.pages or max(1, attachment.blob.size // BYTES_PER_PAGE))
    return 0


def remarks(attachment: Attachment) -> list[str]:
    """Return what its user should know of an attachment, told once as it is attached: one sentence each."""
    facts, name = attachment.facts, attachment_name(attachment)
    found = []
    if facts.encoding:
        found.append(_("{name} was read as {encoding}").format(name=name, encoding=facts.encoding))
    if facts.sent_width:
        words = _("{name} is larger than the server takes: it is sent as {width}×{height}")
        found.append(words.format(name=name, width=facts.sent_width, height=facts.sent_height))
    if facts.has_place:
        found.append(_("{name} tells where it was taken, and is sent as it is").format(name=name))
    if attachment.kind is AttachmentKind.PDF and attachment.as_text:
        found.append(f"{name}: {_pages(facts.pages, facts.blank_pages)}")
    if facts.left_out:
        words = ngettext(
            "{name}: {n} file is left out: hidden, ignored, or no text",
            "{name}: {n} files are left out: hidden, ignored, or no text",
            facts.left_out,
        )
        found.append(words.format(name=name, n=number(facts.left_out)))
    return found


def without_lost(messages: Iterable[Message], lost: Set[Blob]) -> str:
    """Return that the question leaves without the files of earlier messages that are lost; "" for none."""
    names = dict.fromkeys(
        attachment_name(each) for message in messages for each in message.attachments if is_lost(each, lost)
    )
    words = ngettext(
        "The question goes without {names}: its kept copy is damaged or gone",
        "The question goes without {names}: their kept copies are damaged or gone",
        len(names),
    )
    return words.format(names=", ".join(names)) if names else ""


def is_lost(attachment: Attachment, lost: Set[Blob]) -> bool:
    """True if a file is one of those that are lost, and is not sent as a text, which is kept by itself."""
    return attachment.sent_blob in lost and not attachment.is_text


def lost_label(attachment: Attachment) -> str:
    """Return a file whose kept copy is damaged or gone, in one line."""
    return f"{attachment_name(attachment)} · {_('damaged or gone')}"


def _measures(attachment: Attachment) -> list[str]:
    """Return what measures its kind: pixels, pages, seconds, files."""
    facts = attachment.facts
    match attachment.kind:
        case AttachmentKind.IMAGE if facts.width:
            return [f"{facts.width}×{facts.height}"]
        case AttachmentKind.PDF if facts.pages:
            return [ngettext("{n} page", "{n} pages", facts.pages).format(n=number(facts.pages))]
        case AttachmentKind.AUDIO if facts.seconds:
            return [duration(facts.seconds)]
        case AttachmentKind.FOLDER:
            return [ngettext("{n} file", "{n} files", facts.files).format(n=number(facts.files))]
        case AttachmentKind.PASTE:
            lines = attachment.text.count("\n") + (not attachment.text.endswith("\n"))
            return [ngettext("{n} line", "{n} lines", lines).format(n=number(lines))]
    return []


def _pages(count: int, blank: int) -> str:
    """Return which pages are sent as text."""
    words = ngettext("the text of {n} page is sent", "the text of pages 1–{n} is sent", count)
    told = words.format(n=number(count))
    if not blank:
        return told
    without = ngettext("{n} without text", "{n} without text", blank).format(n=number(blank))
    return f"{told}, {without}"
