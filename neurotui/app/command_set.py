"""Commands bound to what does them: keys, slash commands, the palette and the key bar all ask here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Protocol, runtime_checkable

from neurotui.app.commands import COMMANDS, Command, find
from neurotui.i18n import _


@dataclass(frozen=True, slots=True)
class _Bound:
    do: Callable[..., object]
    when: Callable[[], bool]
    why_not: str
    label: Callable[[], str] | None


@runtime_checkable
class HasCommands(Protocol):
    """A place with commands of its own, which come before those around it."""

    commands: CommandSet


def _always() -> bool:
    return True


class CommandSet:
    """The commands that can be given at one place; those of the place around it can be given there too."""

    def __init__(self, tell: Callable[[str], None], around: CommandSet | None = None) -> None:
        """`tell` is given a sentence where a command could do nothing."""
        self._tell = tell
        self._around = around
        self._bound: dict[str, _Bound] = {}

    def bind(
        self,
        name: str,
        do: Callable[..., object],
        *,
        when: Callable[[], bool] = _always,
        why_not: str = "",
        label: Callable[[], str] | None = None,
    ) -> None:
        """Bind a command of the table to what does it, plain or async. Raises KeyError for another name.

        Keys that follow wait until `do` is over: what takes long belongs into a worker. `when` tells at a
        glance if something would come of it now, for whatever offers commands. If `do` returns False, nothing
        came of it, and `why_not`, a text that is translated here, is told. `label` returns the command's
        current label, to be translated, where it is not always the same.
        """
        self._bound[find(name).name] = _Bound(do, when, why_not, label)

    def can(self, name: str) -> bool:
        """True if a command is bound and something would come of it now."""
        bound = self._find(name)
        return bound is not None and bound.when()

    def offered(self) -> Iterator[Command]:
        """Yield the commands for the palette and after a slash, in the order of the table."""
        for command in COMMANDS:
            bound = self._find(command.name) if command.menu else None
            if bound is not None and (not command.running_only or bound.when()):
                yield command

    def labelled(self, command: Command) -> Command:
        """Return a command with the label that it has now."""
        bound = self._find(command.name)
        return command if bound is None or bound.label is None else replace(command, label=bound.label())

    async def run(self, name: str, *arguments: object) -> None:
        """Do what a command does; nothing happens if it is not bound."""
        if (bound := self._find(name)) is None:
            return
        done = bound.do(*arguments)
        if isawaitable(done):
            done = await done
        if done is False:
            self._tell(_(bound.why_not))

    def _find(self, name: str) -> _Bound | None:
        bound = self._bound.get(name)
        return self._around._find(name) if bound is None and self._around is not None else bound
