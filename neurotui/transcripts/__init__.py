"""Conversations as files: to be read by people (Markdown, plain text, HTML), and to be kept (JSON).

The formats for people have the current branch, and all foreign text in them is cleaned. JSON has all
branches, byte-exact; `neurotui.transcripts.document` documents it. Where messages have files, it is a ZIP of
that and of them (`neurotui.transcripts.archive`). Only JSON is read back, ours and that of ChatGPT's export.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from neurotui.chat.attachments import Blobs
from neurotui.chat.conversation import Conversation
from neurotui.store.files import write_file
from neurotui.store.watch import Report, ignore
from neurotui.transcripts.names import file_name


class Format(StrEnum):
    """Format of a transcript, by its file extension."""

    MARKDOWN = "md"
    JSON = "json"
    TEXT = "txt"
    HTML = "html"


_ARCHIVE = ".zip"
"""Extension of JSON with the files of its messages."""

_ENDINGS = {
    "markdown": Format.MARKDOWN,
    "text": Format.TEXT,
    "htm": Format.HTML,
    "zip": Format.JSON,
} | {form.value: form for form in Format}


def format_of(path: Path) -> Format | None:
    """Return the format that a path's extension stands for; None if it stands for none."""
    return _ENDINGS.get(path.suffix.removeprefix(".").lower())


def ending_of(form: Format, conversation: Conversation, blobs: Blobs | None = None) -> str:
    """Return the extension of a transcript: that of an archive where JSON takes files along, from `blobs`."""
    if form is Format.JSON and blobs is not None:
        from neurotui.transcripts import archive

        if archive.has_attachments(conversation):
            return _ARCHIVE.removeprefix(".")
    return form.value


def render(
    conversation: Conversation, form: Format, blobs: Blobs | None = None, *, receipts: bool = False
) -> Iterator[str]:
    """Return the pieces of a transcript; with `blobs`, a page has the pictures in it.

    What an answer took is said only with `receipts`; that it did not simply end is always said.
    """
    match form:
        case Format.MARKDOWN:
            from neurotui.transcripts import markdown

            return markdown.render(conversation, receipts=receipts)
        case Format.JSON:
            from neurotui.transcripts import document

            return document.render(conversation)
        case Format.TEXT:
            from neurotui.transcripts import plain

            return plain.render(conversation, receipts=receipts)
        case Format.HTML:
            from neurotui.transcripts import page

            return page.render(conversation, blobs, receipts=receipts)


def export(
    conversation: Conversation,
    form: Format,
    folder: Path,
    report: Report = ignore,
    blobs: Blobs | None = None,
    *,
    receipts: bool = False,
) -> Path:
    """Write a transcript into a folder, named after the conversation; return its path. See `save`."""
    path = folder / file_name(conversation.name, form)
    return save(conversation, form, path, report, blobs=blobs, receipts=receipts)


def save(
    conversation: Conversation,
    form: Format,
    path: Path,
    report: Report = ignore,
    *,
    overwrite: bool = False,
    blobs: Blobs | None = None,
    receipts: bool = False,
) -> Path:
    """Write a transcript to a path, with a number added if the path is taken; return it. Raises StoreError.

    JSON with files, for which `blobs` are needed, is an archive, and called so. `report` is given the bytes
    written; if it raises WorkStopped, no file is left.
    """
    endings = (path.suffix.lower(), f".{ending_of(form, conversation, blobs)}")
    if form is Format.JSON and blobs is not None and _ARCHIVE in endings:
        return save_all([conversation], path, report, overwrite=overwrite, blobs=blobs)
    pieces = render(conversation, form, blobs, receipts=receipts)
    return write_file(path, encoded(pieces, report), overwrite=overwrite)


def encoded(pieces: Iterable[str], report: Report) -> Iterator[bytes]:
    """Yield the pieces of a transcript as bytes; before each, `report` is given the bytes so far."""
    return _counted((piece.encode() for piece in pieces), report)


def export_all(
    conversations: Iterable[Conversation],
    form: Format,
    folder: Path,
    report: Report = ignore,
    blobs: Blobs | None = None,
    *,
    receipts: bool = False,
) -> Iterator[Path]:
    """Write all conversations: one JSON file, with `blobs` one archive, or a file each in other formats.

    Yields the paths as they are written. `report` is given the bytes of each file. Raises StoreError.
    """
    if form is Format.JSON:
        yield save_all(conversations, folder / file_name("neurotui", form), report, blobs=blobs)
    else:
        for conversation in conversations:
            yield export(conversation, form, folder, report, blobs, receipts=receipts)


def save_all(
    conversations: Iterable[Conversation],
    path: Path,
    report: Report = ignore,
    *,
    overwrite: bool = False,
    blobs: Blobs | None = None,
) -> Path:
    """Write all conversations as JSON to a path, with `blobs` as an archive, as `save` does; return it."""
    if blobs is None:
        from neurotui.transcripts.document import render_all

        return write_file(path, encoded(render_all(conversations), report), overwrite=overwrite)
    from neurotui.transcripts import archive

    pieces = _counted(archive.render(conversations, blobs), report)
    is_named = path.suffix.lower() == _ARCHIVE
    named = path if is_named else path.with_suffix(_ARCHIVE)
    return write_file(named, pieces, overwrite=overwrite and is_named)


def _counted(pieces: Iterable[bytes], report: Report) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        report(done, None)
        done += len(piece)
        yield piece
