"""Conversations as files, without the interface: `neurotui export` and `neurotui import`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from neurotui.chat.conversation import Conversation
from neurotui.chat.text import clean_line
from neurotui.cli.kept import with_library
from neurotui.cli.output import EXIT_FAILED, EXIT_USAGE, printable, say
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.settings.paths import exports_dir
from neurotui.store.library import Added, Library
from neurotui.store.transcripts import Format, export, export_all, render, save

STANDARD_OUTPUT = "-"


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Does what is asked and returns the exit code."""
    if options.command == "import":
        return with_library(lambda library: _import(options, library))
    if options.all:
        return with_library(lambda library: _export_all(options, library))
    return with_library(lambda library: _export(options, library))


def _export(options: argparse.Namespace, library: Library) -> int:
    conversation = _find(options.id, library)
    if conversation is None:
        return EXIT_FAILED
    form = _format(options, Format.MARKDOWN)
    if options.output == STANDARD_OUTPUT:
        _print(render(conversation, form), form)
    elif options.output is None or _is_folder(options.output):
        print(export(conversation, form, Path(options.output or exports_dir())))
    else:
        print(save(conversation, form, Path(options.output), overwrite=options.force))
    return 0


def _export_all(options: argparse.Namespace, library: Library) -> int:
    form = _format(options, Format.JSON)
    conversations = library.conversations()
    if options.output == STANDARD_OUTPUT:
        if form is Format.HTML:
            say(_("pages of HTML need a folder: give it with -o"))
            return EXIT_USAGE
        _print(_all(conversations, form), form)
    elif form is Format.JSON and options.output and not _is_folder(options.output):
        from neurotui.store.files import write_file

        pieces = (piece.encode() for piece in _all(conversations, form))
        print(write_file(Path(options.output), pieces, overwrite=options.force))
    else:
        default = exports_dir() if form is Format.JSON else exports_dir() / "neurotui"
        for path in export_all(conversations, form, Path(options.output or default)):
            print(path)
    return 0


def _is_folder(output: str) -> bool:
    with suppress(OSError):  # such as a name that is too long: writing it says so
        return Path(output).is_dir()
    return False


def _all(conversations: Iterator[Conversation], form: Format) -> Iterator[str]:
    if form is Format.JSON:
        from neurotui.store.transcripts.document import render_all

        yield from render_all(conversations)
    else:
        for count, conversation in enumerate(conversations):
            yield "\n\n" if count else ""
            yield from render(conversation, form)


def _find(given: str | None, library: Library) -> Conversation | None:
    """The conversation whose id begins so, the last one where none is given; None, and said, for none."""
    if given is None:
        conversation = library.latest()
        if conversation is None:
            say(_("there are no conversations yet"))
        return conversation
    found = [summary.id for summary in library.summaries() if summary.id.startswith(given)]
    if len(found) > 1 and given not in found:
        say(_("more than one conversation has an id that begins with {id}").format(id=clean_line(given)))
        return None
    conversation = library.open(given if given in found else found[0]) if found else None
    if conversation is None:
        say(_("there is no conversation {id}; neurotui history lists them").format(id=clean_line(given)))
    return conversation


def _format(options: argparse.Namespace, default: Format) -> Format:
    """The format that was asked for, by its name or by the ending of the file."""
    if options.format:
        return Format(options.format)
    ending = Path(options.output or "").suffix.lower().removeprefix(".")
    return Format(ending) if ending in {form.value for form in Format} else default


def _print(pieces: Iterable[str], form: Format) -> None:
    """Writes a transcript to standard output: in UTF-8, whatever the terminal's encoding."""
    exposed = form is Format.JSON and sys.stdout.isatty()
    for piece in pieces:
        sys.stdout.buffer.write((printable(piece) if exposed else piece).encode())


def _import(options: argparse.Namespace, library: Library) -> int:
    from neurotui.store.transcripts.reading import import_file

    code = 0
    for name in options.files:
        try:
            imported = import_file(library, Path(name))
        except StoreError as error:
            say(f"{error.title}: {error.cause}")
            code = EXIT_FAILED
            continue
        print(f"{clean_line(name)}: {_counts(imported.counts)}")
        for problem in imported.problems:
            say(f"{clean_line(name)}: {problem}")
    return code


def _counts(counts: Mapping[Added, int]) -> str:
    new, grew, known, copied = (counts[kind] for kind in Added)
    parts = [
        (new, ngettext("{n} new conversation", "{n} new conversations", new)),
        (grew, ngettext("{n} with new messages", "{n} with new messages", grew)),
        (known, ngettext("{n} there already", "{n} there already", known)),
        (copied, ngettext("{n} kept beside another", "{n} kept beside others", copied)),
    ]
    return ", ".join(words.format(n=number(count)) for count, words in parts if count)
