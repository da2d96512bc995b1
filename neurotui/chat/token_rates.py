"""How a model counts tokens, learnt from its receipts: tokens a character by script, a message, a picture.

Each receipt tells one sum for everything that a request held. Recursive least squares find the rates that
explain the sums: what is known well already stays, and what differs is put on what is known least. So the
first picture of a long conversation tells what a picture is, and a gateway's own prompt, which nobody sees,
is found as what each request has beside its words. The beginning is what tokenizers of today usually do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import mul

from neurotui.chat.token_counts import Counts

_USUAL = (0.25, 0.33, 0.7, 4.0, 1000.0, 3.0)
"""Tokens of a Latin, a Cyrillic, another character, of a message, a picture, a request."""
_DOUBT = (0.08, 0.12, 0.4, 2.0, 500.0, 100.0)
"""By how much these may be wrong."""
_LEAST = (0.02, 0.02, 0.02, 0.0, 0.0, 0.0)
NOISE = 0.02
"""Part by which a receipt may miss the best rates: no text is like another."""
_ABSURD = 8.0
"""A receipt that differs by such a factor counts something else."""
_ANOTHER = 0.5
"""By such a part only a model that has changed can miss what was learnt."""
KEPT = 20
"""So many lengths of answers are kept."""
ENOUGH = 3
"""So many answers tell how long one is."""

_SIZE = len(_USUAL)
_CONTENTS = (0, 1, 2, 4)
"""Characters and pictures among the rates."""


def _doubtful() -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(_DOUBT[i] ** 2 if i == j else 0.0 for j in range(_SIZE)) for i in range(_SIZE))


@dataclass(frozen=True, slots=True)
class TokenRates:
    """What was learnt of one model."""

    rates: tuple[float, ...] = _USUAL
    doubt: tuple[tuple[float, ...], ...] = _doubtful()
    """Covariance of the rates."""
    receipts: int = 0
    """Number of receipts that this was learnt from."""
    answers: tuple[int, ...] = ()
    """Tokens of the latest answers, the newest last."""

    def tokens(self, counts: Counts) -> int:
        """Estimate the tokens of a request."""
        told = sum(rate * number for rate, number in zip(self.rates, _numbers(counts), strict=True))
        return max(1, round(told)) + counts.fixed

    def part_tokens(self, counts: Counts) -> int:
        """Estimate the tokens of what stands in a part of a request, and of nothing around it."""
        numbers = _numbers(counts)
        told = sum(self.rates[at] * numbers[at] for at in _CONTENTS)
        return round(told) + counts.fixed

    def answer_tokens(self, usual: int) -> int:
        """Return up to how many tokens an answer usually has; `usual` if there were too few."""
        if len(self.answers) < ENOUGH:
            return max(usual, *self.answers, 0)
        return sorted(self.answers)[math.ceil(0.9 * len(self.answers)) - 1]

    def with_answer(self, tokens: int) -> TokenRates:
        """Return what is known after an answer of so many tokens."""
        return replace(self, answers=(*self.answers, tokens)[-KEPT:]) if tokens > 0 else self

    def with_receipt(self, counts: Counts, tokens: int) -> TokenRates:
        """Return what is known after the server has counted the tokens of a request."""
        estimated = self.tokens(counts)
        at_least = self.tokens(replace(counts, pictures=0))  # a picture may be next to nothing
        is_absurd = estimated > 200 and not at_least / _ABSURD <= tokens <= estimated * _ABSURD
        if tokens <= 0 or counts.fixed or is_absurd:
            return self
        missed = tokens - estimated
        has_changed = self.receipts >= ENOUGH and abs(missed) > _ANOTHER * estimated
        numbers, doubt = _numbers(counts), _doubtful() if has_changed else self.doubt
        shares = [sum(map(mul, row, numbers)) for row in doubt]
        whole = sum(map(mul, shares, numbers)) + (NOISE * estimated) ** 2 + 4.0
        gains = [share / whole for share in shares]
        return replace(
            self,
            rates=tuple(
                max(least, rate + gain * missed)
                for rate, gain, least in zip(self.rates, gains, _LEAST, strict=True)
            ),
            doubt=tuple(
                tuple(
                    max(1e-12, value - gains[i] * shares[i]) if i == j else value - gains[i] * shares[j]
                    for j, value in enumerate(row)
                )
                for i, row in enumerate(doubt)
            ),
            receipts=self.receipts + 1,
        )

    def to_text(self) -> str:
        """Return it as a text to be kept."""
        short = [[float(f"{value:.5g}") for value in row] for row in (self.rates, *self.doubt)]
        return json.dumps(
            {"rates": short[0], "doubt": short[1:], "receipts": self.receipts, "answers": self.answers},
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> TokenRates:
        """Return what `to_text` made `text` of; what cannot be read is as if nothing had been learnt."""
        try:
            told = json.loads(text) if text else {}
            rates, doubt = told["rates"], told["doubt"]
            answers = tuple(int(each) for each in told["answers"][-KEPT:])
            whole = cls(_floats(rates), tuple(map(_floats, doubt)), int(told["receipts"]), answers)
        except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
            return cls()
        return whole if len(whole.doubt) == _SIZE else cls()


def _numbers(counts: Counts) -> tuple[float, ...]:
    found = counts.latin, counts.cyrillic, counts.other, counts.messages, counts.pictures, 1
    return tuple(map(float, found))


def _floats(values: Sequence[object]) -> tuple[float, ...]:
    """Return finite numbers. Raises ValueError."""
    found = tuple(float(value) for value in values if isinstance(value, int | float))
    if len(found) != _SIZE or not all(map(math.isfinite, found)):
        raise ValueError(values)
    return found
