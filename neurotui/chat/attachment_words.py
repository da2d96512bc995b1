"""The words for files of messages that every reader of a conversation sees: what each is, and its name."""

from __future__ import annotations

from neurotui.chat.attachments import Attachment, AttachmentKind
from neurotui.chat.text import clean_line
from neurotui.i18n import N_, _
from neurotui.i18n.formats import duration

LONGEST_NAME = 60
"""Characters of a name in a label."""

_KINDS = {
    AttachmentKind.TEXT: N_("text"),
    AttachmentKind.PASTE: N_("paste"),
    AttachmentKind.FOLDER: N_("folder"),
    AttachmentKind.IMAGE: N_("picture"),
    AttachmentKind.PDF: "PDF",
    AttachmentKind.AUDIO: N_("sound"),
    AttachmentKind.FILE: N_("file"),
}


def media_label(attachment: Attachment) -> str:
    """Return a file of an answer in one line: `picture · 1024×1024 · PNG`."""
    facts, form = attachment.facts, attachment.media_type.partition("/")[2].removeprefix("x-")
    measure = duration(facts.seconds) if facts.seconds else ""
    if facts.width and facts.height:
        measure = f"{facts.width}×{facts.height}"
    return " · ".join(
        part for part in (_(_KINDS[attachment.kind]), measure, clean_line(form, 20).upper()) if part
    )


def attachment_name(attachment: Attachment, longest: int = LONGEST_NAME) -> str:
    """Return the name of an attachment as it is shown; what it is, where it has none."""
    name = clean_line(attachment.name, longest)
    if not name:
        return _(_KINDS[attachment.kind])
    return f"{name}/" if attachment.kind is AttachmentKind.FOLDER else name
