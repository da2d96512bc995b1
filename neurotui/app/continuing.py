"""The rules for continuing an answer: when it is possible, and in which form the server takes the request."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import StrEnum

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.joining import CONTINUABLE
from neurotui.errors import ErrorRecord, RequestRefused, StoreError
from neurotui.i18n import _
from neurotui.store.learnt import Learnt
from neurotui.wire.prefill import Prefill, wanted

NAME = "continue"
"""Name of the fact in `Learnt`; its value is a form of `Prefill`, or `REFUSED`."""
REFUSED = "refused"
"""The model takes no request that ends in an answer."""

_REFUSALS = (400, 422)


class Outcome(StrEnum):
    """Outcome of a request to continue an answer."""

    WENT_ON = "went on"
    BEGAN_AGAIN = "began again"
    REFUSED = "refused"
    NOTHING = "nothing"
    """Nothing that tells how it takes such requests: it was stopped, or the connection was lost."""


def why_not(message: Message | None) -> str:
    """Return why an answer cannot be gone on with; empty if it can. It is the whole of it, joined."""
    match message:
        case None:
            return _("There is no answer to continue")
        case Message(role=Role.ASSISTANT, status=Status.RUNNING):
            return _("An answer is being written: stop it first, or wait")
        case Message(role=Role.ASSISTANT, is_blank=True):
            return _("There is not a word of this answer to continue from; {key} asks again").format(
                key=_repeat_key()
            )
        case Message(role=Role.ASSISTANT, status=Status.COMPLETE):
            return _("This answer is finished")
        case Message(role=Role.ASSISTANT) if _has_its_end(message):
            return _("This answer reached its end; the missing pieces were lost on the way")
        case Message(role=Role.ASSISTANT):
            return ""
        case _:
            return _("Only an answer can be continued")


def is_offered(message: Message) -> bool:
    """True if the receipt of an answer, joined, says that it can be gone on with."""
    return message.status in CONTINUABLE and not why_not(message)


def was_refused(message: Message) -> bool:
    """True if an answer, joined, ends in a refusal to go on with it."""
    return message.joined and message.status is Status.FAILED and _is_refusal(message.error)


def is_left_to_words(message: Message) -> bool:
    """True if an answer, joined, ends in a refusal that names no other form: only a question is left."""
    return was_refused(message) and message.error is not None and wanted(message.error.message) is None


def outcome(asked: Message, ended: Message) -> Outcome:
    """Return what came of a request to go on, from the continuation as it began and as it ended."""
    if asked.continues is not None and ended.continues is None:
        return Outcome.BEGAN_AGAIN
    if not ended.is_blank:
        return Outcome.WENT_ON
    return Outcome.REFUSED if _is_refusal(ended.error) else Outcome.NOTHING


def next_form(form: Prefill, found: Outcome, refusal: str = "") -> str:
    """Return how to ask the next time, after a request in a form; `REFUSED` if there is no way."""
    match found:
        case Outcome.BEGAN_AGAIN if form is Prefill.PLAIN:
            return Prefill.CONTINUE_FINAL_MESSAGE
        case Outcome.REFUSED:
            named = wanted(refusal)
            return named if named is not None and named is not form else REFUSED
        case _:
            return form


class Forms:
    """How each model at a server is asked to go on."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt

    async def of(self, server: str, model: str) -> Prefill | None:
        """Return the form in which a model is asked; None if it is known to refuse them all."""
        known = ""
        with suppress(StoreError):  # where nothing is kept, nothing was learnt
            known = await asyncio.to_thread(self._learnt.get, server, model, NAME)
        if known == REFUSED:
            return None
        return Prefill(known) if known in set(Prefill) else Prefill.PLAIN

    async def learn(self, server: str, model: str, form: str) -> None:
        """Remember how a model is to be asked the next time."""
        with suppress(StoreError):  # it is found out again
            await asyncio.to_thread(self._learnt.put, server, model, NAME, form)


def _is_refusal(error: ErrorRecord | None) -> bool:
    return error is not None and error.kind == RequestRefused.kind and error.http_status in _REFUSALS


def _has_its_end(message: Message) -> bool:
    return message.status is Status.CUT and message.unreadable > 0 and message.finish_reason == "stop"


def _repeat_key() -> str:
    from neurotui.app.commands import find

    return find("repeat").key
