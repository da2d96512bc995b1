"""What a message has beside words: its links, its blocks of code and its files, opened and saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurotui.app import links
from neurotui.app.opening import open_file, proven_type, save_file
from neurotui.chat.attachment_words import attachment_name, media_label
from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.conversation import Message
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _
from neurotui.store.files import write_file

if TYPE_CHECKING:
    from neurotui.markdown.source import CodeBlock

    Thing = CodeBlock | Attachment


def links_of(text: str, message: Message) -> tuple[str, ...]:
    """Return the links of a message that may be opened, those of its text first, each once."""
    sources = (links.openable(citation.url) for citation in message.citations)
    return tuple(dict.fromkeys(filter(None, (*links.links_in(text), *sources))))


def things_to_save(text: str, files: Sequence[Attachment]) -> list[Thing]:
    """Return the blocks of code of a message, and then its files."""
    from neurotui.markdown.source import code_blocks

    return [*code_blocks(text), *files]


def file_label(attachment: Attachment) -> str:
    """Return what a file is, in one line: `cat.png · picture · 1024×1024 · PNG`."""
    told = media_label(attachment)
    return f"{attachment_name(attachment)} · {told}" if attachment.name else told


def thing_label(thing: Thing) -> str:
    """Return a file in one line, or a block of code: its language, and its first line of words."""
    return file_label(thing) if isinstance(thing, Attachment) else _code_label(thing)


def _code_label(block: CodeBlock) -> str:
    lines = (line.strip() for line in block.text.splitlines())
    words = clean(next(filter(None, lines), ""))
    return f"{clean_line(block.language, 20) or _('code')} · {clean_line(words, 200)}"


def save_thing(thing: Thing, number: int, conversation_name: str, blobs: Blobs, folder: Path) -> str:
    """Save a block of code or a file, the `number`th of the files; return what is to be said.

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
