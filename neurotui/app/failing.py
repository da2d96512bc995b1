"""Models that have failed several times running, by the own history, and others that have answered.

What counts is whatever a model, or who serves it, did to an answer: it was cut, or the server failed. A stop
says nothing of a model, unless words came before it. Nor does what lies with the account or the question (the
key, the balance, a limit, the moderation), with the way to the server, or with a program that was killed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurotui.chat.conversation import Status
from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.store.model_runs import Run
    from neurotui.store.store import Store

ENOUGH = 3
"""So many failures running are worth a word."""
LATELY = 7 * 24 * 3600.0
"""Seconds within which another model must have answered to be named."""

_OF_MODEL = frozenset(
    {"model", "upstream", "server", "rate", "empty", "silence", "head_timeout", "disconnected", "protocol"}
)
"""Kinds of errors that lie with a model, or with who serves it."""


@dataclass(frozen=True, slots=True)
class FailingModel:
    """A model that fails."""

    model: str
    failures: int
    """Number of its failures running."""
    other: str = ""
    """Another model of the server that has answered lately; empty if none is known."""


class FailingModels:
    """Finds them in the history of one store."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._spending, self._learnt = store.spending, store.learnt
        self._clock = clock

    async def of(self, account: Account, model: str) -> FailingModel | None:
        """Return how a model fails; None if it does not, or if the history cannot be read."""
        try:
            return await asyncio.to_thread(self._read, account, model)
        except StoreError:
            return None

    def _read(self, account: Account, model: str) -> FailingModel | None:
        from neurotui.app.model_facts import FAVOURITE

        mark = account.ref.mark
        count = failures(self._spending.runs_of(model, account.profile, mark))
        if count < ENOUGH:
            return None
        found = answering(self._spending.runs_at(account.profile, mark, self._clock() - LATELY))
        offered = {
            each.id for each in account.models or () if each.for_chat and not each.abilities.draws_alone
        }
        others = [each for each in found if each != model and (account.models is None or each in offered)]
        favourites = self._learnt.models(account.ref.address.lower(), FAVOURITE)
        others.sort(key=lambda each: each not in favourites)
        return FailingModel(model, count, others[0] if others else "")


def failures(runs: Iterable[Run]) -> int:
    """Return how many failures came after the last answer; the last run is the first of `runs`."""
    count = 0
    for run in runs:
        match _has_answered(run):
            case True:
                break
            case False:
                count += 1
    return count


def answering(runs: Iterable[Run]) -> list[str]:
    """Return the models that answered when they were asked last, the latest first."""
    told: dict[str, bool] = {}
    for run in runs:
        if (answered := _has_answered(run)) is not None:
            told.setdefault(run.model, answered)
    return [model for model, answered in told.items() if answered]


def failing_line(failing: FailingModel, key: str = "") -> str:
    """Return how a model fails, and what to do, in one line; `key` leads to the others."""
    words = ngettext(
        "{model} has failed {n} time running", "{model} has failed {n} times running", failing.failures
    )
    told = words.format(model=clean_line(failing.model, 40), n=number(failing.failures))
    if not failing.other:
        return told
    words = _("{model} has answered: {key}")
    return f"{told} · {words.format(model=clean_line(failing.other, 40), key=key)}"


def _has_answered(run: Run) -> bool | None:
    """True if a model has answered, False if it has failed; None if that cannot be said."""
    match run.status:
        case Status.COMPLETE | Status.LENGTH | Status.FILTERED:
            return True
        case Status.STOPPED:
            return True if run.has_begun else None
        case Status.CUT if not run.error:
            return False if run.is_timed else None
        case Status.CUT | Status.FAILED:
            return False if run.error in _OF_MODEL else None
    return None
