"""The rows of the list of open conversations."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.app import wording
from neurotui.app.wording import IDLE, StatusText
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Role
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.i18n import _

LAST_LINE = 400
"""Size of the end of a text that is searched for its last line (characters)."""


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row of the list; all texts are cleaned."""

    session: Session
    name: str
    model: str
    status: StatusText
    text: str
    """The last line of the last message."""
    is_new: bool
    """True if an answer has ended here that nobody has seen."""


def open_rows(workspace: Workspace) -> list[OpenRow]:
    """Return the open conversations: running ones, then unseen answers, then the rest; latest seen first."""
    news = set(workspace.news)
    rows = [_row(session, session.conversation.id in news) for session in reversed(workspace.sessions)]
    return sorted(rows, key=lambda row: (not row.session.running, not row.is_new))


def _row(session: Session, is_new: bool) -> OpenRow:
    turn = session.turn
    if turn is not None and not turn.ended:
        status = wording.running(turn.vitals.read())
        text = turn.message().text
    else:
        path = session.branch.path()
        answer = next((message for message in reversed(path) if message.role is Role.ASSISTANT), None)
        status = wording.ended(answer) if answer is not None else StatusText(*IDLE, (_("nothing asked yet"),))
        text = path[-1].text if path else ""
    name = clean_line(session.conversation.name, 200) or _("new conversation")
    model = clean_line(session.participant.model, 60)
    return OpenRow(session, name, model, status, _last_line(text), is_new)


def _last_line(text: str) -> str:
    lines = text[-LAST_LINE:].strip().splitlines()
    return clean_line(lines[-1]) if lines else ""
