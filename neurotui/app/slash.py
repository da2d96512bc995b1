"""The meaning of a text that begins with a slash: a command, an ordinary text, or a doubtful one.

A command is one line: a slash, a name of letters and hyphens, and perhaps an argument. So `/etc/passwd is
what?` is a text, and so is a program that begins with a comment. A name is understood in every language of
the interface, and typed on the other layout (`/рудз`, or `.рудз` if the slash was typed on it too). A second
slash turns a command into a text: `//help` sends `/help`. Nothing that begins like a command is sent without
asking, and nothing is thrown away: see `Composer`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from neurotui.app.commands import Command
from neurotui.chat.letters import composed, folded
from neurotui.chat.text import clean_line
from neurotui.i18n import _, spellings
from neurotui.i18n.keyboard import to_latin

_CALL = re.compile(r"(?P<slash>[/.])(?P<name>[^\W\d_](?:[^\W\d_]|[-_])*)(?:[ \t]+(?P<argument>\S.*))?\s*")
_BEGUN_ARGUMENT = re.compile(r"/(?P<name>[^\W\d_](?:[^\W\d_]|[-_])*)[ \t]+(?P<argument>[^\n]*)")
MOST_ARGUMENTS = 50
"""Number of arguments that are proposed at most."""
_BEGUN = re.compile(r"(?P<slash>[/.])(?P<name>(?:[^\W\d_]|[-_])*)")


@dataclass(frozen=True, slots=True)
class Text:
    """A text to send."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command to run."""

    command: Command
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A text that looks like a command but is none."""

    name: str
    """The name as a command, with its slash."""
    command: Command | None = None
    """The command of this name if only its argument is missing or superfluous; otherwise None."""


def read(text: str, commands: Iterable[Command], passed_on: Collection[str] = ()) -> Text | Call | Doubtful:
    """Return the meaning of a text, given the commands available; the names in `passed_on` are texts.

    `commands` is iterated over only if the text looks like a command.
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


def doubt(read: Doubtful) -> str:
    """Return a note on why a text is no command, and how it is sent all the same."""
    again = _("Enter again sends it as text")
    if read.command is None:
        return _("unknown command {name} · {again}").format(name=clean_line(read.name, 24), again=again)
    if read.command.argument:
        argument = _(read.command.argument)
        return _("{name} needs {argument} · {again}").format(name=read.name, argument=argument, again=again)
    return _("{name} takes no argument · {again}").format(name=read.name, again=again)


def begun(text: str, commands: Iterable[Command], passed_on: Collection[str] = ()) -> list[Command]:
    """Return the commands that `text` may become, the best first; none if it cannot become one."""
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


def arguments(
    text: str, commands: Iterable[Command], known: Mapping[str, Callable[[], Iterable[str]]]
) -> list[Call]:
    """Return the commands that `text`, a command with a part of its argument, may become, the best first.

    `known` has the possible arguments by the name of the command.
    """
    if (match := _BEGUN_ARGUMENT.fullmatch(composed(text))) is None:
        return []
    command = next((each for each in commands if _plain(match["name"]) in _names(each)), None)
    if command is None or command.name not in known:
        return []
    typed = folded(match["argument"])
    within = [value for value in dict.fromkeys(known[command.name]()) if typed in folded(value)]
    within.sort(key=lambda value: (folded(value) != typed, not folded(value).startswith(typed)))
    return [Call(command, value) for value in within[:MOST_ARGUMENTS]]


def _names(command: Command) -> set[str]:
    """Return the names of a command in all languages, by their keys."""
    return {_plain(command.slash[1:]), *(_plain(label) for label in spellings(command.label))}


def _plain(name: str) -> str:
    """Return a name by the keys that type it: `help`, `рудз` and `HELP` are the same."""
    return to_latin(folded(name).replace("_", "-").replace(" ", "-"))


def _is_cyrillic(name: str) -> bool:
    return bool(name) and all("а" <= letter <= "я" or letter == "ё" for letter in name.lower())
