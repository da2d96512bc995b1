"""From a command to the widget that does it: for all that offers commands, and is not a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.screen import Screen

from neurotui.tui.commands import COMMANDS, Command, Place

_WIDGETS = {Place.INPUT: "Composer", Place.TRANSCRIPT: "Transcript"}
"""The names of the widgets that own a place."""


def owner(screen: Screen[Any], place: Place) -> DOMNode | None:
    """What does the commands of `place` while `screen` is shown; None where nothing does."""
    if place is Place.EVERYWHERE:
        return screen.app
    if place is Place.CHAT:
        return screen
    try:
        return screen.query_one(_WIDGETS[place])
    except NoMatches:
        return None


def place_of_focus(screen: Screen[Any]) -> Place | None:
    """The place of the widget that has the focus; None for all others."""
    name = type(screen.focused).__name__
    return next((place for place, widget in _WIDGETS.items() if widget == name), None)


def available(screen: Screen[Any], command: Command) -> bool:
    """Whether the command can be given now."""
    node = owner(screen, command.place)
    if node is None or not hasattr(node, f"action_{command.action}"):
        return False
    idle = not screen.has_class("running")
    return not (command.running_only and idle) and node.check_action(command.action, ()) is True


def useful(screen: Screen[Any], command: Command) -> bool:
    """Whether the message that a command of the conversation is for has something that it can be done to."""
    transcript: Any = owner(screen, command.place)
    return transcript is not None and bool(transcript.is_useful(command.action))


def offered(screen: Screen[Any]) -> Iterator[Command]:
    """The commands for the palette and after a slash, in the order of the table."""
    return (command for command in COMMANDS if command.menu and available(screen, command))


async def run(screen: Screen[Any], command: Command, argument: str = "") -> None:
    """Does what the command does; `argument` is for those that want one."""
    node = owner(screen, command.place)
    assert node is not None
    await screen.app.run_action(("", command.action, (argument,) if command.argument else ()), node)
