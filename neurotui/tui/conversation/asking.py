"""May something be asked in the conversation in front? Otherwise the user is told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from neurotui.app.participants import refusal
from neurotui.i18n import _

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.tui.conversation.composer import Composer
    from neurotui.tui.dialogs.opener import Dialogs


class Pane(Protocol):
    """A conversation in front, as far as asking is concerned."""

    composer: Composer
    dialogs: Dialogs
    ending: bool
    """True once the program is ending."""

    @property
    def account(self) -> Account:
        """The account that the next message goes to."""


def is_free(pane: Pane) -> bool:
    """True if no answer is being written, and the program is not ending."""
    if pane.composer.busy:
        pane.dialogs.say(_("An answer is being written: stop it first, or wait"))
    return not (pane.composer.busy or pane.ending)


def is_open(pane: Pane) -> bool:
    """True unless the conversation was held with a server that it must not, or cannot, go on with."""
    trouble = refusal(pane.account)
    if trouble is not None:
        pane.dialogs.tell(trouble)
    return trouble is None


def may_ask(pane: Pane) -> bool:
    """True if a question can be asked now."""
    return is_free(pane) and is_open(pane)
