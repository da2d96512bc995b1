"""What of a request a server's cache goes by: while that stays the same, a conversation is read from there.

Servers keep what they have read of a request for some minutes, and sell it for a part of the price. It is
found again only if everything before it is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Message, Role
from neurotui.chat.session import Session

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.wire.price import Price

RECENT = 40
"""So many messages are looked through for an answer that was counted."""
_EFFORT = ("reasoning_effort", "reasoning", "thinking", "enable_thinking", "tools")
"""Parameters that are part of what is read."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Everything that stands before the messages, and where these begin."""

    server: str
    profile: str
    model: str
    system_prompt: str | None
    """None if it is not known."""
    first_sent_id: str | None
    effort: str = ""

    def before(self, model: str, *, is_changed: bool) -> Prefix:
        """Return what was before the model was chosen, and if `is_changed` the prompt was."""
        prompt = None if is_changed else self.system_prompt
        return replace(self, model=model or self.model, system_prompt=prompt)


def prefix_of(session: Session, account: Account) -> Prefix:
    """Return the prefix of the next request of a session."""
    conversation = session.conversation
    told = conversation.parameters | dict(session.participant.parameters)
    effort = {name: told[name] for name in _EFFORT if name in told}
    return Prefix(
        account.ref.address.lower(),
        account.profile,
        session.participant.model,
        conversation.system_prompt,
        conversation.first_sent_id,
        json.dumps(effort, sort_keys=True, default=str) if effort else "",
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
