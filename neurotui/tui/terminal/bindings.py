"""Textual's bindings of the commands: each key with its twin on a Russian keyboard."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from textual.binding import Binding

from neurotui.app.commands import COMMANDS, PRIOR, Command, Place
from neurotui.tui.terminal.key_twins import in_both_cases, twins


def bindings(place: Place) -> list[Binding]:
    """Return the bindings for the commands of one place; the id of each is the command's name.

    A key passes its command to the app, whatever screen is in front. The input's own commands are actions of
    the input.
    """
    keys = {command.name: list(command.keys) for command in COMMANDS if command.place is place}
    if place is Place.TRANSCRIPT:
        keys = with_capitals(keys)
    return [
        Binding(
            twins(key), action(command), command.label, show=False, priority=place in PRIOR, id=command.name
        )
        for command in COMMANDS
        if command.place is place
        for key in keys[command.name]
    ]


def action(command: Command) -> str:
    """Return the textual action that runs a command."""
    return command.name if command.place is Place.INPUT else f"app.command({command.name!r})"


def with_capitals(keys: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Return the keys of commands, by name, so that a letter works with Shift and Caps Lock as well.

    A capital letter that is a key of its own, such as G beside g, is left alone.
    """
    taken = {key for others in keys.values() for key in others}
    return {name: in_both_cases(own, taken) for name, own in keys.items()}
