"""One question asked of several models at the same time, and their answers side by side.

Each answer is a sibling of the others in the tree of one conversation, and has a session of its own on its
own branch, so that one that fails, ends or is stopped does not disturb the others. The workspace holds these
sessions: they run on whatever is looked at, and end with the program. Nothing leaves unless all may be asked.

A comparison is opened again from any of its answers: it is the answers to one question, whoever asked them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress

from neurotui.app.accounts import Account
from neurotui.app.money.ledger import Ledger
from neurotui.app.participants import Contender as Contender
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import Draft, content
from neurotui.chat.conversation import Bill, Conversation, Message, Role, user_message
from neurotui.chat.joining import sent_to
from neurotui.chat.session import Session
from neurotui.chat.tokens import content_tokens
from neurotui.errors import NeurotuiError
from neurotui.errors import NotCompared as NotCompared
from neurotui.i18n import _

_ENDS = ("?", "!", ".", ",", "…")
"""Ends of words that no name of a model has."""
MOST = 8
"""Models that can be asked at the same time."""


class Comparison:
    """The answers to one question, each with its session."""

    def __init__(self, workspace: Workspace, question: Message, sessions: Sequence[Session]) -> None:
        self.question = question
        self.sessions = list(sessions)
        """In the order in which they were asked."""
        self._workspace = workspace

    @property
    def running(self) -> list[Session]:
        """Those in which the answer is on its way."""
        return [session for session in self.sessions if self.runs(session)]

    def runs(self, session: Session) -> bool:
        """True if the answer of a session is on its way, and not one to a later question."""
        turn = session.turn
        return session.running and turn is not None and turn.answer_id == self._id_in(session)

    def answer(self, session: Session) -> Message:
        """Return the answer of a session, as it stands."""
        if self.runs(session) and session.turn is not None:
            return session.turn.message()
        return session.conversation.messages[self._id_in(session)]

    def others_running(self, session: Session) -> list[Session]:
        """Return those that run beside this one."""
        return [other for other in self.running if other is not session]

    def leave(self, session: Session) -> None:
        """Let the conversation go on with a session; nothing is stopped."""
        self._workspace.go_on(session)

    async def go_on(self, session: Session) -> None:
        """Let the conversation go on with a session, which may run, and stop the others."""
        stopped = self.others_running(session)
        self.leave(session)
        await asyncio.gather(*(other.stop() for other in stopped))

    def _id_in(self, session: Session) -> str:
        return next(message.id for message in session.branch.path() if message.parent_id == self.question.id)


async def compare(
    workspace: Workspace, session: Session, contenders: Sequence[Contender], question: Draft | Message | str
) -> Comparison:
    """Ask a question of all at once: one that follows what is said, or one that was asked already.

    Raises NotCompared, BudgetReached or ConfigurationError if not all can be asked; nothing has left then.
    """
    _check(contenders, session, workspace)
    question = Draft(question) if isinstance(question, str) else question
    if isinstance(question, Message):
        asked_for = question
    else:
        asked_for = user_message(question.text, session.branch.leaf_id, question.attachments)
    async with reserved(workspace.ledger, session.conversation, asked_for, contenders) as answer_ids:
        if session.running and isinstance(question, Draft):
            raise NotCompared(reason=_("an answer is being written"))
        leaf_id = session.branch.leaf_id
        asked = [workspace.hold_beside(session, contender, leaf_id) for contender in contenders]
        ask_all(asked, question, answer_ids)
    return Comparison(workspace, _question_of(asked[0]), asked)


def ask_all(
    sessions: Sequence[Session], question: Draft | Message | str, answer_ids: Sequence[str]
) -> list[asyncio.Future[Message]]:
    """Ask sessions of one conversation the same; it opens at the answer of the first the next time.

    The answers get the ids that tokens are reserved for. The results are those of `Session.send`.
    """
    first, *others = sessions
    first_id, *other_ids = answer_ids
    if isinstance(question, Message):
        replies = [first.answer(question.id, first_id)]
    else:
        asked_for = Draft(question) if isinstance(question, str) else question
        replies = [first.send(asked_for.text, asked_for.attachments, first_id)]
    answer_id = first.branch.leaf_id
    asked = _question_of(first).id
    replies += [other.answer(asked, id_) for other, id_ in zip(others, other_ids, strict=True)]
    first.conversation.leaf_id = answer_id
    return replies


@asynccontextmanager
async def reserved(
    ledger: Ledger, conversation: Conversation, question: Message, asked: Sequence[Contender]
) -> AsyncIterator[list[str]]:
    """Reserve tokens for all answers to a question; yield the ids to give them, for use within.

    Raises BudgetReached if not all may be asked for. What is reserved is given back if an error ends it.
    """
    answer_ids = await ledger.reserve(_bills(conversation, question, asked))
    try:
        yield answer_ids
    except BaseException:
        ledger.release(answer_ids)
        raise


async def reopen(
    workspace: Workspace, services: Services, session: Session, answer_id: str
) -> Comparison | None:
    """Return the comparison of an answer with the others to its question; None if there are no others."""
    conversation = session.conversation
    message = conversation.messages[answer_id]
    if message.role is not Role.ASSISTANT or message.parent_id is None:
        return None
    siblings = conversation.siblings(answer_id)
    if len(siblings) < 2:
        return None
    found = []
    for sibling_id in siblings:
        held = workspace.sessions_of(conversation.id)
        answer = conversation.messages[sibling_id]
        running = (each for each in held if each.running and each.turn and each.turn.answer_id == sibling_id)
        one = next(running, None) or next((each for each in held if _is_of(each, answer)), None)
        if one is None:
            contender = await _contender_of(workspace, services, session, answer)
            one = workspace.hold_beside(session, contender, _newest(conversation, sibling_id))
        found.append(one)
    return Comparison(workspace, conversation.messages[message.parent_id], found)


async def contenders(
    workspace: Workspace, services: Services, session: Session, names: Sequence[str]
) -> list[Contender]:
    """Return who is meant by names of models, each perhaps behind a profile and a colon.

    Raises NotCompared, and ConfigurationError for a profile that cannot be used.
    """
    _check_number(len(names))
    profiles = services.accounts.profiles()
    own = workspace.account_of(session)
    found = []
    for name in names:
        account = own
        if _is_of_profile(name, profiles) and name not in _known(own):
            profile, _colon, name = name.partition(":")
            account = await account_of(workspace, services, profile)
        found.append(Contender(account, name))
    for contender in found:
        await _look_for(contender)
    return found


async def parted(
    workspace: Workspace, services: Services, session: Session, text: str
) -> tuple[list[str], str]:
    """Return the names of models that a text begins with, and the question behind them, if any.

    The question begins with the first word that is no model of the server. A last word alone is a name that
    is mistyped, and so is what stands before another name. Raises NotCompared where it cannot be told.
    """
    own, names = workspace.account_of(session), text.split()
    if own.trouble is None and own.models is None:
        with suppress(NeurotuiError):
            await own.learn_models()
    if not (known := _known(own)):
        if len(names) > MOST or text.endswith(_ENDS):
            reason = _("{host} does not list its models: name them alone, at most {n}, and ask after that")
            raise NotCompared(reason=reason.format(host=own.host, n=MOST))
        return names, ""
    profiles = services.accounts.profiles()
    strange = [
        at for at, name in enumerate(names) if name not in known and not _is_of_profile(name, profiles)
    ]
    first = strange[0] if strange else len(names)
    if not first or first == len(names) or (first == len(names) - 1 and not names[-1].endswith(_ENDS)):
        return names, ""
    if other := next((name for name in names[first:] if name in known), ""):
        reason = _("{host} has no model {name}; if the question begins there, ask it without {other}")
        raise NotCompared(reason=reason.format(host=own.host, name=names[first], other=other))
    return names[:first], text.split(maxsplit=first)[first]


async def account_of(workspace: Workspace, services: Services, profile: str) -> Account:
    """Return the account of a profile, one that is in use if there is one. Raises ConfigurationError."""
    for account in workspace.accounts:
        if account.profile == profile:
            return account
    return await asyncio.to_thread(services.accounts.account, profile)


# Internals


def _check_number(count: int) -> None:
    if not count:
        raise NotCompared(reason=_("name the models to compare"))
    if count > MOST:
        raise NotCompared(reason=_("at most {n} models can be compared").format(n=MOST))


def _check(found: Sequence[Contender], session: Session, workspace: Workspace) -> None:
    _check_number(len(found))
    is_demo = workspace.account_of(session).is_demo
    for contender in found:
        if contender.account.trouble is not None:
            raise contender.account.trouble
        if contender.account.is_demo is not is_demo:
            raise NotCompared(reason=_("the demo and a server are not asked in one conversation"))


def _is_of_profile(name: str, profiles: Collection[str]) -> bool:
    """True if a name has that of a profile and a colon before it."""
    profile, colon, model = name.partition(":")
    return bool(colon and model) and profile in profiles


def _known(account: Account) -> set[str]:
    return {model.id for model in account.models or ()}


async def _look_for(contender: Contender) -> None:
    """Raise NotCompared if the server lists its models and has not this one."""
    account = contender.account
    if account.trouble is None and account.models is None:
        try:
            await account.learn_models()
        except NeurotuiError:
            return  # the request itself will tell
    if (known := _known(account)) and contender.model not in known:
        words = _("{host} has no model {name}").format(host=account.host, name=contender.model)
        raise NotCompared(reason=words)


def _bills(conversation: Conversation, question: Message, found: Sequence[Contender]) -> list[Bill]:
    """Return what is known of the answers' price before they are asked for."""
    copy = conversation.copy()
    copy.put(question)
    said = (content(message.text, message.attachments) for message in sent_to(copy, question.id))
    tokens = sum(map(content_tokens, (conversation.system_prompt, *said)))
    return [
        Bill(each.model, tokens, profile=each.account.profile, server=each.account.ref.address)
        for each in found
    ]


def _question_of(session: Session) -> Message:
    answer = session.branch.leaf
    assert answer is not None and answer.parent_id is not None
    return session.conversation.messages[answer.parent_id]


def _is_of(session: Session, answer: Message) -> bool:
    """True if a session is on the branch of an answer, and held with whoever gave that."""
    bill, participant = answer.bill or Bill(), session.participant
    same = (bill.asked_model, bill.profile) == (participant.model, participant.profile)
    return same and any(message.id == answer.id for message in session.branch.path())


def _newest(conversation: Conversation, message_id: str) -> str:
    """Return the newest leaf behind a message; what is looked at stays."""
    copy = conversation.copy()
    copy.look_at(message_id)
    return copy.leaf_id or message_id


async def _contender_of(
    workspace: Workspace, services: Services, session: Session, answer: Message
) -> Contender:
    """Return who gave an answer; the account of the conversation where that one cannot be used any more."""
    own = workspace.account_of(session)
    bill = answer.bill or Bill()
    account = own
    if bill.profile and bill.profile != own.profile and not own.is_demo:
        try:
            account = await account_of(workspace, services, bill.profile)
        except NeurotuiError:
            account = own
    return Contender(account, bill.asked_model or answer.model or session.participant.model)
