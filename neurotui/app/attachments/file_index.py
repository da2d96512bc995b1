"""The files below a folder, found by a few letters of their paths.

A folder is walked in a thread, level by level, so that what lies near comes first; hidden and git-ignored
files come last, and so does what is in such folders. The walk is bounded in files and in time. A search looks
at folded paths only, tier by tier, and ends when there are enough: it costs some milliseconds for 20,000
files, so that it can be made at each key.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from neurotui.app.matching import match, spellings
from neurotui.chat.letters import folded

MOST_FILES = 20_000
"""So many files and folders are indexed at most."""
LONGEST_WALK = 3.0
"""The walk ends after this time (seconds)."""
MOST_FOUND = 50
"""So many are offered at most."""
_LISTED = 5_000
"""So many entries of one folder are read at most."""
_CANDIDATES = 400
"""So many of a tier are put into order."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file or a folder to choose."""

    text: str
    """Its path as it is typed; that of a folder ends with a slash."""
    path: Path

    @property
    def is_folder(self) -> bool:
        """True for a folder."""
        return self.text.endswith("/")


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    folded: str
    name: str
    """The last part of the folded path."""


class FileIndex:
    """The files below a folder. It is walked in a thread and searched on the event loop."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.walked_at = float("-inf")
        """Time of the last walk (`time.monotonic()`)."""
        self._first: list[_Entry] = []
        self._last: list[_Entry] = []
        """Hidden and ignored ones."""

    def walk(self, told: Callable[[], None] = lambda: None) -> None:
        """Walk the folder; `told` is called in this thread when its uppermost level is known."""
        self.walked_at = time.monotonic()
        first: list[_Entry] = []
        last: list[_Entry] = []
        until = self.walked_at + LONGEST_WALK
        for level, (entry, is_last) in enumerate(_walked(self.root, until)):
            if entry is not None:
                (last if is_last else first).append(entry)
            elif not self._first:
                self._first, self._last = list(first), list(last)
                told()
            if level >= MOST_FILES:
                break
        self._first, self._last = first, last

    def search(self, query: str) -> list[Found]:
        """Return the files that a query may mean, the likeliest first; without one, what lies nearest."""
        groups = (self._last, self._first) if query.startswith(".") else (self._first, self._last)
        found: dict[str, None] = {}
        for group in groups:
            for entry in _ranked(group, query):
                found.setdefault(entry.text)
                if len(found) >= MOST_FOUND:
                    break
        return [Found(text, self.root / text) for text in islice(found, MOST_FOUND)]


def is_path(query: str) -> bool:
    """True if a query names a folder of its own, and not one below the current folder."""
    return query == ".." or re.match(r"[/~]|\.\.?/|[A-Za-z]:[/\\]", query) is not None


def folder_of(query: str) -> tuple[str, str]:
    """Split a path that is being typed into its folder with a slash, and the beginning of a name."""
    if query in {"~", ".."}:
        return query + "/", ""
    folder, slash, begun = query.replace("\\", "/").rpartition("/")
    return folder + slash, begun


def listed(folder: str, root: Path) -> list[Found]:
    """Return what is in a folder, as it was typed: folders first, hidden ones last. Blocking."""
    with suppress(RuntimeError):
        place = root / Path(folder).expanduser()
        with suppress(OSError), os.scandir(place) as entries:
            found = [
                Found(folder + entry.name + ("/" if _is_folder(entry) else ""), place / entry.name)
                for entry in islice(entries, _LISTED)
                if _is_folder(entry) or _is_file(entry)
            ]
            return sorted(found, key=lambda one: (_is_hidden(one), not one.is_folder, folded(one.text)))
    return []


def matching(found: Iterable[Found], begun: str) -> list[Found]:
    """Return those whose names a few letters may mean, the likeliest first."""
    entries = {one.text: one for one in found}
    if not begun:
        return list(islice(entries.values(), MOST_FOUND))
    names = [_entry(text.rstrip("/").rpartition("/")[2], text) for text in entries]
    hidden = [name for name in names if name.name.startswith(".") and not begun.startswith(".")]
    shown = [name for name in names if name not in hidden]
    ranked = dict.fromkeys(entry.text for group in (shown, hidden) for entry in _ranked(group, begun))
    return [entries[text] for text in islice(ranked, MOST_FOUND)]


# Internals


def _ranked(entries: list[_Entry], query: str) -> Iterator[_Entry]:
    """Yield the entries that a query may mean, tier by tier."""
    meant = [word for word in spellings(query) if word]
    if not meant:
        yield from islice(entries, MOST_FOUND)
        return
    for word in meant:
        begin = (e for e in entries if e.name.startswith(word) or e.folded.startswith(word))
        yield from _in_order(begin)
    for word in meant:
        yield from _in_order(e for e in entries if word in e.name)
    for word in meant:
        yield from _in_order(e for e in entries if word in e.folded)
    for word in meant:
        if len(word) > 1:
            letters = re.compile("".join(f"[^{re.escape(letter)}]*{re.escape(letter)}" for letter in word))
            some = islice((e for e in entries if letters.match(e.folded)), _CANDIDATES)
            scored = ((match(word, e.folded)[0], e) for e in some)
            close = [(score, e) for score, e in scored if score]
            yield from (e for _score, e in sorted(close, key=lambda one: (-one[0], len(one[1].folded))))


def _in_order(entries: Iterable[_Entry]) -> list[_Entry]:
    """Return entries, those with the shortest path first; the order of the walk decides between equals."""
    return sorted(islice(entries, _CANDIDATES), key=lambda entry: (entry.text.count("/"), len(entry.folded)))


def _entry(shown: str, text: str) -> _Entry:
    plain = folded(shown)
    return _Entry(text, plain, plain.rstrip("/").rpartition("/")[2])


def _walked(root: Path, until: float) -> Iterator[tuple[_Entry | None, bool]]:
    """Yield the entries below a folder, level by level, each with True if it comes last.

    After each level comes None.
    """
    from neurotui.app.attachments.git_ignore import Ignored

    level: list[tuple[str, Ignored, bool]] = [("", Ignored(), False)]
    below: list[tuple[str, Ignored, bool]]
    later: list[tuple[str, Ignored, bool]] = []
    while level or later:
        if not level:
            level, later = later, []
        below = []
        for folder, around, is_last in level:
            ignored = around if is_last else around.within(folder, root / folder)
            for name, is_folder in _contents(root / folder):
                text = folder + name + ("/" if is_folder else "")
                last = is_last or name.startswith(".") or ignored.has(folder + name, is_folder=is_folder)
                yield _entry(text, text), last
                if is_folder and name != ".git" and not (root / text).is_symlink():
                    (later if last else below).append((text, ignored, last))
            if time.monotonic() > until:
                return
        yield None, False
        level = below


def _contents(folder: Path) -> list[tuple[str, bool]]:
    """Return the names in a folder, each with True for a folder, in alphabetical order."""
    with suppress(OSError), os.scandir(folder) as entries:
        some = islice(entries, _LISTED)
        found = [(entry.name, _is_folder(entry)) for entry in some if _is_folder(entry) or _is_file(entry)]
        return sorted(found, key=lambda one: one[0].lower())
    return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return entry.is_dir()
    return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return entry.is_file()
    return False


def _is_hidden(found: Found) -> bool:
    return found.path.name.startswith(".")
