"""What transcripts for people say beside the words of a conversation. Foreign text is cleaned here."""

from __future__ import annotations

from datetime import datetime

from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import duration, number


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
    """How an answer ended and what it took; empty for a question."""
    if message.role is not Role.ASSISTANT:
        return ""
    parts = [_ending(message)]
    if message.status is Status.STOPPED:
        count = len(message.text)
        parts.append(ngettext("{n} character kept", "{n} characters kept", count).format(n=number(count)))
    if message.usage and message.usage.completion_tokens:
        count = message.usage.completion_tokens
        parts.append(ngettext("{n} token", "{n} tokens", count).format(n=number(count)))
    if message.timing and message.timing.total is not None:
        parts.append(duration(message.timing.total))
    if message.timing and message.timing.closed is not None:
        parts.append(_("connection closed in {time}").format(time=duration(message.timing.closed)))
    return " · ".join(part for part in parts if part)


def elsewhere(conversation: Conversation) -> str:
    """That there is more than the branch shown; empty where there is not."""
    count = len(conversation.messages) - len(conversation.path())
    if not count:
        return ""
    return ngettext(
        "{n} more message is on other branches; a JSON export has it",
        "{n} more messages are on other branches; a JSON export has them",
        count,
    ).format(n=number(count))


def _ending(message: Message) -> str:
    match message.status:
        case Status.COMPLETE:
            reason = "" if message.finish_reason in {"", "stop"} else clean_line(message.finish_reason)
            words = _("refused") if message.refused else _("finished")
            return f"{words} ({reason})" if reason else words
        case Status.STOPPED:
            return _("stopped")
        case Status.CUT | Status.RUNNING:
            return _with_error(_("cut off: the answer is not complete"), message)
        case Status.LENGTH:
            return _("cut by the limit of tokens")
        case Status.FILTERED:
            return _("cut by the content filter")
        case Status.FAILED:
            return _with_error(_("failed"), message)


def _with_error(words: str, message: Message) -> str:
    return f"{words}: {clean(message.error.title)}" if message.error else words
