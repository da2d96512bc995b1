"""Commands for what is kept and set: new, rename, save, server and key, prompt, settings, help, quit."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from neurotui.app import spoken
from neurotui.app.accounts import Account
from neurotui.app.commands import help_rows
from neurotui.app.conversations import configure, rename
from neurotui.app.money.estimate_text import running_cost
from neurotui.app.money.reconciliation_text import outcome_words
from neurotui.app.presets import PRESETS
from neurotui.app.recovery import CrashedAnswer, delete, look_back, next_prompt
from neurotui.chat.text import clean, clean_line
from neurotui.errors import KeyMissing, NeurotuiError, StoreError
from neurotui.i18n import N_, _, ngettext
from neurotui.i18n.formats import number
from neurotui.plain.face import PlainFace
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.config import Profile
from neurotui.transcripts import Format, export


class Keeping:
    """Feature: conversations, servers and settings."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        bind = face.commands.bind
        bind("new", lambda: face.hold(face.workspace.new()))
        bind("rename", self.rename)
        bind("save", self.save, why_not=N_("There is nothing to save yet"))
        bind("server", self.server)
        bind("demo", lambda: self.use(face.services.demo()))
        bind("conversation", self.prompt)
        bind("connection", self.connection)
        bind("help", self.help)
        bind("quit", face.leave)

    async def begin(self) -> None:
        """Say who answers and what is wrong, look back at answers that a crash cut, ask for a missing key."""
        face = self._face
        account, store = face.workspace.account_of(face.session), face.services.store
        model = clean_line(face.session.participant.model, 60)
        words = _("neurotui, {model} at {host}. /help lists the commands")
        face.say(words.format(model=model, host=account.host))
        for problem in (store.trouble, store.notice, *face.services.settings.problems):
            if problem is not None:
                face.say(str(problem))
        if face.session.conversation.messages:
            face.print_last()
        face.warm()
        with suppress(StoreError):  # that nothing can be read is told where the conversations are
            prompts = await asyncio.to_thread(store.library.prompts)
            face.keyboard.remember([prompt.text for prompt in prompts if prompt.text])
            for crashed in await look_back(store):
                await self._recover(crashed)
        if isinstance(account.trouble, KeyMissing) and face.keyboard.is_terminal:
            await self.connect(account.profile)

    async def rename(self, name: str) -> None:
        """Give the conversation another name."""
        await rename(self._face.services.store.library, self._face.session.conversation, name)
        self._face.say(_("Renamed"))

    async def save(self) -> bool:
        """Save the conversation as a file, in the format that is set; ask whether with receipts.

        From a pipe it is not asked: the next line is a command.
        """
        face = self._face
        if not face.session.conversation.messages:
            return False
        form = Format(face.preferences.settings.transcript_format)
        receipts = False
        if form is not Format.JSON and face.keyboard.is_terminal:
            receipts = await face.questions.choose([_("with receipts: tokens, time, cost")]) == 0
        folder, blobs = face.services.places.exports, face.services.store.blobs
        conversation = face.session.snapshot()
        path = await asyncio.to_thread(export, conversation, form, folder, blobs=blobs, receipts=receipts)
        face.say(_("Saved as {path}").format(path=clean(str(path))))
        return True

    async def prompt(self) -> None:
        """Change the system prompt of this conversation."""
        face = self._face
        conversation = face.session.conversation
        face.printer.lines(spoken.rows(conversation.system_prompt) if conversation.system_prompt else [])
        typed = await face.questions.text(_("System prompt; a minus removes it, Enter keeps it: "))
        if typed and typed.strip():
            conversation.system_prompt = "" if typed.strip() == "-" else typed
            await configure(face.services.store.library, conversation)

    def connection(self) -> None:
        """Print how the connection is doing."""
        session = self._face.session
        turn = session.turn
        if turn is not None and not turn.ended:
            self._face.say(spoken.joined((spoken.state(turn.vitals.read()), running_cost(session))))
        else:
            self._face.say(_("ready"))
        answer = session.conversation.messages.get(turn.answer_id) if turn is not None else None
        if answer is not None and turn is not None and turn.ended:
            words = outcome_words(answer, self._face.workspace.outcome(answer.id))
            if words:
                self._face.say(words)

    def help(self) -> None:
        """Print all commands that can be given here."""
        offered = {command.slash for command in self._face.commands.offered()}
        for _heading, rows in help_rows():
            for row in rows:
                if row.slash.partition(" ")[0] in offered:
                    self._face.printer.line(f"{row.slash}: {row.text}")

    # Servers

    async def server(self) -> None:
        """Choose a server, or give it another key."""
        face = self._face
        profiles = list(face.services.accounts.profiles())
        place = await face.questions.choose([*profiles, _("another key for the server in use")])
        if place is None:
            return
        if place == len(profiles):
            await self.connect(face.workspace.account_of(face.session).profile)
        else:
            account = await asyncio.to_thread(face.services.accounts.account, profiles[place])
            await self.use(account)
            if isinstance(account.trouble, KeyMissing):
                await self.connect(account.profile)

    async def use(self, account: Account) -> None:
        """Go on with another account, here if that may be, else in a new conversation."""
        face = self._face
        face.workspace.use(account)
        if face.workspace.account_of(face.session) is not account:
            await face.hold(face.workspace.new())
        model = clean_line(face.session.participant.model, 60)
        face.say(_("{model} at {host} answers from now on").format(model=model, host=account.host))

    async def connect(self, profile: str) -> None:
        """Ask for a key, try it, and keep it; or begin the demo."""
        face = self._face
        url = face.preferences.settings.profiles.get(profile, Profile()).base_url or PRESETS[0].base_url
        options = [_("Give a key for {url}").format(url=url), _("Try the demo, without a key")]
        place = await face.questions.choose(options, _("This server needs a key"))
        if place == 1:
            await self.use(face.services.demo())
        if place != 0:
            return
        key = await face.questions.text(_("Key, not shown: "), hidden=True)
        if not key or not key.strip():
            return
        try:
            tried = face.services.accounts.draft(url, key.strip())
            try:
                models = await tried.learn_models()
            finally:
                await tried.client.aclose()
        except NeurotuiError as error:
            face.say(str(error))
            return
        usual = face.preferences.settings.profiles.get(profile, Profile()).model
        names = [model.id for model in models]
        model = usual if usual in names or not names else names[0]
        account = await asyncio.to_thread(
            face.services.accounts.keep, profile, url, key.strip(), KeyPlace.FILE, model
        )
        await asyncio.to_thread(face.preferences.file.save)
        await self.use(account)

    # After a crash

    async def _recover(self, crashed: CrashedAnswer) -> None:
        """Ask what becomes of an answer that a crash cut short; from a pipe it is only told."""
        face, unfinished = self._face, crashed.unfinished
        count = unfinished.characters
        words = ngettext(
            "“{name}”: an answer was cut off when the program ended, {n} character is kept",
            "“{name}”: an answer was cut off when the program ended, {n} characters are kept",
            count,
        ).format(name=clean_line(crashed.name, 60), n=number(count))
        if not face.keyboard.is_terminal:
            face.say(words)
            return
        place = await face.questions.choose([_("Continue it"), _("Keep it as it is"), _("Delete it")], words)
        if place == 2:
            await delete(face.workspace, face.services.store, unfinished)
        elif place is not None:
            await face.services.store.journal.keep(unfinished)
        if place == 0 and (session := await face.workspace.open(unfinished.conversation_id)) is not None:
            await face.hold(session)
            if question := next_prompt(session.conversation, unfinished):
                if await face.costs.agreed(face.session, question):
                    face.session.send(question.text, question.attachments)
            else:
                await face.run_command("continue")
