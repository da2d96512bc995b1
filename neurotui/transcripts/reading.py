"""Conversations read from a file: ours, or ChatGPT's export. What cannot be read is reported.

The file may be of any size: it is read piece by piece, a conversation at a time, and a large conversation is
kept on a shelf (`neurotui.store.shelf`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from neurotui.chat.attachments import Blobs
from neurotui.chat.conversation import Conversation
from neurotui.errors import TranscriptUnreadable, WorkStopped
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.i18n.reasons import reason_of
from neurotui.store.library import Added, Library
from neurotui.store.watch import UNWATCHED, Stage, Unit, Watch
from neurotui.transcripts import chatgpt, document
from neurotui.transcripts.brought import Brought
from neurotui.transcripts.pieces import Pieces
from neurotui.transcripts.salvage import LARGE, Salvage
from neurotui.transcripts.window import LONGEST, MalformedJSON, TooLong, Window

BATCH = 200
"""Number of messages added together: a moment's work, which a stop undoes."""


@dataclass(frozen=True, slots=True)
class FileContents:
    """Conversations from a file, and what could not be read of it."""

    conversations: tuple[Conversation, ...]
    problems: tuple[str, ...]
    """Sentences about what could not be read."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import."""

    counts: dict[Added, int]
    problems: tuple[str, ...]
    stopped: bool = False
    """True if the user stopped before the end of the file."""


def import_file(
    library: Library, path: Path, watch: Watch = UNWATCHED, blobs: Blobs | None = None
) -> Imported:
    """Add the conversations of a file to the library, each as a whole; their files go to `blobs`.

    Raises StoreError.
    """
    counts = dict.fromkeys(Added, 0)
    with watch.begin(Stage.IMPORTING, Unit.BYTES) as report:
        taken = 0
        reader = Reader(path, lambda: report(taken, reader.total), blobs)
        try:
            for batch in _batches(reader.conversations()):
                size = reader.done - taken

                def count(part: float, start: int = taken, size: int = size) -> None:
                    report(start + int(part * size), reader.total)

                for added in library.add_all(batch, count):
                    counts[added] += 1
                taken = reader.done
        except WorkStopped:
            return Imported(counts, tuple(reader.problems()), stopped=True)
    return Imported(counts, tuple(reader.problems()))


def _batches(conversations: Iterator[Conversation]) -> Iterator[list[Conversation]]:
    """Group conversations into batches that are added together."""
    batch: list[Conversation] = []
    messages = 0
    for conversation in conversations:
        batch.append(conversation)
        messages += len(conversation.messages)
        if messages >= BATCH:
            yield batch
            batch, messages = [], 0
    if batch:
        yield batch


def read_file(path: Path) -> FileContents:
    """Return the conversations in a file, all at once. Raises TranscriptUnreadable if there are none."""
    reader = Reader(path)
    conversations = tuple(reader.conversations())
    return FileContents(conversations, tuple(reader.problems()))


class Reader:
    """Reader of the conversations in a file; counts what is missing."""

    def __init__(
        self, path: Path, on_piece: Callable[[], None] = lambda: None, blobs: Blobs | None = None
    ) -> None:
        """`on_piece` is called after each piece of the file; raising there ends the reading.

        What belongs to the conversations in an archive is put into `blobs`.
        """
        self.done = 0
        """Bytes read so far; of an archive, unpacked bytes."""
        self.total: int | None = None
        """Total bytes; None if unknown."""
        self._path = path
        self._on_piece = on_piece
        self._damaged = self._newer = self._misspelt = False
        self._left = chatgpt.Left(Brought(blobs))

    def conversations(self) -> Iterator[Conversation]:
        """Yield the conversations that have messages. Raises TranscriptUnreadable if there are none."""
        found = False
        try:
            if self._path.is_char_device():
                raise TranscriptUnreadable(_("it is a device, and may have no end"), path=self._path)
            for conversation in self._all():
                if conversation.messages:
                    found = True
                    self._left.attachments += self._left.brought.keep(conversation)
                    yield conversation
        except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
            raise TranscriptUnreadable(reason_of(error), path=self._path) from error
        if not found:
            raise TranscriptUnreadable(_("there is no conversation in it"), path=self._path)

    def problems(self) -> Iterator[str]:
        """Yield what is missing, one sentence each."""
        left = self._left
        if self._damaged:
            yield _("The file is damaged or cut short; what could be read of it was taken")
        if self._newer:
            yield _("The file was written by a newer neurotui; what is new in it was passed over")
        if self._misspelt:
            yield _("The file is not all UTF-8; what could not be read in it is shown as �")
        yield from _counted(
            ngettext("{n} entry could not be read", "{n} entries could not be read", left.unreadable),
            left.unreadable,
        )
        yield from _counted(
            ngettext(
                "{n} attachment is not in the file, only its place",
                "{n} attachments are not in the file, only their places",
                left.attachments,
            ),
            left.attachments,
        )
        yield from _counted(
            ngettext("{n} output of a tool was left out", "{n} outputs of tools were left out", left.tools),
            left.tools,
        )

    def _all(self) -> Iterator[Conversation]:
        """Yield the conversations in the file, or in the right files of an archive such as ChatGPT sends.

        Raises OSError, and the errors of `zipfile` for an archive whose list of files is damaged.
        """
        if not zipfile.is_zipfile(self._path):
            with self._path.open("rb") as file:
                self.total = self._path.stat().st_size or None
                yield from self._read(partial(self._piece, file))
            return
        with zipfile.ZipFile(self._path) as archive:
            self._left.brought.look_into(archive)
            wanted = [info for info in archive.infolist() if _holds_conversations(info.filename)]
            self.total = sum(info.file_size for info in wanted) or None
            for info in wanted:
                yield from self._read(self._unpacking(archive, info))

    def _unpacking(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
        """Return a function that reads a file of an archive, as far as it can be unpacked."""
        opened: list[IO[bytes]] = []

        def read(size: int) -> bytes:
            try:
                if not opened:
                    opened.append(archive.open(info))
                return self._piece(opened[0], size)
            except WorkStopped:
                raise
            except Exception:  # noqa: BLE001 - each compression has errors of its own, and so has encryption
                self._damaged = True
                return b""

        return read

    def _piece(self, file: IO[bytes], size: int) -> bytes:
        content = file.read(size)
        self.done += len(content)
        if self.total is not None and self.done > self.total:
            self.total = None  # the file grows, or the archive's list of files lies
        self._on_piece()
        return content

    def _read(self, read: Callable[[int], bytes]) -> Iterator[Conversation]:
        reading = _Reading(Window(read), self._left)
        yield from reading.conversations()
        self._damaged |= reading.damaged
        self._newer |= reading.newer
        self._misspelt |= reading.window.misspelt


class _Reading:
    """Reader of one text."""

    def __init__(self, window: Window, left: chatgpt.Left) -> None:
        self.window = window
        self.damaged = self.newer = False
        self._left = left
        self._begun: Pieces | None = None
        """The conversation being read entry by entry."""

    def conversations(self) -> Iterator[Conversation]:
        """Yield the conversations in the text."""
        window = self.window
        try:
            yield from self._document()
            if window.peek():
                raise MalformedJSON
        except MalformedJSON:
            self.damaged = True
            for pieces in Salvage(window, self._left, self._begun).conversations():
                yield pieces.conversation()

    def _document(self) -> Iterator[Conversation]:
        match self.window.peek():
            case "[":
                for _element in self.window.elements():
                    yield from self._element()
            case "{":
                yield from self._object(outermost=True)
            case _:
                self.window.value()
                self._left.unreadable += 1

    def _element(self) -> Iterator[Conversation]:
        """Read a conversation, in one go unless it is large."""
        try:
            data = self.window.value(LARGE)
        except TooLong:
            if self.window.peek() != "{":
                raise
            yield from self._object()
            return
        if not isinstance(data, dict) or not data.keys() & {"messages", "mapping"}:
            self._left.unreadable += 1
        elif "mapping" in data:
            yield chatgpt.read_conversation(data, self._left)
        else:
            conversation, unreadable = document.read_conversation(data)
            self._left.unreadable += unreadable
            yield conversation

    def _object(self, *, outermost: bool = False) -> Iterator[Conversation]:
        """Read a conversation entry by entry; the outermost object may be a list of them instead."""
        window = self.window
        pieces = self._begun = Pieces(self._left)
        is_list = False
        for name in window.members():
            match name, window.peek():
                case "conversations", "[" if outermost:
                    is_list, self._begun = True, None
                    for _element in window.elements():
                        yield from self._element()
                    self._begun = pieces
                case "messages", "[":
                    pieces.begin(name)
                    for _element in window.elements():
                        pieces.add_message(window.value())
                case "mapping", "{":
                    pieces.begin(name)
                    for id_ in window.members():
                        pieces.add_node(id_, window.value())
                case _, first:
                    pieces.head[name] = window.value(LONGEST if first == '"' else LARGE)
        self._begun = None
        if is_list:
            self.newer |= pieces.head.get("version") != document.VERSION
        elif pieces.begun:
            yield pieces.conversation()
        else:
            self._left.unreadable += 1


def _holds_conversations(name: str) -> bool:
    base = name.rpartition("/")[2]
    return base.startswith("conversation") and base.endswith(".json")


def _counted(sentence: str, count: int) -> Iterator[str]:
    if count:
        yield sentence.format(n=number(count))
