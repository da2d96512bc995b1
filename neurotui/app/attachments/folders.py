"""A folder as one text: its text files, each with its name and fenced, in the order of their names.

Hidden files, those that a .gitignore leaves out, links, and what is no text are left out and counted. Links
are not followed, so that no loop of them is met and nothing outside the folder is taken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neurotui.app.attachments.file_reading import OpenFile, unusable
from neurotui.app.attachments.git_ignore import Ignored
from neurotui.app.attachments.text_files import decoded, is_binary
from neurotui.chat.attachments import fenced
from neurotui.errors import AttachmentUnusable
from neurotui.i18n import _
from neurotui.i18n.formats import data_size, number
from neurotui.i18n.reasons import reason_of
from neurotui.wire.surrogates import repair

MOST_FILES = 500
MOST_ENTRIES = 20_000
"""So many entries are looked at: a home folder is given up at once."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The text files of a folder."""

    text: str
    files: int
    left_out: int


def gathered(path: Path, name: str, most: int) -> Folder:
    """Return the texts of a folder, `most` bytes of them. Raises AttachmentUnusable."""
    parts: list[str] = []
    left_out = size = 0
    for file, is_wanted in _files(path, name):
        text = _text_of(file, most - size) if is_wanted else None
        if text is None:
            left_out += 1
            continue
        relative = repair("/".join((name, *file.relative_to(path).parts)))
        parts.append(fenced(relative, text))
        size += len(text.encode())
        if size > most:
            words = _("Its text files have more than {most}; attach a part of it")
            raise unusable(name, words.format(most=data_size(most)))
        if len(parts) > MOST_FILES:
            words = _("It has more than {n} text files; attach a part of it")
            raise unusable(name, words.format(n=number(MOST_FILES)))
    if not parts:
        raise unusable(name, _("There are no text files in it"))
    return Folder("\n\n".join(parts), len(parts), left_out)


def _files(path: Path, name: str) -> Iterator[tuple[Path, bool]]:
    """Yield the files below a folder, and whether each is wanted; a folder that is not counts as one."""
    around, root = Ignored.above(path)
    waiting, seen = [(path, around)], 0
    while waiting:
        folder, ignored = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = []
                for entry in entries:
                    found.append(entry)
                    seen += 1
                    if seen > MOST_ENTRIES:
                        words = _("It has more than {n} files; attach a part of it")
                        raise unusable(name, words.format(n=number(MOST_ENTRIES)))
        except OSError as error:
            if folder == path:
                raise unusable(name, reason_of(error)) from None
            yield folder, False
            continue
        place = folder.absolute().relative_to(root).as_posix()
        place = "" if place == "." else f"{place}/"
        ignored = ignored.within(place, folder)
        below = []
        for entry in sorted(found, key=lambda entry: entry.name):
            inner, is_folder = folder / entry.name, entry.is_dir(follow_symlinks=False)
            if entry.name.startswith(".") or ignored.has(place + entry.name, is_folder=is_folder):
                yield inner, False
            elif is_folder:
                below.append((inner, ignored))
            else:
                yield inner, entry.is_file(follow_symlinks=False)
        waiting += reversed(below)


def _text_of(file: Path, most: int) -> str | None:
    """Return the text of a file; None if it is none, or cannot be read. Raises AttachmentUnusable."""
    try:
        with OpenFile(file) as opened:
            if not opened.stamp.size or is_binary(opened.head()):
                return None
            if opened.stamp.size > most:
                return " " * (most + 1)  # it is too much, whatever it is
            found = decoded(opened.whole(most))
    except AttachmentUnusable:
        return None
    return None if found is None else repair(found[0]).replace("\0", "\ufffd")
