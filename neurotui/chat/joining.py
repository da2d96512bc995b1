"""Answers and their continuations, joined where they are shown, sent and exported. Pure.

Each is a message of its own. A joined one is made of them for whoever reads: it has the id of the last part,
so that what follows follows all of it, the parent of the first, and what both have cost. Where the joints lie
is a field of it, and nothing in its text. A continuation that runs is not joined: what it is, is judged when
it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace

from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, Timing
from neurotui.chat.joint import join
from neurotui.wire.usage import Usage

CONTINUABLE = frozenset({Status.STOPPED, Status.CUT, Status.LENGTH, Status.FAILED})
"""Ends of answers after which there is more to be said."""


def joined(messages: Iterable[Message]) -> Iterator[Message]:
    """Yield the messages of a path, each answer with all its continuations as one."""
    whole: Message | None = None
    for message in messages:
        both = _joined(whole, message) if whole is not None else None
        if whole is not None and both is None:
            yield whole
        whole = both or message
    if whole is not None:
        yield whole


def joined_path(conversation: Conversation, message_id: str | None) -> list[Message]:
    """Return the messages from the first to the one with this id, joined."""
    return list(joined(conversation.path_to(message_id)))


def whole_answer(conversation: Conversation, answer_id: str) -> Message:
    """Return an answer with all that comes before it of the same answer."""
    parts = [conversation.messages[answer_id]]
    while parts[-1].is_continuation:
        parts.append(conversation.messages[parts[-1].parent_id or ""])
    *_others, whole = joined(reversed(parts))
    return whole


def sent_to(conversation: Conversation, message_id: str | None) -> list[Message]:
    """Return the messages up to this one that a request carries: those that say something, or show it.

    They begin with the first one sent.

    A question that was answered without a word, by a tool call or by blanks, is omitted with its answer:
    some servers refuse two questions in a row.
    """
    path = joined_path(conversation, message_id)
    first = next((at for at, message in enumerate(path) if message.id == conversation.first_sent_id), 0)
    calls = (message for message in path[:-1] if message.role is Role.ASSISTANT and not _says(message))
    unanswered = {message.parent_id for message in calls}
    return [message for message in path[first:] if _says(message) and message.id not in unanswered]


def judged(conversation: Conversation, message: Message) -> Message:
    """Return a message in its place: a continuation that is another answer stands beside the first."""
    if not message.is_continuation or message.status is Status.RUNNING:
        return message
    answer = whole_answer(conversation, message.parent_id or "")
    if join(answer.text, message.text) is not None:
        return message
    return replace(message, parent_id=answer.parent_id, continues=None)


def shown_id(path: Iterable[Message], message_id: str) -> str:
    """Return the id of the message that shows another one, which may be a part of it."""
    for message in path:
        goes_on = message.is_continuation and message.parent_id == message_id
        if goes_on and message.status is not Status.RUNNING:
            message_id = message.id
    return message_id


def _says(message: Message) -> bool:
    """True if a message has words, or a file to look at."""
    return not message.is_blank or bool(message.attachments)


def _joined(answer: Message, continuation: Message) -> Message | None:
    """Return both as one; None if the second is no continuation of the first, or is not judged yet."""
    if not continuation.is_continuation or continuation.parent_id != answer.id:
        return None
    found = None if continuation.status is Status.RUNNING else join(answer.text, continuation.text)
    if found is None:
        return None
    both = (answer, continuation)
    status, unreadable = continuation.status, answer.unreadable + continuation.unreadable
    if status is Status.COMPLETE and unreadable:
        status = Status.CUT
    return replace(
        continuation,
        parent_id=answer.parent_id,
        continues=None,
        joints=(*(min(at, found.at) for at in answer.joints), found.at),
        role=answer.role,
        text=found.text,
        created_at=answer.created_at,
        status=status,
        model=continuation.model or answer.model,
        reasoning="\n\n".join(part.reasoning for part in both if part.reasoning),
        refused=answer.refused or continuation.refused,
        tool_calls=answer.tool_calls + continuation.tool_calls,
        usage=_usage(both),
        timing=_timing([part.timing for part in both if part.timing is not None]),
        bill=_bill(both),
        unreadable=unreadable,
        parts=answer.parts + continuation.parts,
        attachments=answer.attachments + continuation.attachments,
        citations=tuple(dict.fromkeys(answer.citations + continuation.citations)),
        mark=answer.mark,
    )


def _usage(parts: Sequence[Message]) -> Usage | None:
    """Return the server's counts of both; None if it has not counted one that it has answered."""
    found = [part.usage for part in parts if part.usage is not None]
    if len(found) == 2:
        return Usage(*(sum(getattr(usage, field.name) for usage in found) for field in fields(Usage)))
    return found[0] if found and any(map(_is_free, parts)) else None


def _is_free(part: Message) -> bool:
    """True if nothing was paid for a part: it never left, or was refused."""
    bill = part.bill or Bill()
    return not (bill.prompt_tokens or bill.completion_tokens or part.text or part.reasoning)


def _bill(parts: Sequence[Message]) -> Bill | None:
    """Return what both have cost; None of it is known if the price of one is not."""
    found = [part.bill for part in parts if part.bill is not None]
    if len(found) < 2:
        return replace(found[0], cost=None) if found else None
    paid = [bill for bill in found if bill.prompt_tokens or bill.completion_tokens or bill.cost is not None]
    found = paid or found  # what never left costs nothing, whatever its price
    costs = [bill.cost for bill in found if bill.cost is not None and bill.currency == found[-1].currency]
    return replace(
        found[-1],
        prompt_tokens=sum(bill.prompt_tokens for bill in found),
        completion_tokens=sum(bill.completion_tokens for bill in found),
        cached_tokens=sum(bill.cached_tokens for bill in found),
        cost=sum(costs) if len(costs) == len(found) else None,
    )


def _timing(found: Sequence[Timing]) -> Timing | None:
    """Return the beginning of the first, the end of the last, and the sums of what both took."""
    if len(found) < 2:
        return found[0] if found else None
    is_told = all(
        timing.spent is not None and timing.spent_currency == found[0].spent_currency for timing in found
    )
    return replace(
        found[0],
        thinking=_sum([timing.thinking for timing in found]),
        total=_sum([timing.total for timing in found]),
        closed=found[-1].closed,
        pings=sum(timing.pings for timing in found),
        spent=_sum([each.spent for each in found]) if is_told else None,
        step=sum(timing.step for timing in found) if all(timing.step for timing in found) else 0.0,
        stops_held=found[-1].stops_held,
        stops_told=found[-1].stops_told,
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
