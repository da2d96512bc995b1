"""What stands under a message that did not simply end: how it ended, what was kept, what to do."""

from __future__ import annotations

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.tokens import estimate_tokens
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import duration, money, number


def receipt(message: Message) -> str:
    """The receipt of a message, its sentences joined by ` · `; empty where there is nothing to say."""
    return " · ".join(sentences(message))


def sentences(message: Message) -> list[str]:
    """The receipt of a message, sentence by sentence, the most important first."""
    return [part for part in _parts(message) if part]


def _parts(message: Message) -> list[str]:
    if message.role is not Role.ASSISTANT:
        return []
    match message.status:
        case Status.STOPPED:
            return [
                *(_error(message) or [_("stopped by you")]),
                _kept(message),
                _closed(message),
                _tokens(message),
                _spent(message) or _bill(message),
            ]
        case Status.CUT:
            return [_("cut off: the answer is not complete"), *_error(message), _kept(message)]
        case Status.LENGTH if not message.text.strip():
            return [_("the limit of tokens was used up by the reasoning, before a word of the answer")]
        case Status.LENGTH:
            return [_("cut by the limit of tokens: the answer is not complete"), _kept(message)]
        case Status.FILTERED:
            return [_("cut by the content filter"), _kept(message)]
        case Status.FAILED:
            return [*(_error(message) or [_("the answer failed")]), _kept(message)]
        case Status.COMPLETE:
            return _complete(message)
        case Status.RUNNING:
            return []


def _complete(message: Message) -> list[str]:
    if message.refused:
        return [_("the model refused")]
    if message.text.strip() or message.tool_calls:
        return []
    if message.reasoning:
        return [_("the model reasoned, but wrote no answer")]
    return [_("the model ended its answer without a word")]


def _error(message: Message) -> list[str]:
    error = message.error
    if error is None:
        return []
    request = _("request {id}").format(id=error.request_id) if error.request_id else ""
    return [part for part in (error.title, error.message, error.hint, request) if part]


def _kept(message: Message) -> str:
    count = len(message.text)
    if not count:
        return ""
    return ngettext("{n} character kept", "{n} characters kept", count).format(n=number(count))


def _closed(message: Message) -> str:
    if message.timing is None or message.timing.closed is None:
        return ""
    return _("connection closed in {time}").format(time=duration(message.timing.closed))


def _tokens(message: Message) -> str:
    """The server's count, or an estimate that is called one."""
    if message.usage is not None and message.usage.completion_tokens:
        count = message.usage.completion_tokens
        return ngettext("{n} token by the server's count", "{n} tokens by the server's count", count).format(
            n=number(count)
        )
    count = estimate_tokens(message.text) + estimate_tokens(message.reasoning)
    if not count:
        return ""
    return ngettext("~{n} token (estimate)", "~{n} tokens (estimate)", count).format(n=number(count))


def _spent(message: Message) -> str:
    """What the balance lost: all that was done with the key in that time."""
    if message.timing is None or message.timing.spent is None:
        return ""
    return _("the balance fell by {money}").format(money=money(message.timing.spent))


def _bill(message: Message) -> str:
    """A request that never left, or was refused and not yet repeated, costs nothing."""
    return _("providers that cannot cancel bill the whole answer") if _closed(message) else ""
