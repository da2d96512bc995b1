"""A session as the workspace holds it: built of what the services have, with the account it talks to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from neurotui.app.money.ledger import Ledger
from neurotui.app.participants import Contender, Participants
from neurotui.app.services import Services
from neurotui.chat.attachments import NOTHING, Draft
from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.session import Session, Spawn
from neurotui.errors import StoreError

if TYPE_CHECKING:
    from neurotui.wire.events import ReplyEvent


class OpenSession:
    """An open conversation. Observes its session, so that the workspace knows of each turn."""

    def __init__(
        self,
        conversation: Conversation,
        services: Services,
        participants: Participants,
        ledger: Ledger,
        spawn: Spawn,
        began: Callable[[OpenSession], None],
        ended: Callable[[OpenSession, Message], None],
        contender: Contender | None = None,
    ) -> None:
        """`began` and `ended` are called with each answer.

        A `contender` answers in the place of whoever answers in this conversation.
        """
        self.id = conversation.id
        self.account = contender.account if contender is not None else participants.account_of(conversation)
        """The one that the next message goes to."""
        ledger.prices.meet(self.account)
        self.queued = NOTHING
        """The message that waits for the end of the running answer."""
        self.beside: tuple[OpenSession, ...] = ()
        """Sessions of the same conversation, each on a branch of its own, that are compared with this one."""
        self._began, self._ended = began, ended
        self.asked = self.account
        """The account that the running answer comes from."""
        self.session = Session(
            Branch.of(conversation),
            participants.participant_of(conversation, contender),
            services.store.journal,
            ledger=ledger,
            spawn=spawn,
            clock=services.clock,
        )
        self.unsubscribe = self.session.subscribe(self)

    @property
    def all(self) -> tuple[OpenSession, ...]:
        """This one, and those beside it."""
        return (self, *self.beside)

    @property
    def running(self) -> list[Session]:
        """The sessions of the conversation in which an answer is on its way."""
        return [held.session for held in self.all if held.session.running]

    @property
    def is_blank(self) -> bool:
        """True if nothing was asked yet."""
        return not self.session.conversation.messages

    def take_queued(self) -> Draft:
        """Return the message that waits, and have none wait any more."""
        draft, self.queued = self.queued, NOTHING
        return draft

    # As the observer of the session

    def message_added(self, message: Message) -> None:
        if message.role is Role.ASSISTANT:
            self.asked = self.account
            self._began(self)

    def event_received(self, event: ReplyEvent) -> None:
        """Who looks at the conversation follows it more closely."""

    def message_ended(self, message: Message) -> None:
        self._ended(self, message)

    def saving_failed(self, error: StoreError) -> None:
        """The journal tells of it by itself."""
