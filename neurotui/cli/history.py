"""The library without the interface: `neurotui history` lists it, `neurotui search` searches it.

On a terminal they print for people; into a pipe, for programs, one line for each item with its fields
separated by tabs. With `--json` they print JSON.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict

from neurotui.app import listing
from neurotui.chat.text import clean, clean_line
from neurotui.cli.output import bold, faint, print_json, print_table, say
from neurotui.cli.store import with_library
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store.library import Library, Summary
from neurotui.store.search import Hit
from neurotui.transcripts.wording import moment

SHORT_ID = 8
"""Characters of an id in a table: enough to identify a conversation."""


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return the exit code."""
    command = _search if options.command == "search" else _list
    return with_library(lambda library, _watch: command(options, library))


def _list(options: argparse.Namespace, library: Library) -> int:
    summaries = library.summaries()
    if options.json:
        print_json([asdict(summary) for summary in summaries])
    elif not sys.stdout.isatty():
        for summary in summaries:
            print(*_fields(summary), sep="\t")
    elif summaries:
        heads = (_("ID"), _("LAST"), _("NAME"), _("MODEL"), _("MESSAGES"), _("ENDED"))
        print_table(heads, map(_row, summaries), flexible=2)
    else:
        say(_("there are no conversations yet"))
    return 0


def _fields(summary: Summary) -> tuple[object, ...]:
    return (
        summary.id,
        moment(summary.updated_at),
        summary.status,
        summary.message_count,
        summary.characters,
        clean_line(summary.model),
        listing.name(summary.name),
    )


def _row(summary: Summary) -> tuple[str, ...]:
    return (
        summary.id[:SHORT_ID],
        moment(summary.updated_at),
        ("★ " if summary.pinned else "") + listing.name(summary.name),
        clean_line(summary.model, 24),
        number(summary.message_count).rjust(len(_("MESSAGES"))),
        listing.ending(summary.status),
    )


def _search(options: argparse.Namespace, library: Library) -> int:
    # An argument that was quoted in the shell is one word here, too.
    query = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in options.words)
    found = library.search(query, limit=options.limit)
    if options.json:
        hits = [asdict(hit) for hit in found.hits]
        print_json({"query": found.query, "switched": found.switched, "hits": hits})
        return 0
    for hit in found.hits:
        _print_hit(hit)
    if not found.hits:
        say(_("nothing was found"))
    if found.switched:
        say(listing.shown_for(found.query))
    if found.more is not None:
        say(
            ngettext(
                "only the newest hit is shown; --limit shows more",
                "only the newest {n} hits are shown; --limit shows more",
                options.limit,
            ).format(n=number(options.limit))
        )
    return 0


def _print_hit(hit: Hit) -> None:
    name, speaker, when = listing.name(hit.conversation_name), listing.speaker(hit), moment(hit.created_at)
    if sys.stdout.isatty():
        print(bold(name), faint(f"· {speaker} · {when} · {hit.conversation_id[:SHORT_ID]}"))
        pieces = ((clean(piece.text), piece.matched) for piece in hit.context)
        print("   ", "".join(bold(text) if matched else text for text, matched in pieces))
    else:
        context = clean_line("".join(piece.text for piece in hit.context), 400)
        print(hit.conversation_id, hit.message_id, when, hit.role, name, context, sep="\t")
