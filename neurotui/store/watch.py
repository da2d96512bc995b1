"""Progress of long work: reported by the work, shown by the one who waits for it and may end it.

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

from neurotui.i18n import N_, _, ngettext
from neurotui.i18n.formats import decimal, number

Report = Callable[[int, int | None], None]
"""Call it with the amount done and the whole (None if unknown). Raises WorkStopped to end the work."""


class Stage(StrEnum):
    """Kinds of work, in words for the user."""

    IMPORTING = N_("importing")
    EXPORTING = N_("exporting")
    SAVING = N_("saving")
    WAITING = N_("close the older neurotui to go on")
    BACKING_UP = N_("making a backup of the database")
    UPDATING = N_("updating the database")
    COPYING = N_("the database is damaged: copying it")
    ADDING_UP = N_("adding up what was spent")
    RESCUING = N_("rescuing what can be read of the database")


class Unit(StrEnum):
    """Things that are counted."""

    BYTES = "bytes"
    CONVERSATIONS = "conversations"
    MESSAGES = "messages"
    ANSWERS = "answers"
    STEPS = "steps"
    """Steps that mean nothing to a user."""


class Watch(Protocol):
    """The one who waits for long work."""

    @property
    def is_seen(self) -> bool:
        """True if somebody reads what is reported."""

    def begin(self, stage: Stage, unit: Unit, about: str = "") -> AbstractContextManager[Report]:
        """Begin work, which ends with the context; `about` is what it is done with, if that has a name."""


class Unwatched:
    """Default watch: nobody waits."""

    is_seen = False

    def begin(self, stage: Stage, unit: Unit, about: str = "") -> AbstractContextManager[Report]:
        return nullcontext(ignore)


UNWATCHED = Unwatched()


def words(stage: Stage, unit: Unit, done: int, total: int | None, about: str = "") -> list[str]:
    """Return how far work is, in parts of a line, the most important first."""
    if unit is Unit.STEPS:
        return [_(stage.value), *([about] if about else [])]
    parts = [_(stage.value), _amount(unit, done, total)]
    if total:
        parts.append(f"{100 * done // total} %")
    return parts


def _amount(unit: Unit, done: int, total: int | None) -> str:
    match unit:
        case Unit.CONVERSATIONS:
            words = _("conversation {done} of {total}")
            return words.format(done=number(done), total=number(total or done))
        case Unit.ANSWERS:
            return ngettext("{n} answer", "{n} answers", done).format(n=number(done))
        case Unit.MESSAGES:
            return _("messages: {n}").format(n=number(done))
    size = decimal(done / 1_000_000)
    if total is None:
        return _("{n} MB").format(n=size)
    return _("{done} of {total} MB").format(done=size, total=decimal(total / 1_000_000))


def ignore(done: int, total: int | None) -> None:
    """Default report: does nothing."""
