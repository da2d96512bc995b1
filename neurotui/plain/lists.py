"""Commands with lists: conversations, messages, models, what runs, hits. Each entry has a number."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import date

from neurotui.app import listing, spoken
from neurotui.app.finding import queries
from neurotui.app.history_changes import HistoryChanges
from neurotui.app.history_rows import local
from neurotui.app.model_choices import Choice, Order, choices, find
from neurotui.app.model_facts import ModelLibrary
from neurotui.app.open_list import open_rows
from neurotui.chat.joining import joined
from neurotui.chat.text import clean_line
from neurotui.errors import NeurotuiError
from neurotui.i18n import N_, _
from neurotui.i18n.formats import short_day
from neurotui.plain.face import PlainFace
from neurotui.store.library import Summary
from neurotui.store.names import Names

PAGE = 20
"""Entries of a list that are printed at once."""
_DELETE = re.compile(r"[dDвВуУ]\s*(\d+)")
"""A letter for delete, on both keyboards and in both languages, and a number."""
_FAVOURITE = re.compile(r"[fFаАиИbB]\s*(\d+)")
"""A letter for favourite, likewise."""
_SORT = re.compile(r"[sSыЫсСcC]")
_MODELS = N_(
    "A number chooses, f and a number adds or removes a favourite, s sorts, words search, Enter closes: "
)


class Lists:
    """Feature: choose from lists by number."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        bind = face.commands.bind
        bind("history", self.history)
        bind("running", self.running)
        bind("next", self.go_to_next, why_not=N_("Nothing else is running or new"))
        bind("models", self.models)
        bind("model", self.use_model)
        bind("find", self.find, why_not=N_("Nothing was found"))

    async def history(self) -> None:
        """Open an earlier conversation or delete it; words search in all of them."""
        face, library = self._face, self._face.services.store.library
        query = ""
        while True:
            summaries, _spelling = Names(await asyncio.to_thread(library.summaries)).matching(query)
            shown = list(summaries)[:PAGE]
            hits = (await asyncio.to_thread(library.search, query)).hits[:PAGE] if len(query) > 1 else ()
            entries = [*map(_named, shown), *(spoken.hit(hit) for hit in hits)]
            face.printer.lines(spoken.numbered(entries) or [_("Nothing was found")])
            prompt = _("A number opens, d and a number deletes, words search, Enter closes: ")
            typed = ((await face.questions.text(prompt)) or "").strip()
            place = spoken.choice(typed, len(entries))
            if not typed:
                return
            if place is not None and place < len(shown):
                await self._open(shown[place].id)
                return
            if place is not None:
                hit = hits[place - len(shown)]
                await self._open(hit.conversation_id, hit.message_id)
                return
            if (doomed := _DELETE.fullmatch(typed)) and 0 < int(doomed[1]) <= len(shown):
                await self._delete(shown[int(doomed[1]) - 1])
            else:
                query = typed

    async def running(self) -> None:
        """Go to one of the open conversations."""
        face = self._face
        rows = open_rows(face.workspace)
        told = [spoken.joined((row.name, row.model, *row.status.parts[:2])) for row in rows]
        if (place := await face.questions.choose(told)) is not None:
            await face.hold(rows[place].session)

    async def go_to_next(self) -> bool:
        """Go to the next conversation that runs or is new."""
        session = self._face.workspace.next_open(self._face.session)
        if session is not None:
            await self._face.hold(session)
        return session is not None

    async def models(self) -> None:
        """Choose another model, for this conversation and those to come; words look for names."""
        face = self._face
        account = face.workspace.account_of(face.session)
        recent = [s.model for s in await asyncio.to_thread(face.services.store.library.summaries) if s.model]
        known = None
        with suppress(NeurotuiError):
            known = await account.learn_models()
        names = [model.id for model in known or ()]
        library = ModelLibrary(account, face.workspace.ledger.prices, face.services.store)
        await library.learn()
        library.priced(names)
        facts = library.facts = await asyncio.to_thread(library.read, names)
        order, query = Order.NAME, ""
        while True:
            offered = choices(known, list(dict.fromkeys(recent))[:PAGE], facts, order)
            found, _spelling = find(query, offered)
            if not found:
                face.say(_("Nothing was found"))
                found, query = offered, ""
            shown = found[:PAGE]
            face.printer.lines(spoken.numbered(map(_choice, shown)))
            typed = ((await face.questions.text(_(_MODELS))) or "").strip()
            if not typed:
                return
            if (place := spoken.choice(typed, len(shown))) is not None:
                face.workspace.use_model(face.session, shown[place].id)
                await asyncio.to_thread(face.preferences.file.save)
                face.say(_("{model} answers from now on").format(model=shown[place].label))
                return
            if _SORT.fullmatch(typed):
                orders = list(Order)
                order = orders[(orders.index(order) + 1) % len(orders)]
                face.say(_("by {what}").format(what=_(order.value)))
            elif (chosen := _FAVOURITE.fullmatch(typed)) and 0 < int(chosen[1]) <= len(shown):
                await asyncio.to_thread(library.toggle(shown[int(chosen[1]) - 1].id))
                facts = library.facts
            else:
                query = typed

    def use_model(self, name: str) -> None:
        """Use a model by its name, for this conversation alone."""
        self._face.workspace.choose(self._face.session, model=name)
        self._face.say(_("{model} answers from now on").format(model=name))

    def find(self, words: str) -> bool:
        """Print the lines of this conversation in which words are."""
        found = []
        wanted = queries(words)
        for message in joined(self._face.session.branch.path()):
            for line in message.text.split("\n"):
                if any(query.ranges(line) for query in wanted):
                    found.append(clean_line(line))
        self._face.printer.lines(spoken.numbered(found))
        return bool(found)

    async def _open(self, conversation_id: str, message_id: str = "") -> None:
        face = self._face
        session = await face.workspace.open(conversation_id, message_id)
        if session is None:
            face.say(_("This conversation no longer exists"))
            return
        if message_id and message_id not in {each.id for each in session.branch.path()}:
            session.branch.look_at(message_id)
        await face.hold(session)

    async def _delete(self, summary: Summary) -> None:
        face, workspace = self._face, self._face.workspace
        library = face.services.store.library
        changes = HistoryChanges(library, face.session.conversation, workspace.sessions_of)
        question = _("Delete “{name}”?").format(name=listing.name(summary.name))
        if changes.running(summary):
            question += " " + _("An answer is being written there; it is stopped.")
        if not await face.questions.confirmed(question, _("Delete"), _("Keep")):
            return
        face.say(await changes.delete(summary))
        if not changes.deleted:
            return
        if changes.current_is_deleted:
            await face.hold(workspace.new())
        if (session := workspace.session_of(summary.id)) is not None:
            await workspace.close(session)


def _choice(choice: Choice) -> str:
    favourite = (_("favourite"),) if choice.favourite else ()
    return spoken.joined((choice.label, *favourite, *choice.notes))


def _named(summary: Summary) -> str:
    when = short_day(local(summary.updated_at).date(), date.today())
    ended = listing.ending(summary.status)
    return spoken.joined((listing.name(summary.name), when, clean_line(summary.model, 60), ended))
