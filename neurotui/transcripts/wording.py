"""The words that transcripts for people add to a conversation. Foreign text is cleaned here."""

from __future__ import annotations

from datetime import datetime

from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.receipts import ending, summary
from neurotui.chat.text import clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import data_size, duration, number

LONGEST_URL = 2000
"""Most characters of an address that are shown."""


def title(conversation: Conversation) -> str:
    """Return the name of a conversation on one line."""
    return clean_line(conversation.name) or _("Conversation")


def speaker(message: Message) -> str:
    """Return the name of the speaker."""
    match message.role:
        case Role.USER:
            return _("You")
        case Role.ASSISTANT:
            return clean_line(message.model) or _("Assistant")
        case Role.SYSTEM:
            return _("System")


def moment(timestamp: float) -> str:
    """Return a Unix time as local date and time, the same in all languages; empty if it is out of range."""
    try:
        return datetime.fromtimestamp(timestamp).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return ""


def thought(message: Message) -> str:
    """Return the heading of an answer's reasoning."""
    if message.timing and message.timing.thinking:
        return _("Thought for {time}").format(time=duration(message.timing.thinking))
    return _("Thoughts")


def remark(message: Message, *, receipts: bool) -> str:
    """Say on one line how an answer ended if it did not simply end; with `receipts` always, and what it took.

    Empty for a question.
    """
    return clean_line(summary(message) if receipts else ending(message), 400)


def attachment(attachment: Attachment) -> str:
    """Name a file of a message on one line: its name, what it is, its size."""
    facts, name = attachment.facts, attachment_name(attachment, 200)
    what = f"{facts.width}×{facts.height}" if facts.width else ""
    return " · ".join(part for part in (name, what, data_size(attachment.blob.size)) if part)


def sources(message: Message) -> list[tuple[str, str]]:
    """Return address and title of each source of an answer, one line each; the title may be empty."""
    return [
        (clean_line(citation.url, LONGEST_URL), clean_line(citation.title)) for citation in message.citations
    ]


def elsewhere(conversation: Conversation) -> str:
    """Say that there is more than the branch shown; empty if there is not."""
    count = len(conversation.messages) - len(conversation.path_ids())
    if not count:
        return ""
    return ngettext(
        "{n} more message is on other branches; a JSON export has it",
        "{n} more messages are on other branches; a JSON export has them",
        count,
    ).format(n=number(count))
