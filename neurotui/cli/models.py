"""`neurotui models`: the key's models. A table for people, one name a line for programs, or JSON."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from neurotui.app import matching
from neurotui.chat.letters import folded
from neurotui.chat.text import clean_line
from neurotui.cli import codes
from neurotui.cli.account import chosen_account
from neurotui.cli.output import print_json, print_table, say
from neurotui.cli.progress import Progress
from neurotui.errors import NeurotuiError
from neurotui.i18n import _
from neurotui.i18n.formats import number

if TYPE_CHECKING:
    from neurotui.app.accounts import Account, ModelInfo
    from neurotui.app.wording import StatusText

LONGEST_ID = 1000
_FIELDS = ("id", "name", "owner", "context_length", "for_chat")
"""Fields of a model in JSON."""


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the models; return the exit code."""
    try:
        server = chosen_account(options, environ)
        if server.trouble is not None:
            raise server.trouble
        models = asyncio.run(_models(server))
    except NeurotuiError as error:
        say(str(error))
        return codes.of_error(error)
    _print(filtered(models, " ".join(options.words)), as_json=options.json)
    return 0


def filtered(models: Sequence[ModelInfo], query: str) -> list[ModelInfo]:
    """Return the models whose id or name has all words of a query, in whichever layout it was typed."""
    for spelling in matching.spellings(query):
        words = spelling.split()
        found = [
            model for model in models if all(word in folded(f"{model.id}\n{model.name}") for word in words)
        ]
        if found:
            return found
    return []


async def _models(server: Account) -> Sequence[ModelInfo]:
    progress, began = Progress(), time.monotonic()

    def waiting() -> StatusText:
        from neurotui.app.wording import waiting

        return waiting(server.host, time.monotonic() - began)

    progress.show(waiting)
    try:
        return await server.client.models()
    finally:
        progress.clear()
        await server.client.aclose()


def _print(models: Sequence[ModelInfo], *, as_json: bool) -> None:
    if as_json:
        print_json([{name: getattr(model, name) for name in _FIELDS} for model in models])
    elif not sys.stdout.isatty():
        for model in models:
            print(clean_line(model.id, LONGEST_ID))
    elif models:
        heads = (_("MODEL"), _("CONTEXT"), _("OWNER"), _("NAME"))
        print_table(heads, map(_row, models), flexible=0)
    else:
        say(_("nothing was found"))


def _row(model: ModelInfo) -> tuple[str, ...]:
    context = number(model.context_length) if model.context_length else ""
    note = clean_line(model.name, 40) if model.for_chat else _("not for chat")
    return (
        clean_line(model.id),
        context.rjust(len(_("CONTEXT"))),
        clean_line(model.owner, 20),
        note,
    )
