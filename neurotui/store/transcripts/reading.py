"""Conversations read from a file: ours, or ChatGPT's export. What can be read is; the rest is said."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neurotui.chat.conversation import Conversation
from neurotui.errors import TranscriptUnreadable
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.i18n.reasons import reason_of
from neurotui.store.library import Added, Library
from neurotui.store.transcripts import chatgpt, document
from neurotui.store.transcripts.salvage import salvage

MOST_UNPACKED = 500_000_000
"""Bytes of a file in an archive: a larger one was made to fill the memory."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was in a file."""

    conversations: tuple[Conversation, ...]
    problems: tuple[str, ...]
    """What could not be read, in sentences."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the conversations of a file."""

    counts: dict[Added, int]
    problems: tuple[str, ...]


def import_file(library: Library, path: Path) -> Imported:
    """Adds the conversations of a file to those that are kept. Raises StoreError."""
    transcript = read_file(path)
    counts = dict.fromkeys(Added, 0)
    for conversation in transcript.conversations:
        counts[library.add(conversation)] += 1
    return Imported(counts, transcript.problems)


def read_file(path: Path) -> Transcript:
    """The conversations in a file. Raises TranscriptUnreadable where there is none."""
    try:
        if path.is_char_device():
            raise TranscriptUnreadable(_("it is a device, and may have no end"), path=path)
        reader = _Reader()
        reader.read_file(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise TranscriptUnreadable(reason_of(error), path=path) from error
    if not reader.conversations:
        raise TranscriptUnreadable(_("there is no conversation in it"), path=path)
    return Transcript(tuple(reader.conversations), tuple(reader.problems()))


class _Reader:
    """Gathers conversations, and counts what is missing."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self._damaged = self._newer = self._misspelt = False
        self._left = chatgpt.Left()

    def read_file(self, path: Path) -> None:
        """Takes what is in a file; of an archive, such as ChatGPT sends, in the files of conversations.

        Raises OSError and what a damaged list of an archive brings about.
        """
        if not zipfile.is_zipfile(path):
            self._read(path.read_bytes())
            return
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                base = name.rpartition("/")[2]
                if base.startswith("conversations") and base.endswith(".json"):
                    self._read(self._unpacked(archive, name))

    def _unpacked(self, archive: zipfile.ZipFile, name: str) -> bytes:
        """A file of an archive, as far as it can be unpacked."""
        content = bytearray()
        try:
            with archive.open(name) as file:
                while piece := file.read(1 << 16):
                    content += piece
                    if len(content) > MOST_UNPACKED:
                        raise ValueError(name)
        except Exception:  # noqa: BLE001 - of each packing there are others, and one for what is encrypted
            self._damaged = True
        return bytes(content)

    def _read(self, content: bytes) -> None:
        encoding = json.detect_encoding(content)
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            text = content.decode(encoding, "replace")
            self._misspelt = True
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            self._damaged = True
            data = salvage(text)
        if isinstance(data, dict) and isinstance(data.get("conversations"), list):
            self._newer |= data.get("version") != document.VERSION
            data = data["conversations"]
        for found in data if isinstance(data, list) else [data]:
            self._take(found)

    def problems(self) -> Iterator[str]:
        """What is missing, in sentences."""
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

    def _take(self, data: object) -> None:
        if not isinstance(data, dict) or not data.keys() & {"messages", "mapping"}:
            self._left.unreadable += 1
            return
        if "mapping" in data:
            conversation = chatgpt.read_conversation(data, self._left)
        else:
            conversation, unreadable = document.read_conversation(data)
            self._left.unreadable += unreadable
        if conversation.messages:
            self.conversations.append(conversation)


def _counted(sentence: str, count: int) -> Iterator[str]:
    if count:
        yield sentence.format(n=number(count))
