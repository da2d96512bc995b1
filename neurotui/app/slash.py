"""What a text that begins with a slash means: a command, a text all the same, or something to ask about.

A command is one line: a slash, a name of letters and hyphens, and perhaps an argument. So `/etc/passwd is
what?` is a text, and so is a program that begins with a comment. A name is understood in every language there
is, and typed on the other layout (`/рудз`, and `.рудз` where the slash was on it too). A slash in front of a
command's own makes a text of it: `//help` sends `/help`. Nothing that begins like a command is sent without a
word, and nothing is thrown away: see `Composer`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from neurotui.app.commands import Command
from neurotui.chat.letters import composed, folded
from neurotui.i18n import spellings
from neurotui.i18n.keyboard import to_latin

_CALL = re.compile(r"(?P<slash>[/.])(?P<name>[^\W\d_](?:[^\W\d_]|[-_])*)(?:[ \t]+(?P<argument>\S.*))?\s*")
_BEGUN = re.compile(r"(?P<slash>[/.])(?P<name>(?:[^\W\d_]|[-_])*)")


@dataclass(frozen=True, slots=True)
class Text:
    """Something to send."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command to do."""

    command: Command
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something that looks like a command and is none."""

    name: str
    """With its slash."""
    command: Command | None = None
    """The one that has this name, and wants an argument where there is none, or none where there is one."""


def read(text: str, commands: Iterable[Command], passed_on: Collection[str] = ()) -> Text | Call | Doubtful:
    """Return what a text means where these commands can be given; the names in `passed_on` are texts.

    The commands are asked for only if the text looks like one.
    """
    if text.startswith("//") and isinstance(read(text[1:], commands), Call):
        return Text(text[1:])
    if (match := _CALL.fullmatch(composed(text))) is None or "\n" in text.strip():
        return Text(text)
    name, argument = match["name"], (match["argument"] or "").strip()
    if match["slash"] == "." and not _is_cyrillic(name):
        return Text(text)
    if name.lower() in passed_on:
        return Text(text)
    command = next((command for command in commands if _plain(name) in _names(command)), None)
    if command is None:
        return Text(text) if match["slash"] == "." else Doubtful("/" + name)
    if bool(command.argument) != bool(argument):
        return Doubtful(command.slash, command)
    return Call(command, argument)


def begun(text: str, commands: Iterable[Command], passed_on: Collection[str] = ()) -> list[Command]:
    """The commands that `text` may become, the best first; none where it is not the beginning of one."""
    match = _BEGUN.fullmatch(composed(text))
    if match is None or (match["slash"] == "." and not _is_cyrillic(match["name"])):
        return []
    if match["name"].lower() in passed_on:
        return []
    typed = _plain(match["name"])
    begin, within = [], []
    for command in commands:
        names = _names(command)
        if any(name.startswith(typed) for name in names):
            begin.append(command)
        elif len(typed) > 1 and any(typed in name for name in names):
            within.append(command)
    return begin + within


def _names(command: Command) -> set[str]:
    """The names that a command answers to."""
    return {_plain(command.slash[1:]), *(_plain(label) for label in spellings(command.label))}


def _plain(name: str) -> str:
    """A name by the keys that type it: `help`, `рудз` and `HELP` are one."""
    return to_latin(folded(name).replace("_", "-").replace(" ", "-"))


def _is_cyrillic(name: str) -> bool:
    return bool(name) and all("а" <= letter <= "я" or letter == "ё" for letter in name.lower())
