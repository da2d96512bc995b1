"""What of a request stands before its messages, and where these begin: a server's cache goes by that. Pure.

Its digest is kept with the bill of each answer, so that a change is known after a restart as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from neurotui.chat.conversation import Conversation

_EFFORT = ("reasoning_effort", "reasoning", "thinking", "enable_thinking", "tools")
"""Parameters that are part of what is read."""
_BEGINNING = 4000
"""Characters that tell one message from another."""


def prefix_digest(conversation: Conversation, parameters: Mapping[str, object]) -> str:
    """Return a digest of the system prompt, the effort, and the first message that is sent.

    `parameters` are those of the participant. Nobody can read the prompt out of it.
    """
    told = conversation.parameters | dict(parameters)
    effort = {name: told[name] for name in _EFFORT if name in told}
    first = conversation.messages.get(conversation.first_sent_id or "")
    begins = (first.role, len(first.text), first.text[:_BEGINNING]) if first is not None else None
    read = json.dumps([conversation.system_prompt, effort, begins], sort_keys=True, default=str)
    return sha256(read.encode("utf-8", "replace")).hexdigest()[:16]
