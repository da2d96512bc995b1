"""The links of a message, each with its true target: nothing is opened unseen. Its files as well."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.app.links import target
from neurotui.i18n import N_, _
from neurotui.tui.dialogs.things import ThingsScreen


class LinksScreen(ThingsScreen):
    """Dialog for choosing one of `urls`, or of the `files` behind them; its result is the index of it."""

    def __init__(self, urls: Sequence[str], files: Sequence[str] = ()) -> None:
        title = _("Open") if files else _("Open in the browser")
        super().__init__(title, [*map(target, urls), *files], N_("open"))
