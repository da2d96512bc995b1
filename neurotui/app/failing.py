"""Models that have failed several times running, by the own history, and others that have answered.

What counts is whatever a model, or who serves it, did to an answer (`Run.has_answered`): it was cut, or the
server failed. Too many requests are no fault of a model. If one is refused for them several times running,
that may lie with the key as well; so it is told only if another model has answered meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store.model_runs import BUSY

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.store.model_runs import Run
    from neurotui.store.store import Store

ENOUGH = 3
"""So many failures running are worth a word."""
LATELY = 7 * 24 * 3600.0
"""Seconds within which another model must have answered to be named."""


@dataclass(frozen=True, slots=True)
class FailingModel:
    """A model that fails."""

    model: str
    failures: int
    """Number of its failures running."""
    other: str = ""
    """Another model of the server that has answered lately; empty if none is known."""
    is_busy: bool = False
    """True if it was refused because there are too many requests."""


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
        runs = self._spending.runs_of(model, account.profile, mark)
        count, refused = failures(runs), refusals(runs)
        is_busy = count < ENOUGH <= refused
        if count < ENOUGH and not is_busy:
            return None
        lately = self._spending.runs_at(account.profile, mark, self._clock() - LATELY)
        found = answering(_since_refused(lately, model, refused) if is_busy else lately)
        offered = {
            each.id for each in account.models or () if each.for_chat and not each.abilities.draws_alone
        }
        others = [each for each in found if each != model and (account.models is None or each in offered)]
        favourites = self._learnt.models(account.ref.address.lower(), FAVOURITE)
        others.sort(key=lambda each: each not in favourites)
        other = others[0] if others else ""
        if is_busy:
            return FailingModel(model, refused, other, is_busy=True) if other else None
        return FailingModel(model, count, other)


def failures(runs: Iterable[Run]) -> int:
    """Return how many failures came after the last answer; the last run is the first of `runs`."""
    count = 0
    for run in runs:
        match run.has_answered:
            case True:
                break
            case False:
                count += 1
    return count


def refusals(runs: Iterable[Run]) -> int:
    """Return how many of the latest runs were refused because there are too many requests."""
    return sum(1 for _run in takewhile(lambda run: run.error == BUSY, runs))


def _since_refused(runs: Iterable[Run], model: str, refused: int) -> Iterator[Run]:
    """Yield the runs, the latest first, down to the first refusal of a model of so many."""
    for run in runs:
        yield run
        refused -= run.model == model
        if not refused:
            return


def answering(runs: Iterable[Run]) -> list[str]:
    """Return the models that answered when they were asked last, the latest first."""
    told: dict[str, bool] = {}
    for run in runs:
        if (answered := run.has_answered) is not None:
            told.setdefault(run.model, answered)
    return [model for model, answered in told.items() if answered]


def failing_line(failing: FailingModel, key: str = "") -> str:
    """Return how a model fails, and what to do, in one line; `key` leads to the others."""
    if failing.is_busy:
        words = ngettext(
            "{model} was refused {n} time running, for too many requests",
            "{model} was refused {n} times running, for too many requests",
            failing.failures,
        )
    else:
        words = ngettext(
            "{model} has failed {n} time running", "{model} has failed {n} times running", failing.failures
        )
    told = words.format(model=clean_line(failing.model, 40), n=number(failing.failures))
    if not failing.other:
        return told
    words = _("{model} has answered: {key}")
    return f"{told} · {words.format(model=clean_line(failing.other, 40), key=key)}"
