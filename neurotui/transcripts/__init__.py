"""Conversations as files: to be read by people (Markdown, plain text, HTML), and to be kept (JSON).

What is for people shows the branch that is looked at, and every foreign text in it passes the gate. JSON
has all branches, byte-exact; `neurotui.transcripts.document` documents it. Only JSON is read back,
ours and that of ChatGPT's export.
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
    """A form of transcript, by the ending of its file."""

    MARKDOWN = "md"
    JSON = "json"
    TEXT = "txt"
    HTML = "html"


_ENDINGS = {"markdown": Format.MARKDOWN, "text": Format.TEXT, "htm": Format.HTML} | {
    form.value: form for form in Format
}


def format_of(path: Path) -> Format | None:
    """Return the format that the ending of a name stands for; None if it stands for none."""
    return _ENDINGS.get(path.suffix.removeprefix(".").lower())


def render(conversation: Conversation, form: Format) -> Iterator[str]:
    """A transcript, in pieces."""
    return _renderer(form)(conversation)


def export(conversation: Conversation, form: Format, folder: Path, report: Report = ignore) -> Path:
    """Writes a transcript into a folder, under the conversation's name, as `save` does."""
    return save(conversation, form, folder / file_name(conversation.name, form), report)


def save(
    conversation: Conversation, form: Format, path: Path, report: Report = ignore, *, overwrite: bool = False
) -> Path:
    """Writes a transcript to a path; a number is added where that is taken. Raises StoreError.

    `report` takes the bytes written; where it raises WorkStopped, there is no file.
    """
    return write_file(path, encoded(render(conversation, form), report), overwrite=overwrite)


def encoded(pieces: Iterable[str], report: Report) -> Iterator[bytes]:
    """The pieces of a transcript as bytes; `report` takes how many there were before each."""
    done = 0
    for piece in pieces:
        report(done, None)
        content = piece.encode()
        done += len(content)
        yield content


def export_all(
    conversations: Iterable[Conversation], form: Format, folder: Path, report: Report = ignore
) -> Iterator[Path]:
    """Writes all conversations: one file of JSON, or a file for each in the other formats.

    Yields the paths as they are written. Raises StoreError. `report` takes the bytes of each file.
    """
    if form is Format.JSON:
        from neurotui.transcripts.document import render_all

        path = folder / file_name("neurotui", form)
        yield write_file(path, encoded(render_all(conversations), report))
    else:
        for conversation in conversations:
            yield export(conversation, form, folder, report)


def _renderer(form: Format) -> Callable[[Conversation], Iterator[str]]:
    """The function that renders a format; what it needs is loaded only now."""
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
