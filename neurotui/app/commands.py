"""The one table of commands: for the bindings, the key bar, the palette, the slash commands and the help.

The table names each command, its keys and its words; what a command does is bound to its name in a
`CommandSet`. To add one, add a line here and bind it in a feature. The table loads nothing of a face:
`--help` and the README are made of it too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from neurotui.i18n import N_, _


class Place(Enum):
    """Where a command acts; the value is the heading in the help."""

    CHAT = N_("Chat")
    INPUT = N_("Input")
    TRANSCRIPT = N_("Conversation")
    EVERYWHERE = N_("Everywhere")


PRIOR = (Place.CHAT, Place.EVERYWHERE)
"""Where a key works whatever has the focus."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do."""

    name: str
    """Names it in the settings and, with hyphens, after a slash."""
    keys: tuple[str, ...]
    """The default keys, in textual's names; the first is shown."""
    label: str
    """One or two words, for the key bar."""
    help: str
    """One sentence."""
    place: Place = Place.CHAT
    footer: bool = False
    """True if the key bar shows it."""
    leading: bool = False
    """True if the key bar shows it before others, where it can be used."""
    running_only: bool = False
    """True if it is offered only while an answer comes."""
    menu: bool = True
    """True if it is in the palette and a slash command."""
    argument: str = ""
    """The argument that the slash command wants, such as NAME; empty if it wants none."""

    @property
    def current_keys(self) -> tuple[str, ...]:
        """The keys it has now."""
        return remapped.get(self.name, self.keys)

    @property
    def key(self) -> str:
        """How it is given: its first key as it is written on the keyboard; empty where it has none.

        In a face without keys it is the slash command.
        """
        if without_keys:
            return self.slash if self.menu else ""
        return key_name(self.current_keys[0]) if self.current_keys else ""

    @property
    def slash(self) -> str:
        """Its name as a slash command: `/copy-code`."""
        return "/" + self.name.replace("_", "-")


COMMANDS = (
    Command("stop", ("escape",), N_("stop"), N_("Stop the answer: the connection is closed at once"),
            footer=True, leading=True, running_only=True),
    Command("stop_all", (), N_("stop all"), N_("Stop all answers that are being written"), running_only=True),
    Command("send", ("enter",), N_("send"), N_("Send the message; while an answer comes, send it after that"),
            Place.INPUT, footer=True, menu=False),
    Command("newline", ("ctrl+j", "shift+enter", "alt+enter"), N_("new line"),
            N_("Begin a new line; so does a \\ before Enter"), Place.INPUT, footer=True, menu=False),
    Command("cursor_up", ("up",), N_("earlier"),
            N_("At the top edge: an earlier message that starts with what you typed"), Place.INPUT,
            menu=False),
    Command("cursor_down", ("down",), N_("later"), N_("At the bottom edge: a later message"), Place.INPUT,
            menu=False),
    Command("cursor_word_left", ("ctrl+left",), N_("word left"), N_("A word to the left"), Place.INPUT,
            menu=False),
    Command("cursor_word_right", ("ctrl+right",), N_("word right"), N_("A word to the right"), Place.INPUT,
            menu=False),
    Command("cursor_text_start", ("ctrl+home",), N_("start"), N_("To the start of the text"), Place.INPUT,
            menu=False),
    Command("cursor_text_end", ("ctrl+end",), N_("end"), N_("To the end of the text"), Place.INPUT,
            menu=False),
    Command("delete_word_left", ("ctrl+w",), N_("delete word"), N_("Delete the word to the left"),
            Place.INPUT, menu=False),
    Command("paste", ("ctrl+v",), N_("paste"), N_("Paste; a picture in the clipboard is attached"),
            Place.INPUT, menu=False),
    Command("undo", ("ctrl+z",), N_("undo"), N_("Undo the last change"), Place.INPUT, menu=False),
    Command("redo", ("ctrl+y",), N_("redo"), N_("Redo the change that was undone"), Place.INPUT, menu=False),
    Command("copy_or_stop", ("ctrl+c",), N_("copy, stop"),
            N_("Copy the selection; else stop the answer; else clear the input; twice to quit"),
            Place.EVERYWHERE, menu=False),
    Command("new", ("ctrl+n",), N_("new"), N_("Begin a new conversation"), footer=True),
    Command("models", ("ctrl+l",), N_("models"),
            N_("Choose another model, for this conversation and those to come"), footer=True),
    Command("model", (), N_("model"), N_("Change to the model with this name, in this conversation alone"),
            argument=N_("NAME")),
    Command("conversation", ("f3",), N_("prompt"),
            N_("Change the system prompt and the parameters of this conversation")),
    Command("persona", (), N_("persona"), N_("Take the system prompt and the parameters of a persona"),
            argument=N_("NAME")),
    Command("server", ("f6",), N_("server"), N_("Choose a server, change its key, or add one")),
    Command("usage", (), N_("usage"), N_("Show what was spent: by day, month, model and conversation")),
    Command("settings", ("f2",), N_("settings"), N_("Change the settings")),
    Command("history", ("ctrl+r",), N_("history"),
            N_("Open an earlier conversation, or search in all of them"), footer=True),
    Command("running", ("f7",), N_("running"), N_("Show open conversations: running and new")),
    Command("next", (), N_("next open"), N_("Go to the next conversation that is running or has news")),
    Command("find", ("ctrl+f",), N_("find"), N_("Find in this conversation"), argument=N_("WORDS")),
    Command("rename", (), N_("rename"), N_("Rename the conversation"), argument=N_("NAME")),
    Command("save", ("ctrl+s",), N_("save"), N_("Save the conversation as a file"), footer=True),
    Command("palette", ("ctrl+p",), N_("commands"), N_("Find a command"), footer=True, menu=False),
    Command("help", ("f1",), N_("help"), N_("Show help: all keys and commands"), footer=True),
    Command("repeat", ("ctrl+g",), N_("ask again"), N_("Ask the last question again")),
    Command("continue", ("f8",), N_("continue"), N_("Ask for the rest of an answer that was cut"),
            footer=True, leading=True),
    Command("connection", ("f5",), N_("connection"), N_("Watch the connection: bytes, pings, tokens")),
    Command("demo", ("f4",), N_("demo"), N_("Try neurotui on the embedded demo, without a key")),
    Command("attach", (), N_("attach"), N_("Attach a file, a folder or a picture; so does @ in the message"),
            argument=N_("PATH")),
    Command("image", (), N_("picture"), N_("Make a picture; you see the price first"),
            argument=N_("WORDS")),
    Command("editor", ("ctrl+o",), N_("editor"), N_("Write the message in $VISUAL or $EDITOR"),
            Place.INPUT),
    Command("suspend", (), N_("suspend"), N_("Suspend neurotui, until the shell's fg brings it back")),
    Command("quit", ("ctrl+q",), N_("quit"), N_("Stop, save and quit"), Place.EVERYWHERE, footer=True),
    Command("cursor_previous", ("k", "shift+up"), N_("up"), N_("Previous message"), Place.TRANSCRIPT,
            footer=True, menu=False),
    Command("cursor_next", ("j", "shift+down"), N_("down"), N_("Next message"), Place.TRANSCRIPT,
            menu=False),
    Command("find_next", ("n",), N_("next match"), N_("Next match"),
            Place.TRANSCRIPT, footer=True, menu=False),
    Command("find_previous", ("N",), N_("previous match"), N_("Previous match"), Place.TRANSCRIPT,
            footer=True, menu=False),
    Command("copy_message", ("c",), N_("copy"), N_("Copy the message"), Place.TRANSCRIPT, footer=True),
    Command("copy_code", ("b",), N_("copy code"), N_("Copy the first block of code; 1 to 9 for the others"),
            Place.TRANSCRIPT, footer=True),
    Command("save_code", ("s",), N_("save code"), N_("Save a block of code or a file of the message"),
            Place.TRANSCRIPT),
    Command("open_link", ("o",), N_("open"), N_("Open a link or a file of the message"), Place.TRANSCRIPT,
            footer=True),
    Command("view_file", (), N_("picture"), N_("Look at a picture of the message"), Place.TRANSCRIPT,
            menu=False),
    Command("toggle_fold", ("enter", "t"), N_("reasoning"),
            N_("Show or hide the reasoning, or the texts of files"), Place.TRANSCRIPT, footer=True),
    Command("toggle_raw", ("v",), N_("raw"), N_("Show the raw text, invisible characters included"),
            Place.TRANSCRIPT, footer=True),
    Command("regenerate", ("r",), N_("new answer"),
            N_("Ask for another answer; this one stays as a branch"), Place.TRANSCRIPT, footer=True),
    Command("edit", ("e",), N_("edit question"), N_("Edit the question; this one stays as a branch"),
            Place.TRANSCRIPT, footer=True),
    Command("branch_previous", ("left",), N_("earlier"), N_("Previous version of the message"),
            Place.TRANSCRIPT, footer=True),
    Command("branch_next", ("right",), N_("later"), N_("Next version of the message"), Place.TRANSCRIPT,
            footer=True),
    Command("compare", ("m",), N_("compare"),
            N_("Ask several models at once, and compare their answers"),
            Place.TRANSCRIPT, footer=True, argument=N_("MODEL MODEL…")),
    Command("fork", ("f",), N_("fork"), N_("Continue from this message in a new conversation"),
            Place.TRANSCRIPT),
)  # fmt: skip

without_keys = False
"""True in a face that has no keys; set before anything is shown."""

remapped: dict[str, tuple[str, ...]] = {}
"""Keys that the user gave instead, by command; `neurotui.tui.terminal.keymap` puts them here."""


def find(name: str) -> Command:
    """Return the command of this name. Raises KeyError."""
    for command in COMMANDS:
        if command.name == name:
            return command
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One command as the help, `--help` and the README list it, in the language in use."""

    keys: tuple[str, ...]
    """As they are written on the keyboard."""
    slash: str
    """The slash command with its argument; empty where there is none."""
    text: str


def help_rows() -> Iterator[tuple[str, list[HelpRow]]]:
    """The headings, and under each the commands of its place that can be given by a key or by a slash."""
    for place in Place:
        rows = [
            HelpRow(
                tuple(key_name(key) for key in command.current_keys),
                " ".join(filter(None, (command.slash, _(command.argument) if command.argument else "")))
                if command.menu
                else "",
                _(command.help),
            )
            for command in COMMANDS
            if command.place is place and (command.current_keys or command.menu)
        ]
        if rows:
            yield _(place.value), rows


_KEY_NAMES = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "space": "Space",
    "minus": "-",
    "plus": "+",
    "slash": "/",
    "backslash": "\\",
    "underscore": "_",
    "at": "@",
}


def key_name(key: str) -> str:
    """A key as one reads it: `ctrl+j` is Ctrl+J; a letter alone is as one types it, `n` or `N`."""
    *modifiers, name = key.split("+")
    if len(name) == 1 and not modifiers:
        return name
    if len(name) == 1 and name != name.lower():
        modifiers.append("shift")
    return "+".join([*(modifier.capitalize() for modifier in modifiers), _name(name)])


def _name(name: str) -> str:
    if name in _KEY_NAMES:
        return _KEY_NAMES[name]
    try:
        character = unicodedata.lookup(name.replace("_", " "))  # left_square_bracket is [
    except KeyError:
        return name.capitalize()
    return character if character.isprintable() else name.capitalize()
