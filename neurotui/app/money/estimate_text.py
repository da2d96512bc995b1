"""The words for what an answer will cost, in all faces."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.app.money.estimates import Estimate, Reread
from neurotui.chat.budget import currency_of, micros, unpriced_answers
from neurotui.chat.session import Session
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import about, money, number, rough
from neurotui.settings.config import Budget
from neurotui.wire.price import DOLLAR, MICROS, Money

WORTH_TOKENS = 1000
WORTH_CENTS = MICROS // 100
"""From so many tokens, or millionths of a dollar, a question is worth a line."""


def is_worth_a_line(estimate: Estimate, limits: Budget) -> bool:
    """True if an estimate is told without being asked for: never for a small question.

    Where the rate is not known, a whole unit of the currency is worth it. Where a limit is to be told of
    that cannot be, because the price is not known, that is told in any case.
    """
    question = estimate.question
    if estimate.prompt_tokens >= WORTH_TOKENS:
        return True
    if question is None:
        return limits.ask_above > 0
    dollars = question.counted_in(DOLLAR)
    return question.micros >= MICROS if dollars is None else dollars >= WORTH_CENTS


def estimate_line(estimate: Estimate) -> str:
    """Return an estimate in short: ≈ 4,200 tok · ≈ $0.011 + up to $0.026."""
    tokens = _("{n} tok").format(n=about(number(rough(estimate.prompt_tokens))))
    return f"{tokens} · {_cost(estimate)}"


def running_cost(session: Session) -> str:
    """Return what a running answer has come to: ≈ $0.011; empty if its price is not known, or nothing."""
    cost = session.cost
    return about(_money(cost)) if cost is not None and cost.micros else ""


def estimates_line(estimates: Sequence[Estimate], limits: Budget) -> str:
    """Return what answers to one question will cost together; empty if that is not worth a line."""
    if len(estimates) == 1 and is_worth_a_line(estimates[0], limits):
        return estimate_line(estimates[0])
    if len(estimates) < 2 or not any(is_worth_a_line(each, limits) for each in estimates):
        return ""
    whole, count = _together(estimates, limits)
    tokens = sum(each.prompt_tokens for each in estimates)
    words = ngettext("{n} answer", "{n} answers", len(estimates)).format(n=number(len(estimates)))
    told = [words, _("{n} tok").format(n=about(number(rough(tokens))))]
    if count:
        told.append(_("up to {money} together").format(money=_money(whole)))
    return " · ".join(filter(None, [*told, unpriced_answers(len(estimates) - count)]))


def is_too_dear(estimate: Estimate, limits: Budget) -> bool:
    """True if an answer may cost more than its user wants to be asked about."""
    whole = estimate.all.counted_in(currency_of(limits)) if estimate.all is not None else None
    return limits.ask_above > 0 and whole is not None and whole > micros(limits.ask_above)


def question_about(estimate: Estimate) -> str:
    """Return the question whether to send what is dear."""
    whole = estimate.all
    assert whole is not None
    return _("This may cost up to {money}. Send it?").format(money=_money(whole))


def asked_above(limits: Budget) -> str:
    """Return from which price on it is asked."""
    limit = money(limits.ask_above, currency_of(limits))
    return _("You want to be asked above {limit}.").format(limit=limit)


def reason_to_ask(estimate: Estimate, limits: Budget) -> str:
    """Return why that is asked."""
    limit = money(limits.ask_above, currency_of(limits))
    words = _("{estimate}. You want to be asked above {limit}.")
    return words.format(estimate=estimate_line(estimate), limit=limit)


def question_about_all(estimates: Sequence[Estimate], limits: Budget) -> str:
    """Return the question whether to ask for several answers that are dear together."""
    whole, _count = _together(estimates, limits)
    return _("This may cost up to {money}. Send it?").format(money=_money(whole))


def dear_together(estimates: Sequence[Estimate], limits: Budget) -> str:
    """Return what several answers may cost, if that is more than their user wants; empty if it is not."""
    whole, count = _together(estimates, limits)
    if limits.ask_above <= 0 or whole.micros <= micros(limits.ask_above):
        return ""
    words = ngettext(
        "{n} answer may cost up to {money}. You want to be asked above {limit}.",
        "{n} answers may cost up to {money} together. You want to be asked above {limit}.",
        count,
    )
    limit = money(limits.ask_above, currency_of(limits))
    told = words.format(n=number(count), money=_money(whole), limit=limit)
    beside = unpriced_answers(len(estimates) - count)
    return f"{told} ({_('beside {answers}').format(answers=beside)})" if beside else told


def reread_line(reread: Reread) -> str:
    """Return what the next answer reads afresh, and what that costs, in one line."""
    words = _("The next answer reads {n} tokens afresh").format(n=number(rough(reread.tokens)))
    if reread.cost is None:
        return f"{words}: {_('price unknown')}"
    if reread.instead_of is None:
        return f"{words}: ≈ {_money(reread.cost)}"
    costs = _("≈ {money} instead of {cached}")
    return f"{words}: {costs.format(money=_money(reread.cost), cached=_money(reread.instead_of))}"


def _together(estimates: Sequence[Estimate], limits: Budget) -> tuple[Money, int]:
    """Return what answers may cost together, and how many have a price that counts there."""
    currency = currency_of(limits)
    costs = [each.all.counted_in(currency) if each.all is not None else None for each in estimates]
    known = [cost for cost in costs if cost is not None]
    return Money(sum(known), currency), len(known)


def _cost(estimate: Estimate) -> str:
    question, whole, price = estimate.question, estimate.all, estimate.price
    if question is None or whole is None or price is None:
        return _("price unknown")
    if not whole.micros and not price.at_least:
        return _("free")
    sign = "≥" if price.at_least else "≈"
    answer = Money(whole.micros - question.micros, whole.currency)
    if not answer.micros:
        return f"{sign} {_money(question)}"
    words = _("{sign} {question} + up to {answer}")
    return words.format(sign=sign, question=_money(question), answer=_money(answer))


def _money(sum_: Money) -> str:
    return money(rough(sum_.micros) / MICROS, sum_.currency)
