"""The part of a request that a server's cache goes by: while it stays the same, the cache is read.

Servers keep what they have read of a request for some minutes, and sell it for a part of the price. It is
found again only if everything before it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Bill, Message, Role
from neurotui.chat.prefix import prefix_digest
from neurotui.chat.session import Session

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.wire.price import Price

RECENT = 40
"""So many messages are looked through for an answer that was counted."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Who reads, everything that stands before the messages, and where these begin."""

    server: str
    """Empty if only the profile is known."""
    profile: str
    model: str
    digest: str
    """See `prefix_digest`; empty if it is not known."""

    def before(self, bill: Bill | None, *, is_changed: bool) -> Prefix:
        """Return what was when an answer was asked for, by its bill; this, as far as that does not tell.

        `is_changed` tells that the prompt was another one.
        """
        bill = bill or Bill()
        digest = "" if is_changed else bill.prefix or self.digest
        found = replace(self, model=bill.asked_model or self.model, digest=digest)
        if bill.prefix and bill.profile != self.profile:
            return replace(found, server="", profile=bill.profile)
        return found


def prefix_of(session: Session, account: Account, model: str = "") -> Prefix:
    """Return the prefix of the next request of a session, by default to its own model."""
    participant = session.participant
    return Prefix(
        account.ref.address.lower(),
        account.profile,
        model or participant.model,
        prefix_digest(session.conversation, participant.parameters),
    )


def last_counted(branch: Branch) -> Message | None:
    """Return the last answer of a branch whose tokens the server has counted; None if there is none."""
    return next(_counted(branch, branch.leaf_id), None)


def cached_last_time(branch: Branch, message_id: str | None) -> Message | None:
    """Return the last answer up to a message if the server had some of its question in its cache."""
    last = next(_counted(branch, message_id), None)
    return last if last is not None and last.usage is not None and last.usage.cached_tokens else None


def is_cached(branch: Branch, model: str, price: Price | None) -> bool:
    """True if a model is likely to have a branch in its cache.

    By its last two answers, if it has told; else if the cache has a price.
    """
    told = []
    for message in _counted(branch, branch.leaf_id):
        if message.bill is not None and message.bill.asked_model not in ("", model):
            break
        told.append(message.usage.cached_tokens > 0 if message.usage is not None else False)
        if len(told) == 2:
            return any(told)
    return any(told) or (price is not None and price.cached is not None and price.cached < price.input)


def _counted(branch: Branch, message_id: str | None) -> Iterator[Message]:
    """Yield the answers that the server has counted, the last first, as far back as a cache is of use."""
    messages = branch.conversation.messages
    message = messages.get(message_id or "")
    for _at in range(RECENT):
        if message is None:
            return
        if message.role is Role.ASSISTANT and message.usage is not None and message.usage.prompt_tokens:
            yield message
        message = messages.get(message.parent_id or "")
