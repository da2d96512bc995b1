"""What a message has beside words: its links, its blocks of code and its files, opened and saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurotui.app.attachment_text import attachment_name, media_label
from neurotui.app.links import links_in, openable
from neurotui.app.opening import open_file, proven_type, save_file
from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.conversation import Message
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _
from neurotui.store.files import write_file

if TYPE_CHECKING:
    from neurotui.markdown.source import CodeBlock


def links_of(text: str, message: Message) -> tuple[str, ...]:
    """Return the links of a message that may be opened, those of its text first, each once."""
    sources = (openable(citation.url) for citation in message.citations)
    return tuple(dict.fromkeys(filter(None, (*links_in(text), *sources))))


def file_label(attachment: Attachment) -> str:
    """Return what a file is, in one line: `cat.png · picture · 1024×1024 · PNG`."""
    told = media_label(attachment)
    return f"{attachment_name(attachment)} · {told}" if attachment.name else told


def code_label(block: CodeBlock) -> str:
    """Return a block of code in one line: its language, and its first line with something in it."""
    lines = (line.strip() for line in block.text.splitlines())
    words = clean(next(filter(None, lines), ""))
    return f"{clean_line(block.language, 20) or _('code')} · {clean_line(words, 200)}"


def save_thing(
    thing: CodeBlock | Attachment, number: int, conversation_name: str, blobs: Blobs, folder: Path
) -> str:
    """Save a block of code or a file, the `number`th of its message; return what is to be said.

    Blocks. Raises StoreError.
    """
    if isinstance(thing, Attachment):
        path = save_file(thing, number, blobs, folder)
    else:
        from neurotui.markdown.highlight import file_ending
        from neurotui.transcripts.names import file_name

        name = file_name(conversation_name, file_ending(thing.language))
        path = write_file(folder / name, [thing.text.encode()])
    return _("Saved as {path}").format(path=_shown(path))


def open_or_save(file: Attachment, number: int, blobs: Blobs, folder: Path) -> str:
    """Open a file, or save one that is not opened, or by no program; return what is to be said, "" if opened.

    Blocks. Raises StoreError.
    """
    if open_file(file, number, blobs):
        return ""
    words = _("Saved as {path}, and not opened: nothing proves that it is harmless")
    if proven_type(file, blobs):
        words = _("No program could be started for it; saved as {path}")
    return words.format(path=_shown(save_file(file, number, blobs, folder)))


def _shown(path: Path) -> str:
    return clean_line(str(path), 400)
