"""Conversations as files, without the interface: `neurotui export` and `neurotui import`."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from neurotui.chat.attachments import Blobs
from neurotui.chat.conversation import Conversation
from neurotui.chat.text import clean_line
from neurotui.cli.exit_codes import EXIT_FAILED, EXIT_STOPPED, EXIT_USAGE
from neurotui.cli.output import printable, say
from neurotui.cli.store import with_library
from neurotui.cli.watch import TerminalWatch
from neurotui.errors import AttachmentLost, StoreError, WorkStopped
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.settings.places import data_dir, exports_dir
from neurotui.store.blobs import BlobStore
from neurotui.store.library import Added, Library
from neurotui.store.watch import UNWATCHED, Report, Stage, Unit, Watch
from neurotui.transcripts import Format, encoded, export, export_all, format_of, render, save, save_all
from neurotui.transcripts.archive import has_attachments
from neurotui.wire.parts import Blob

STANDARD_OUTPUT = "-"


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return the exit code."""
    if options.command == "import":
        return with_library(lambda library, watch: _import(options, library, watch))
    if options.all:
        return with_library(lambda library, watch: _export_all(options, library, watch))
    return with_library(lambda library, watch: _export(options, library, watch))


def _export(options: argparse.Namespace, library: Library, watch: TerminalWatch) -> int:
    conversation = _find(options.id, library)
    if conversation is None:
        return EXIT_FAILED
    form, files = _format(options, Format.MARKDOWN), _Files()
    if options.output == STANDARD_OUTPUT:
        with _beside_output(watch).begin(Stage.EXPORTING, Unit.BYTES) as report:
            _print(render(conversation, form, files, receipts=options.receipts), form, report)
        files.tell()
        if form is Format.JSON and has_attachments(conversation):
            say(_("The files of the conversation are not in it; -o FILE writes an archive that has them"))
        return 0
    with watch.begin(Stage.EXPORTING, Unit.BYTES) as report:
        if options.output is None or _is_folder(options.output):
            folder = Path(options.output or exports_dir())
            path = export(conversation, form, folder, report, files, receipts=options.receipts)
        else:
            path = save(
                conversation,
                form,
                Path(options.output),
                report,
                overwrite=options.force,
                blobs=files,
                receipts=options.receipts,
            )
    print(path)
    files.tell()
    return 0


def _export_all(options: argparse.Namespace, library: Library, watch: TerminalWatch) -> int:
    form = _format(options, Format.JSON)
    to_output = options.output == STANDARD_OUTPUT
    if to_output and form is Format.HTML:
        say(_("pages of HTML need a folder: give it with -o"))
        return EXIT_USAGE
    files = 0
    total = len(library.ids())
    try:
        with (_beside_output(watch) if to_output else watch).begin(
            Stage.EXPORTING, Unit.CONVERSATIONS
        ) as report:
            counter = _Counter(report, total)
            conversations = counter.counted(library.conversations())
            if to_output:
                _print(_all(conversations, form, receipts=options.receipts), form, counter.tell)
                return 0
            blobs = _Files() if form is not Format.JSON or library.has_attachments() else None
            for path in _write_all(options, conversations, form, counter.tell, blobs):
                files += 1
                watch.clear()
                print(path)
            if blobs is not None:
                blobs.tell()
    except WorkStopped:
        if form is Format.JSON or to_output:
            say(_("stopped; the export is not complete") if to_output else _("stopped; nothing was written"))
        else:
            say(
                _("stopped; {n} of {total} conversations were written").format(
                    n=number(files), total=number(total)
                )
            )
        return EXIT_STOPPED
    return 0


def _write_all(
    options: argparse.Namespace,
    conversations: Iterable[Conversation],
    form: Format,
    report: Report,
    blobs: Blobs | None,
) -> Iterator[Path]:
    """Write all conversations to the chosen place; yield the paths as they are written."""
    if form is Format.JSON and options.output and not _is_folder(options.output):
        yield save_all(conversations, Path(options.output), report, overwrite=options.force, blobs=blobs)
    else:
        default = exports_dir() if form is Format.JSON else exports_dir() / "neurotui"
        folder = Path(options.output or default)
        yield from export_all(conversations, form, folder, report, blobs, receipts=options.receipts)


class _Files(BlobStore):
    """The files of the messages, and which of them were asked for in vain."""

    def __init__(self) -> None:
        super().__init__(data_dir())
        self._lost: set[Blob] = set()

    def open(self, blob: Blob) -> BinaryIO:
        """Open bytes for reading. Raises AttachmentLost."""
        try:
            return super().open(blob)
        except AttachmentLost:
            self._lost.add(blob)
            raise

    def tell(self) -> None:
        """Say how many of them are lost, if any are."""
        if count := len(self._lost):
            words = ngettext(
                "{n} attached file is damaged or gone, and is only named",
                "{n} attached files are damaged or gone, and are only named",
                count,
            )
            say(words.format(n=number(count)))


class _Counter:
    """Progress in conversations written, reported with every piece of each."""

    def __init__(self, report: Report, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0

    def counted(self, conversations: Iterable[Conversation]) -> Iterator[Conversation]:
        """Count the conversations that pass."""
        for self._done, conversation in enumerate(conversations):
            yield conversation

    def tell(self, _bytes: int, _total: int | None) -> None:
        """Report the number of conversations written; called with each piece."""
        self._report(self._done, self._total)


def _beside_output(watch: Watch) -> Watch:
    """Return `watch` if standard output is a file, else one that shows nothing: a pager may be reading."""
    with suppress(OSError):
        if stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode):
            return watch
    return UNWATCHED


def _is_folder(output: str) -> bool:
    with suppress(OSError):  # such as a name that is too long: writing the file will say so
        return Path(output).is_dir()
    return False


def _all(conversations: Iterable[Conversation], form: Format, *, receipts: bool) -> Iterator[str]:
    if form is Format.JSON:
        from neurotui.transcripts.document import render_all

        yield from render_all(conversations)
    else:
        for count, conversation in enumerate(conversations):
            yield "\n\n" if count else ""
            yield from render(conversation, form, BlobStore(data_dir()), receipts=receipts)


def _find(given: str | None, library: Library) -> Conversation | None:
    """Return the conversation whose id begins with `given`, else the last; None, with a message, for none."""
    if given is None:
        latest = library.latest_id()
        if latest is None:
            say(_("there are no conversations yet"))
        return library.open_large(latest) if latest else None
    found = [id_ for id_ in library.ids() if id_.startswith(given)]
    if len(found) > 1 and given not in found:
        say(_("more than one conversation has an id that begins with {id}").format(id=clean_line(given)))
        return None
    conversation = library.open_large(given if given in found else found[0]) if found else None
    if conversation is None:
        say(_("there is no conversation {id}; neurotui history lists them").format(id=clean_line(given)))
    return conversation


def _format(options: argparse.Namespace, default: Format) -> Format:
    """Return the format by its name, or by the extension of the file, or `default`."""
    if options.format:
        return Format(options.format)
    return format_of(Path(options.output or "")) or default


def _print(pieces: Iterable[str], form: Format, report: Report) -> None:
    """Write a transcript to standard output: in UTF-8, whatever the terminal's encoding."""
    exposed = form is Format.JSON and sys.stdout.isatty()
    for content in encoded((printable(piece) if exposed else piece for piece in pieces), report):
        sys.stdout.buffer.write(content)


def _import(options: argparse.Namespace, library: Library, watch: TerminalWatch) -> int:
    from neurotui.transcripts.reading import import_file

    code = 0
    for name in options.files:
        try:
            imported = import_file(library, Path(name), watch, BlobStore(data_dir()))
        except StoreError as error:
            say(f"{error.title}: {error.cause}")
            code = EXIT_FAILED
            continue
        if any(imported.counts.values()):
            print(f"{clean_line(name)}: {_counts(imported.counts)}")
        for problem in imported.problems:
            say(f"{clean_line(name)}: {problem}")
        if imported.stopped:
            say(
                _("{name}: stopped before its end; import it again to go on").format(name=clean_line(name))
                if any(imported.counts.values())
                else _("{name}: stopped; nothing was imported").format(name=clean_line(name))
            )
            return EXIT_STOPPED
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
