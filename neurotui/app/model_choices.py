"""The models to choose from, in the order of the list. Pure, without a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neurotui.app import matching as fuzzy
from neurotui.app.accounts import ModelInfo
from neurotui.chat.letters import composed, fold
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.i18n.formats import decimal, number


@dataclass(frozen=True, slots=True)
class Choice:
    """A model in the list."""

    id: str
    """The server's name of the model, for requests."""
    label: str
    """The id, cleaned for display."""
    name: str = ""
    """The name for people, cleaned for display; empty if it equals the id."""
    note: str = ""
    """Other facts that the server tells."""
    recent: bool = False
    folded: str = ""
    """Label and name, folded to be compared with a query."""


def choices(models: Sequence[ModelInfo] | None, recent: Sequence[str]) -> list[Choice]:
    """Return recent models first, then the others by name, those not for chat last.

    If `models` is None, the list is not known: return the recent ones alone.
    """
    if models is None:
        return [_choice(id, recent=True) for id in recent]
    by_id = {model.id: model for model in models}
    first = [id for id in recent if id in by_id]
    others = sorted(
        (model for model in models if model.id not in first),
        key=lambda model: (not model.for_chat, fold(model.id[:200])),
    )
    return [
        *(_choice(id, by_id[id], recent=True) for id in first),
        *(_choice(model.id, model) for model in others),
    ]


def find(query: str, offered: Sequence[Choice]) -> tuple[list[Choice], str]:
    """Return the choices that match a query, the best first, and the spelling of the query that they match.

    If nothing matches, the query is taken as typed on the other layout.
    """
    if not query.strip():
        return list(offered), ""
    for spelling in fuzzy.spellings(query):
        scores = {}
        for place, choice in enumerate(offered):
            score, _places = fuzzy.match(spelling, choice.folded)
            if score:
                scores[place] = score + choice.recent / 2
        if scores:
            return [
                offered[place] for place in sorted(scores, key=scores.__getitem__, reverse=True)
            ], spelling
    return [], ""


def as_typed(query: str, offered: Iterable[Choice]) -> Choice | None:
    """Return a model with exactly the id typed; None if that is offered already, or nothing was typed."""
    id = query.strip()
    return None if not id or any(choice.id == id for choice in offered) else _choice(id)


def tokens(count: int) -> str:
    """Return a number of tokens in short: 8,192, 128k, 1M."""
    if count < 10_000:
        return number(count)
    if count < 999_500:
        return f"{round(count / 1000)}k"
    return f"{decimal(count / 1_000_000).removesuffix('.0').removesuffix(',0')}M"


def _choice(id: str, model: ModelInfo | None = None, *, recent: bool = False) -> Choice:
    label, name, notes = composed(clean_line(id)), "", []
    if model is not None:
        name = composed(clean_line(model.name, 60))
        if model.context_length:
            notes.append(_("context {n}").format(n=tokens(model.context_length)))
        if not model.for_chat:
            notes.append(_("not for chat"))
    if fold(name) == fold(label):
        name = ""
    return Choice(id, label, name, " · ".join(notes), recent, fold(f"{label}\n{name}"))
