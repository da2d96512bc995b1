"""The words of a face that only speaks: the state of an answer, how it ended, lists to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from neurotui.app import listing, wording
from neurotui.app.attachments.attachment_text import attachment_label, sent_label
from neurotui.app.commands import find
from neurotui.app.spoken_lines import SpokenLines
from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.receipts import cost_words, receipt
from neurotui.chat.state import State
from neurotui.chat.text import clean, clean_line
from neurotui.chat.token_rates import TokenRates
from neurotui.chat.vitals import Reading
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store.search import Hit

FIRST_TOLD = 5
"""Seconds of waiting after which the state is told first; after that, each time twice as late."""
LAST_GAP = 60
"""Longest time between two tellings (seconds)."""


def telling_times() -> Iterator[float]:
    """Yield the seconds of waiting after which the state of an answer is told."""
    at, gap = 0.0, float(FIRST_TOLD)
    while True:
        at += gap
        yield at
        gap = min(2 * gap, LAST_GAP)


def state(reading: Reading) -> str:
    """Return the state of a running answer as a sentence: what is done, for how long, if it is alive."""
    match reading.state:
        case State.QUIET | State.STALLED:
            return joined(wording.running(reading).parts)
        case State.RETRYING:
            return joined(wording.running(reading).parts)
        case State.PREPARING | State.CONNECTING:
            words, since = _("connecting"), reading.in_state
        case State.SENDING:
            words, since = wording.sending(reading), reading.in_state
        case State.SENT:
            words, since = _("sent, waiting for the server"), reading.in_state
        case State.ACCEPTED | State.ALIVE:
            words, since = _("waiting for the first word"), reading.elapsed
        case State.THINKING:
            words, since = _("thinking"), reading.thinking or 0.0
        case State.WRITING:
            words, since = _("writing"), reading.elapsed
    alive = _("connection alive") if reading.pings or reading.state is State.WRITING else ""
    return joined((words, seconds(since), alive))


def code_state(lines: int) -> str:
    """Return that code is being written, which is told when it is complete."""
    return ngettext("writing code, {n} line so far", "writing code, {n} lines so far", lines).format(
        n=number(lines)
    )


def ending(answer: Message) -> list[str]:
    """Return how an answer ended, one line each, and how it can be gone on with. It is the whole, joined."""
    lines = files(answer)
    if answer.status is Status.COMPLETE and (ended := receipt(answer)) is None:
        return [*lines, joined((*wording.ended(answer).parts, cost_words(answer)))]
    ended = receipt(answer)
    lines += [ended.line, ended.note] if ended is not None else []
    lines.append(wording.continue_hint(answer))
    return [clean_line(line, 2000).replace(" · ", ", ") for line in lines if line]


def files(answer: Message) -> list[str]:
    """Return a line for each file of an answer, and one for how they are opened and saved."""
    if not answer.attachments:
        return []
    from neurotui.app.things import file_label

    labels = [file_label(each).replace(" · ", ", ") for each in answer.attachments]
    hint = _("{open} opens it, {save} saves it")
    return [*labels, hint.format(open=find("open_link").slash, save=find("save_code").slash)]


def attached(attachment: Attachment, rates: TokenRates | None = None) -> str:
    """Say what is attached to a question; `rates` are how the model counts that it goes to."""
    return _("attached: {file}").format(file=file_line(attachment, rates))


def file_line(attachment: Attachment, rates: TokenRates | None = None) -> str:
    """Return the label of a file of a question as it is read, without signs."""
    return attachment_label(attachment, rates=rates).replace(" · ", ", ")


def seconds(value: float) -> str:
    """Return a time in whole seconds, or minutes, in words."""
    whole = round(value)
    if whole < 60:
        return ngettext("{n} second", "{n} seconds", whole).format(n=number(whole))
    minutes = whole // 60
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=number(minutes))


def numbered(rows: Iterable[str]) -> list[str]:
    """Return the rows of a list, each behind its number."""
    return [f"{place}. {row}" for place, row in enumerate(rows, 1)]


def choice(typed: str, count: int) -> int | None:
    """Return the place, from 0 on, of the entry whose number was typed; None if that is none of them."""
    text = typed.strip().removesuffix(".")
    return int(text) - 1 if text.isdecimal() and 0 < int(text) <= count else None


def joined(parts: Sequence[str]) -> str:
    """Return the parts of a status as a sentence is read: with commas, without signs."""
    return ", ".join(clean_line(part).removeprefix("↻ ") for part in parts if part)


def rows(text: str) -> list[str]:
    """Return the lines of a text, clean."""
    return clean(text).split("\n")


def message(shown: Message) -> list[str]:
    """Return a message that is not being written, as it is read: who wrote it, its lines, its ending."""
    if shown.role is not Role.ASSISTANT:
        text = rows(shown.text) if shown.text or not shown.attachments else []
        labels = (sent_label(each).replace(" · ", ", ") for each in shown.attachments)
        return [f"{_('You')}:", *text, *(_("attached: {file}").format(file=label) for label in labels)]
    lines = SpokenLines()
    text = [*lines.feed(shown.text), *lines.end()]
    return [f"{clean_line(shown.model, 60)}:", *text, *ending(shown)]


def ended_elsewhere(name: str, answer: Message) -> str:
    """Say that an answer has ended in a conversation that is not in front."""
    words = _("In “{name}”: {ending}")
    return words.format(name=clean_line(name, 60), ending=joined(ending(answer)[:1]))


def hit(found: Hit) -> str:
    """Return a message that was found: the conversation, who wrote it, the words around the match."""
    context = clean_line("".join(piece.text for piece in found.context), 200)
    return f"{listing.name(found.conversation_name)}, {listing.speaker(found)}: {context}"
