"""Conversations as files: to be read by people (Markdown, plain text, HTML), and to be kept (JSON).

The formats for people have the current branch, and all foreign text in them is cleaned. JSON has all
branches, byte-exact; `neurotui.transcripts.document` documents it. Only JSON is read back, ours and that of
ChatGPT's export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path

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


_ENDINGS = {"markdown": Format.MARKDOWN, "text": Format.TEXT, "htm": Format.HTML} | {
    form.value: form for form in Format
}


def format_of(path: Path) -> Format | None:
    """Return the format that a path's extension stands for; None if it stands for none."""
    return _ENDINGS.get(path.suffix.removeprefix(".").lower())


def render(conversation: Conversation, form: Format) -> Iterator[str]:
    """Return the pieces of a transcript."""
    return _renderer(form)(conversation)


def export(conversation: Conversation, form: Format, folder: Path, report: Report = ignore) -> Path:
    """Write a transcript into a folder, named after the conversation; return its path. See `save`."""
    return save(conversation, form, folder / file_name(conversation.name, form), report)


def save(
    conversation: Conversation, form: Format, path: Path, report: Report = ignore, *, overwrite: bool = False
) -> Path:
    """Write a transcript to a path, with a number added if the path is taken; return it. Raises StoreError.

    `report` is given the bytes written; if it raises WorkStopped, no file is left.
    """
    return write_file(path, encoded(render(conversation, form), report), overwrite=overwrite)


def encoded(pieces: Iterable[str], report: Report) -> Iterator[bytes]:
    """Yield the pieces of a transcript as bytes; before each, `report` is given the bytes so far."""
    done = 0
    for piece in pieces:
        report(done, None)
        content = piece.encode()
        done += len(content)
        yield content


def export_all(
    conversations: Iterable[Conversation], form: Format, folder: Path, report: Report = ignore
) -> Iterator[Path]:
    """Write all conversations: one JSON file, or a file each in the other formats.

    Yields the paths as they are written. `report` is given the bytes of each file. Raises StoreError.
    """
    if form is Format.JSON:
        from neurotui.transcripts.document import render_all

        path = folder / file_name("neurotui", form)
        yield write_file(path, encoded(render_all(conversations), report))
    else:
        for conversation in conversations:
            yield export(conversation, form, folder, report)


def _renderer(form: Format) -> Callable[[Conversation], Iterator[str]]:
    """Return the function that renders a format; its libraries are imported only now."""
    match form:
        case Format.MARKDOWN:
            from neurotui.transcripts.markdown import render
        case Format.JSON:
            from neurotui.transcripts.document import render
        case Format.TEXT:
            from neurotui.transcripts.plain import render
        case Format.HTML:
            from neurotui.transcripts.page import render
    return render
