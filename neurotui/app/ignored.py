"""Files that a .gitignore leaves out, by the rules of gitignore(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MOST_RULES_SIZE = 1_000_000
"""Bytes of a .gitignore that are read."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line of a .gitignore."""

    base: Path
    """The folder it stands in."""
    pattern: re.Pattern[str]
    is_exception: bool
    is_for_folders: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rules that hold in a folder, the last of which that matches decides."""

    rules: tuple[_Rule, ...] = ()

    @classmethod
    def above(cls, folder: Path) -> Ignored:
        """Return the rules that hold for a folder from those around it, up to the root of its repository."""
        around: list[Path] = []
        for outer in (folder, *folder.absolute().parents):
            if outer != folder:
                around.append(outer)
            if (outer / ".git").exists():
                break
        else:
            return cls()
        found = cls()
        for outer in reversed(around):
            found = found.within(outer)
        return found

    def within(self, folder: Path) -> Ignored:
        """Return the rules that hold in a folder, with those of its own."""
        try:
            path = folder / ".gitignore"
            if not path.is_file():
                return self
            with path.open(encoding="utf-8", errors="replace") as file:
                lines = file.read(MOST_RULES_SIZE).splitlines()
        except OSError:
            return self
        rules = [rule for line in lines if (rule := _rule(folder.absolute(), line)) is not None]
        return Ignored((*self.rules, *rules))

    def holds(self, path: Path, *, is_folder: bool) -> bool:
        """True if a file, or a folder, is left out."""
        path = path.absolute()
        for rule in reversed(self.rules):
            if rule.is_for_folders and not is_folder:
                continue
            if rule.pattern.fullmatch(path.relative_to(rule.base).as_posix()):
                return not rule.is_exception
        return False


def _rule(base: Path, line: str) -> _Rule | None:
    """Return a line of a .gitignore as a rule; None if it is none."""
    line = re.sub(r"(?<!\\)[ \t]+$", "", line)
    if not line or line.startswith("#"):
        return None
    is_exception = line.startswith("!")
    line = line[is_exception:]
    is_for_folders = line.endswith("/")
    line = line.rstrip("/")
    is_anchored = "/" in line
    try:
        pattern = re.compile(("" if is_anchored else "(?:.*/)?") + _regex(line.lstrip("/")), re.DOTALL)
    except re.error:
        return None
    return _Rule(base, pattern, is_exception, is_for_folders)


def _regex(glob: str) -> str:
    """Return a pattern of gitignore as a regular expression."""
    made, at = [], 0
    while at < len(glob):
        if glob.startswith("**/", at):
            made.append("(?:[^/]+/)*")
            at += 3
        elif glob.startswith("/**", at) and at + 3 == len(glob):
            made.append("/.+")
            at += 3
        elif glob[at] == "*":
            made.append("[^/]*")
            at += len(glob[at:]) - len(glob[at:].lstrip("*"))
        elif glob[at] == "?":
            made.append("[^/]")
            at += 1
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            inner = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            made.append(f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]")
            at = end + 1
        else:
            at += glob[at] == "\\" and at + 1 < len(glob)
            made.append(re.escape(glob[at]))
            at += 1
    return "".join(made)
