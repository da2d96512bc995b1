"""How an answer ended, in words: under it on the screen, from `neurotui ask`, and in transcripts.

Servers' own words are in it as they came: clean them before they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neurotui.chat.budget import cost_of
from neurotui.chat.conversation import UNKNOWN_PRICE, Message, Part, Role, Status
from neurotui.chat.reconciliation import unexplained_of
from neurotui.chat.tokens import estimate_tokens
from neurotui.errors import ErrorRecord
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import about, duration, money, number
from neurotui.wire.price import MICROS


@dataclass(frozen=True, slots=True)
class Receipt:
    """The remark under an answer that did not simply end."""

    line: str
    """How it ended, and what was kept."""
    note: str = ""
    """Why, and what to do; may be empty."""


def figures(message: Message) -> tuple[str, ...]:
    """Return what an answer took, briefly: tokens, an estimate marked by ≈, seconds, and the cost if known.

    The share of the question that the server had in its cache is among them, if it has told.

    Before them stands why it ended, if that is the server's own word for a whole answer. Empty for a question
    and for an answer of which nothing came. A picture has no tokens, but a price.
    """
    if message.role is not Role.ASSISTANT or message.status is Status.RUNNING:
        return ()
    counted = message.counted_tokens
    tokens = counted or estimated_tokens(message)
    cost, is_complete = cost_of(message), message.status is Status.COMPLETE
    if not tokens and not (is_complete and cost is not None and cost.micros):
        return ()
    is_whole = is_complete and not message.refused
    reason = message.finish_reason if is_whole and message.finish_reason != "stop" else ""
    total = message.timing.total if message.timing else None
    told = (
        reason,
        _("{n} tok").format(n=number(tokens) if counted else about(number(tokens))) if tokens else "",
        duration(total) if total is not None else "",
        cached_share(message),
        cost_words(message),
    )
    return tuple(filter(None, told))


def receipt(message: Message, *, counted: bool = True) -> Receipt | None:
    """Return the remark on how a message ended; None if there is nothing to say.

    Tokens and cost are left out unless `counted`, where they are told elsewhere.
    """
    if message.role is not Role.ASSISTANT or message.status is Status.RUNNING:
        return None
    ending, error = _ending(message), message.error
    match message.status:
        case Status.STOPPED:
            cost = _paid(message) if counted else ""
            tokens = _joined(_requests(message), _tokens(message) if counted else "", cost)
            bill = _joined(_spent(message), _stops(message)) or _bill(message)
            note = _joined(_advice(error), tokens, bill)
            return Receipt(_joined(ending, _kept(message), *_gaps(message), _closed(message)), note)
        case Status.FAILED:
            hint = error.hint if error else ""
            return Receipt(
                _why(error) or ending,
                _joined(hint, _kept(message), *_gaps(message), _request(error), _together(message, counted)),
            )
        case Status.COMPLETE:
            line = _joined(ending, *_gaps(message))
            if line or message.joined:
                line = _joined(line, _together(message, counted))
            return Receipt(line) if line else None
        case _:
            kept = "" if message.is_blank else _kept(message)
            note = _joined(_advice(error), _request(error), _together(message, counted))
            return Receipt(_joined(ending, kept, *_gaps(message)), note)


def ending(message: Message) -> str:
    """Return one line on how an answer ended and what of it is missing; empty if it simply ended."""
    if message.role is not Role.ASSISTANT:
        return ""
    error = message.error.title if message.error is not None else ""
    return _joined(": ".join(part for part in (_ending(message), error) if part), *_gaps(message))


def summary(message: Message) -> str:
    """Return one line for a transcript: how an answer ended and what it took; empty for a question."""
    if message.role is not Role.ASSISTANT:
        return ""
    words = _ending(message)
    if not words:
        other = message.finish_reason not in {"", "stop"}
        words = f"{_('finished')} ({message.finish_reason})" if other else _("finished")
    if message.error is not None:
        words = f"{words}: {message.error.title}"
    kept = _kept(message) if message.status is not Status.COMPLETE else ""
    total = message.timing.total if message.timing else None
    time = duration(total) if total is not None else ""
    return _joined(
        words, kept, *_gaps(message), _counted(message), time, cost_words(message), _closed(message)
    )


def stops_words(held: int, told: int) -> str:
    """Say how often a stop has stopped the bill of a model, as the balance told; empty if it never did."""
    if not told:
        return ""
    words = ngettext(
        "here Stop stopped the bill {n} of {all} time", "here Stop stopped the bill {n} of {all} times", told
    )
    return words.format(n=number(held), all=number(told))


def reconciled(message: Message) -> str:
    """Say by how much the balance fell for an answer, beside its price; empty if that is not known."""
    words, more = _spent(message), unexplained_of(message)
    if not words or more is None or message.status is Status.STOPPED:
        return _joined(words, _stops(message) if words else "")
    return f"{words}: {difference_words(more, message.timing.spent_currency if message.timing else '')}"


def difference_words(micros: int, currency: str) -> str:
    """Say how a fall of the balance differs from what answers explain; `micros` as `unexplained` returns."""
    if not micros:
        return _("as the receipts say")
    sum_ = money(abs(micros) / MICROS, currency)
    words = _("{money} more than explained") if micros > 0 else _("{money} less than explained")
    return words.format(money=sum_)


def cached_share(message: Message) -> str:
    """Return which share of a question the server had in its cache; empty if it has told of none."""
    usage = message.usage
    if usage is None or not usage.cached_tokens:
        return ""
    beside = usage.cached_tokens if usage.cached_tokens > usage.prompt_tokens else 0
    share = 100 * usage.cached_tokens // (usage.prompt_tokens + beside)
    return _("{share} cached").format(share=f"{max(1, share)} %")


def lost_pieces(count: int) -> str:
    """Say how many pieces of an answer could not be read; empty for none."""
    if not count:
        return ""
    return ngettext("{n} piece was lost", "{n} pieces were lost", count).format(n=number(count))


def has_hole(message: Message) -> bool:
    """True if lost pieces are the only reason why an answer is not complete."""
    return message.status is Status.CUT and message.unreadable > 0 and message.error is None


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _ending(message: Message) -> str:
    """Return how an answer ended, in one clause; empty if it simply ended."""
    match message.status:
        case Status.STOPPED:
            return _("stopped at your limit") if message.error else _("stopped by you")
        case Status.CUT if has_hole(message):
            return _with_reason(_("the answer is not complete"), message, usual="stop")
        case Status.CUT | Status.RUNNING:
            return _with_reason(_("cut off: the answer is not complete"), message)
        case Status.LENGTH if message.is_blank:
            return _("the limit of tokens was used up by the reasoning, before a word of the answer")
        case Status.LENGTH:
            return _("cut by the limit of tokens: the answer is not complete")
        case Status.FILTERED:
            return _with_reason(_("cut by the content filter"), message, usual="content_filter")
        case Status.FAILED:
            return _("the answer failed")
        case Status.COMPLETE if message.refused:
            return _("the model refused")
        case Status.COMPLETE if not message.is_blank or message.is_something:
            return ""
        case Status.COMPLETE if message.citations:
            return _("the model named its sources, but wrote no answer")
        case Status.COMPLETE if message.reasoning.strip():
            return _("the model reasoned, but wrote no answer")
        case Status.COMPLETE:
            return _with_reason(_("the model ended its answer without a word"), message, usual="stop")


def _gaps(message: Message) -> Iterator[str]:
    """Name the parts of an answer that are missing where it is shown."""
    yield lost_pieces(message.unreadable)
    if message.parts:
        parts = ", ".join(map(_counted_part, message.parts))
        yield _("cannot be shown here: {parts}").format(parts=parts)


def _counted_part(part: Part) -> str:
    count = part.count
    match part.kind:
        case "image":
            words = ngettext("{n} picture", "{n} pictures", count)
        case "audio":
            words = ngettext("{n} sound recording", "{n} sound recordings", count)
        case "video":
            words = ngettext("{n} video", "{n} videos", count)
        case "file":
            words = ngettext("{n} file", "{n} files", count)
        case kind:
            words = ngettext("{n} part of an unknown kind", "{n} parts of an unknown kind", count)
            return f"{words.format(n=number(count))} ({kind})" if kind else words.format(n=number(count))
    return words.format(n=number(count))


def _with_reason(words: str, message: Message, usual: str = "") -> str:
    """Return an ending with the server's own word for it, unless that is the usual one."""
    return words if message.finish_reason in {"", usual} else f"{words} ({message.finish_reason})"


def _why(error: ErrorRecord | None) -> str:
    """Return what happened, with the server's own words."""
    return ": ".join(part for part in (error.title, error.message) if part) if error else ""


def _advice(error: ErrorRecord | None) -> str:
    """Return what happened and what to do, in sentences."""
    sentences = (_why(error), error.hint) if error else ()
    return ". ".join(sentence.rstrip(".") for sentence in sentences if sentence)


def _request(error: ErrorRecord | None) -> str:
    return _("request {id}").format(id=error.request_id) if error and error.request_id else ""


def _kept(message: Message) -> str:
    count = len(message.text)
    if not count:
        return ""
    return ngettext("{n} character kept", "{n} characters kept", count).format(n=number(count))


def _closed(message: Message) -> str:
    if message.timing is None or message.timing.closed is None:
        return ""
    return _("connection closed in {time}").format(time=duration(message.timing.closed))


def _together(message: Message, counted: bool) -> str:
    """Return what an answer and its continuations have come to together; of one in one piece, its cost."""
    if not message.joined:
        return _paid(message) if counted else ""
    return _joined(_requests(message), *((_tokens(message), cost_words(message)) if counted else ()))


def _requests(message: Message) -> str:
    count = len(message.joints) + 1
    if count < 2:
        return ""
    return ngettext("{n} request", "{n} requests", count).format(n=number(count))


def _paid(message: Message) -> str:
    """Return the cost of an answer for which anything was to be paid."""
    bill = message.bill
    return cost_words(message) if bill is not None and (bill.prompt_tokens or bill.completion_tokens) else ""


def cost_words(message: Message) -> str:
    """Return the cost by the prices of that time; that it is not known, where a limit in money was set.

    It is an estimate where the tokens are. Empty where nobody had need of a price that is not known.
    """
    cost = cost_of(message)
    if cost is not None:
        is_picture = message.status is Status.COMPLETE and not estimated_tokens(message)
        is_counted = message.counted_tokens and message.usage is not None and message.usage.prompt_tokens
        is_exact = is_counted or is_picture
        words = money(cost.amount, cost.currency)
        return words if is_exact or not cost.micros else about(words)
    return _("price unknown") if message.bill is not None and message.bill.source == UNKNOWN_PRICE else ""


def _tokens(message: Message) -> str:
    """Return the server's count of tokens, or an estimate labelled as one."""
    count = estimated_tokens(message)
    estimate = ngettext("≈ {n} token", "≈ {n} tokens", count).format(n=number(count))
    return _counted(message) or (estimate if count else "")


def estimated_tokens(message: Message) -> int:
    """Estimate the tokens of an answer that its server did not count: those that its cost is of, if any."""
    if message.bill is not None and message.bill.completion_tokens:
        return message.bill.completion_tokens  # the cost is by these; what a server repeats is paid, too
    return estimate_tokens(message.text) + estimate_tokens(message.reasoning)


def _counted(message: Message) -> str:
    if not (count := message.counted_tokens):
        return ""
    return ngettext("{n} token by the server's count", "{n} tokens by the server's count", count).format(
        n=number(count)
    )


def _spent(message: Message) -> str:
    """Return by how much the balance fell for an answer; empty if that is not known."""
    timing = message.timing
    if timing is None or timing.spent is None:
        return ""
    return _("the balance fell by {money}").format(money=money(timing.spent, timing.spent_currency))


def _stops(message: Message) -> str:
    """Return what the balance told of stops of this model; empty if it told nothing yet."""
    timing = message.timing
    return "" if timing is None else stops_words(timing.stops_held, timing.stops_told)


def _bill(message: Message) -> str:
    """Return a warning that all may be billed; empty for a request that never left: that costs nothing."""
    return _("some providers bill the full answer anyway") if _closed(message) else ""
