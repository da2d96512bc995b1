"""The words for attachments, in all faces: the label of one, and what is told once as it is attached."""

from __future__ import annotations

from neurotui.chat.attachments import Attachment, AttachmentKind, text_part
from neurotui.chat.text import clean_line
from neurotui.chat.tokens import BYTES_PER_PAGE, PER_IMAGE, PER_PAGE, PER_SECOND, estimate_tokens
from neurotui.i18n import N_, _, ngettext
from neurotui.i18n.formats import decimal, duration, money, number, rough
from neurotui.wire.price import MICROS, Price

LONGEST_NAME = 60
"""Characters of a name in a label."""


def attachment_label(attachment: Attachment, price: Price | None = None) -> str:
    """Return an attachment in one line: `report.md · 12 KB · ~3,100 tok`, with its cost by the price."""
    tokens = attachment_tokens(attachment)
    parts = [attachment_name(attachment), *_measures(attachment), file_size(attachment.blob.size)]
    if tokens:
        parts.append(_("~{n} tok").format(n=number(rough(tokens))))
    if tokens and price is not None and price.input:
        parts.append(f"~{money(tokens * price.input / 1_000_000 / MICROS, price.currency)}")
    return " · ".join(parts)


def media_label(attachment: Attachment) -> str:
    """Return a file of an answer in one line: `picture · 1024×1024 · PNG`."""
    facts, form = attachment.facts, attachment.media_type.partition("/")[2].removeprefix("x-")
    measure = duration(facts.seconds) if facts.seconds else ""
    if facts.width and facts.height:
        measure = f"{facts.width}×{facts.height}"
    return " · ".join(
        part for part in (_(_KINDS[attachment.kind]), measure, clean_line(form, 20).upper()) if part
    )


def attachment_name(attachment: Attachment) -> str:
    """Return the name of an attachment as it is shown; what it is, where it has none."""
    name = clean_line(attachment.name, LONGEST_NAME)
    if not name:
        return _(_KINDS[attachment.kind])
    return f"{name}/" if attachment.kind is AttachmentKind.FOLDER else name


def attachment_tokens(attachment: Attachment) -> int:
    """Estimate the tokens of an attachment as it is sent."""
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


def file_size(count: int) -> str:
    """Return a number of bytes to two digits or so: 312 B, 1.4 KB, 12 KB, 5.2 MB."""
    if count < 1000:
        return _("{n} B").format(n=count)
    for words, unit in ((_("{n} KB"), 1_000), (_("{n} MB"), 1_000_000)):
        value = count / unit
        if value < 9.95:
            return words.format(n=decimal(value).removesuffix(".0").removesuffix(",0"))
        if value < 999.5:
            return words.format(n=round(value))
    return _("{n} GB").format(n=decimal(count / 1_000_000_000))


_KINDS = {
    AttachmentKind.TEXT: N_("text"),
    AttachmentKind.PASTE: N_("paste"),
    AttachmentKind.FOLDER: N_("folder"),
    AttachmentKind.IMAGE: N_("picture"),
    AttachmentKind.PDF: "PDF",
    AttachmentKind.AUDIO: N_("sound"),
    AttachmentKind.FILE: N_("file"),
}


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
