"""The rows of the list of open conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neurotui.app import wording
from neurotui.app.wording import IDLE, StatusText
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Role
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.chat.turn import Turn
from neurotui.i18n import _

LAST_LINE = 400
"""Size of the end of a text that is searched for its last line (characters)."""


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row of the list; all texts are cleaned."""

    session: Session
    """The one that the conversation is gone on with."""
    name: str
    model: str
    status: StatusText
    text: str
    """The last line of the last message."""
    is_new: bool
    """True if an answer has ended here that nobody has seen."""
    running: int
    """Number of answers that are being written here; more than one if models are compared."""

    @property
    def id(self) -> str:
        """The id of the conversation."""
        return self.session.conversation.id

    @property
    def is_active(self) -> bool:
        """True if something is being written here, or has ended unseen."""
        return self.is_new or self.running > 0


def open_rows(workspace: Workspace) -> list[OpenRow]:
    """Return the open conversations: running ones, then unseen answers, then the rest; latest seen first."""
    news = set(workspace.news)
    ids = [session.conversation.id for session in reversed(workspace.sessions)]
    rows = [row_of(workspace.sessions_of(id_), id_ in news) for id_ in ids]
    return sorted(rows, key=lambda row: (not row.running, not row.is_new))


def row_of(sessions: Sequence[Session], is_new: bool = False) -> OpenRow:
    """Return the row of a conversation with its sessions, the one that it is gone on with first."""
    session, *beside = sessions
    conversation, models = session.conversation, [session.participant.model]
    running = [each for each in sessions if each.running and each.turn and not each.turn.ended]
    turns = [each.turn for each in running if each.turn is not None]
    turn = session.turn
    if any(each in running for each in beside):
        turn, status = wording.compared(turns, _compared_with(session, turns))
        text = turn.message().text
        models = [each.participant.model for each in running]
    elif turn is not None and not turn.ended:
        status = wording.running(turn.vitals.read())
        text = turn.message().text
    else:
        path = session.branch.path()
        answer = next((message for message in reversed(path) if message.role is Role.ASSISTANT), None)
        status = wording.ended(answer) if answer is not None else StatusText(*IDLE, (_("nothing asked yet"),))
        text = path[-1].text if path else ""
    name = clean_line(conversation.name, 200) or _("new conversation")
    model = clean_line(", ".join(dict.fromkeys(models)), 60)
    return OpenRow(session, name, model, status, _last_line(text), is_new, len(turns))


def _compared_with(session: Session, turns: Sequence[Turn]) -> int:
    """Return the number of answers to the questions that are being answered, these among them."""
    siblings = session.conversation.siblings
    return len({id_ for turn in turns for id_ in siblings(turn.answer_id)})


def _last_line(text: str) -> str:
    lines = text[-LAST_LINE:].strip().splitlines()
    return clean_line(lines[-1]) if lines else ""
