"""What transcripts for people say beside the words of a conversation. Foreign text is cleaned here."""

from __future__ import annotations

from datetime import datetime

from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.receipts import summary
from neurotui.chat.text import clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import duration, number

LONGEST_URL = 2000
"""Characters of an address that are shown."""


def title(conversation: Conversation) -> str:
    """The name of a conversation, in one line."""
    return clean_line(conversation.name) or _("Conversation")


def speaker(message: Message) -> str:
    """Who said it."""
    match message.role:
        case Role.USER:
            return _("You")
        case Role.ASSISTANT:
            return clean_line(message.model) or _("Assistant")
        case Role.SYSTEM:
            return _("System")


def moment(timestamp: float) -> str:
    """The local date and time of a Unix time, the same in all languages; empty for what is no time."""
    try:
        return datetime.fromtimestamp(timestamp).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return ""


def thought(message: Message) -> str:
    """The heading of the reasoning."""
    if message.timing and message.timing.thinking:
        return _("Thought for {time}").format(time=duration(message.timing.thinking))
    return _("Thoughts")


def receipt(message: Message) -> str:
    """How an answer ended and what it took, in one line; empty for a question."""
    return clean_line(summary(message), 400)


def sources(message: Message) -> list[tuple[str, str]]:
    """The address and the title of each source of an answer, in one line each; the title may be empty."""
    return [
        (clean_line(citation.url, LONGEST_URL), clean_line(citation.title)) for citation in message.citations
    ]


def elsewhere(conversation: Conversation) -> str:
    """That there is more than the branch shown; empty where there is not."""
    count = len(conversation.messages) - len(conversation.path_ids())
    if not count:
        return ""
    return ngettext(
        "{n} more message is on other branches; a JSON export has it",
        "{n} more messages are on other branches; a JSON export has them",
        count,
    ).format(n=number(count))
