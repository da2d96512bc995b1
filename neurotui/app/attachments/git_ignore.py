"""Files that git ignores, by the `.gitignore` files of the folders around them.

The rules are those of gitignore(5): a pattern with a slash holds from its folder on, one without holds at any
depth, `!` takes a file back, and the last pattern that fits decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_LARGEST = 100_000
"""A longer file of patterns is not read to its end (bytes)."""
_PARTS = re.compile(r"/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[!?\]?[^\]]*\]|\\.|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of a `.gitignore`."""

    regex: re.Pattern[str]
    """Fits a path relative to the folder of the file."""
    folders_only: bool
    ignores: bool
    """False if it takes back what another one ignores."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The patterns that hold in a folder, each with the path of the folder that it comes from."""

    patterns: tuple[tuple[str, Pattern], ...] = ()

    @classmethod
    def above(cls, folder: Path) -> tuple[Ignored, Path]:
        """Return the patterns that hold for a folder from those around it, and the root of its repository.

        Without a repository that is the folder itself. Paths are relative to the root.
        """
        folder = folder.absolute()
        root = next((outer for outer in (folder, *folder.parents) if (outer / ".git").exists()), folder)
        found, path, outer = cls(), "", root
        for name in folder.relative_to(root).parts:
            found = found.within(path, outer)
            path, outer = f"{path}{name}/", outer / name
        return found, root

    def within(self, path: str, folder: Path) -> Ignored:
        """Return the patterns that hold in a folder: those here, and its own.

        `path` ends with a slash, and is empty for the root.
        """
        own = tuple((path, pattern) for pattern in read(folder))
        return Ignored((*self.patterns, *own)) if own else self

    def has(self, path: str, *, is_folder: bool) -> bool:
        """True if the file of this path is ignored; the folders around it are not looked at."""
        for base, pattern in reversed(self.patterns):
            if (is_folder or not pattern.folders_only) and pattern.regex.fullmatch(path, len(base)):
                return pattern.ignores
        return False


def read(folder: Path) -> list[Pattern]:
    """Return the patterns of the `.gitignore` in a folder; none if it has none that can be read."""
    path = folder / ".gitignore"
    try:
        if not path.is_file():  # a pipe would be waited for
            return []
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return []
    return [pattern for line in text.splitlines() if (pattern := parse(line)) is not None]


def parse(line: str) -> Pattern | None:
    """Return the pattern of a line; None for a comment, an empty line, and one that is no pattern."""
    line = re.sub(r"(?<!\\) +$", "", line)
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    line = line.removeprefix("!")
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anywhere = "/" not in line
    try:
        regex = re.compile(("(?:.*/)?" if anywhere else "") + _regex(line.lstrip("/")), re.DOTALL)
    except re.error:
        return None
    return Pattern(regex, folders_only, ignores) if line else None


def _regex(pattern: str) -> str:
    return "".join(_part(part) for part in _PARTS.findall(pattern))


def _part(part: str) -> str:
    match part:
        case "/**/":
            return "/(?:.*/)?"
        case "**/":
            return "(?:.*/)?"
        case "/**":
            return "/.*"
        case "?":
            return "[^/]"
    if part.startswith("*"):
        return "[^/]*"
    if part.startswith("[") and len(part) > 1:
        inner = part[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(part[1:] if part.startswith("\\") and len(part) > 1 else part)
