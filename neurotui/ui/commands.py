"""The one table of commands: it feeds the bindings, the footer and the help.

A command is bound where it acts: on the chat screen, in the input, or in the transcript. Each key has its
twin on a Russian keyboard, so that no command needs a change of layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding

from neurotui.i18n import N_
from neurotui.ui.keys import twins


class Place(Enum):
    """Where a command acts; the value is the heading in the help."""

    CHAT = N_("Chat")
    INPUT = N_("Input")
    TRANSCRIPT = N_("Conversation")
    EVERYWHERE = N_("Everywhere")


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do."""

    action: str
    """Textual's name of the action, at the screen or the widget of its place."""
    keys: tuple[str, ...]
    """In textual's names; the first is shown."""
    label: str
    """One or two words, for the footer."""
    help: str
    """One sentence."""
    place: Place = Place.CHAT
    footer: bool = False
    running_only: bool = False
    """Whether it is offered only while an answer comes."""

    @property
    def qualified_action(self) -> str:
        """The action as it is found from anywhere in the app."""
        owner = {Place.CHAT: "screen", Place.EVERYWHERE: "app"}.get(self.place, "focused")
        return f"{owner}.{self.action}"


COMMANDS = (
    Command("stop", ("escape",), N_("stop"), N_("Stop the answer: the connection is closed at once"),
            footer=True, running_only=True),
    Command("send", ("enter",), N_("send"), N_("Send the message"), Place.INPUT, footer=True),
    Command("newline", ("ctrl+j", "shift+enter", "alt+enter"), N_("new line"),
            N_("Begin a new line; so does a \\ before Enter"), Place.INPUT, footer=True),
    Command("copy_or_stop", ("ctrl+c",), N_("copy, stop"),
            N_("Copy the selection; else stop the answer; else clear the input; twice to quit")),
    Command("new", ("ctrl+n",), N_("new"), N_("Begin a new conversation"), footer=True),
    Command("save", ("ctrl+s",), N_("save"), N_("Save the conversation as a Markdown file"), footer=True),
    Command("help", ("f1",), N_("help"), N_("Show this help"), footer=True),
    Command("quit", ("ctrl+q",), N_("quit"), N_("Stop, save and quit"), Place.EVERYWHERE,
            footer=True),
    Command("demo", ("f4",), N_("demo"), N_("Try neurotui on the embedded demo, without a key")),
)  # fmt: skip


_PRIOR = (Place.CHAT, Place.EVERYWHERE)
"""Where a key works whatever has the focus."""


def bindings(place: Place) -> list[Binding]:
    """Textual's bindings for the commands of one place, twins included."""
    return [
        Binding(twins(key), command.action, command.label, show=False, priority=place in _PRIOR)
        for command in COMMANDS
        if command.place is place
        for key in command.keys
    ]


_KEY_NAMES = {"escape": "Esc", "enter": "Enter", "pageup": "PgUp", "pagedown": "PgDn", "space": "Space"}
_ARROWS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}


def key_name(key: str) -> str:
    """A key as it is written on the keyboard: `ctrl+j` is Ctrl+J."""
    names = [_KEY_NAMES.get(part) or _ARROWS.get(part) or part.capitalize() for part in key.split("+")]
    return "+".join(names)
