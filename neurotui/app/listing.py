"""Words for lists of conversations and of hits, on the screen and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotui.chat.conversation import Role, Status
from neurotui.chat.text import clean_line
from neurotui.i18n import N_, _

if TYPE_CHECKING:
    from neurotui.store.search import Hit

_ENDINGS = {
    Status.RUNNING: N_("running"),
    Status.COMPLETE: N_("finished"),
    Status.STOPPED: N_("stopped"),
    Status.CUT: N_("cut off"),
    Status.LENGTH: N_("at its limit"),
    Status.FILTERED: N_("filtered"),
    Status.FAILED: N_("failed"),
}


def ending(status: Status) -> str:
    """Return how an answer ended, in a word or two."""
    return _(_ENDINGS[status])


def name(given: str) -> str:
    """Return the name of a conversation, in one line."""
    return clean_line(given) or _("Conversation")


def speaker(hit: Hit) -> str:
    """Return who wrote the message that was found."""
    match hit.role:
        case Role.USER:
            return _("You")
        case Role.ASSISTANT:
            return clean_line(hit.model) or _("Assistant")
        case Role.SYSTEM:
            return _("System")


def shown_for(query: str) -> str:
    """Return words for a query that found something only on the other keyboard layout."""
    return _("shown for “{query}”").format(query=clean_line(query))
