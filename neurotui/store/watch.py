"""How far long work is: told by the work, shown by whoever waits for it, who may also end it.

    with watch.begin(Stage.RESCUING, Unit.MESSAGES) as report:
        for number, row in enumerate(rows):
            report(number, None)  # raises WorkStopped where the user has had enough
            ...

Work reports often and does not care how often that is shown. What it had done as a whole when it was stopped
stays, the rest is as if it had never begun.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

from neurotui.i18n import N_, _
from neurotui.i18n.formats import decimal, number

Report = Callable[[int, int | None], None]
"""Called with how much is done, and of how much (None if unknown). Raises WorkStopped to end the work."""


class Stage(StrEnum):
    """The work that is being done, in words for the user."""

    IMPORTING = N_("importing")
    EXPORTING = N_("exporting")
    SAVING = N_("saving")
    BACKING_UP = N_("making a backup of the database")
    UPDATING = N_("updating the database")
    COPYING = N_("the database is damaged: copying it")
    RESCUING = N_("rescuing what can be read of the database")


class Unit(StrEnum):
    """The things that are counted."""

    BYTES = "bytes"
    CONVERSATIONS = "conversations"
    MESSAGES = "messages"
    STEPS = "steps"
    """Nothing that tells a user how far it is."""


class Watch(Protocol):
    """Whoever waits for long work."""

    def begin(self, stage: Stage, unit: Unit) -> AbstractContextManager[Report]:
        """Work begins; it ends with the context."""


class Unwatched:
    """Nobody waits."""

    def begin(self, stage: Stage, unit: Unit) -> AbstractContextManager[Report]:
        return nullcontext(ignore)


UNWATCHED = Unwatched()


def words(stage: Stage, unit: Unit, done: int, total: int | None) -> list[str]:
    """How far work is, in parts of a line, the most important first."""
    if unit is Unit.STEPS:
        return [_(stage.value)]
    parts = [_(stage.value), _amount(unit, done, total)]
    if total:
        parts.append(f"{100 * done // total} %")
    return parts


def _amount(unit: Unit, done: int, total: int | None) -> str:
    match unit:
        case Unit.CONVERSATIONS:
            words = _("conversation {done} of {total}")
            return words.format(done=number(done), total=number(total or done))
        case Unit.MESSAGES:
            return _("messages: {n}").format(n=number(done))
    size = decimal(done / 1_000_000)
    if total is None:
        return _("{n} MB").format(n=size)
    return _("{done} of {total} MB").format(done=size, total=decimal(total / 1_000_000))


def ignore(done: int, total: int | None) -> None:
    """Default report: does nothing."""
