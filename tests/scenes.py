"""Every screen of neurotui, and every state that the chat can be in, with the way there.

The pictures are made of these, the tests of all screens walk through them, and the benchmark opens them.

    async with staged(folder, language="ru", size=(80, 24)) as stage:
        await SCENES["history"].go(stage)
        await stage.leave()

A scene begins in the chat, with a new conversation and an empty input.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from rich.color import ColorSystem
from textual import events
from textual.keys import _character_to_key

from neurotui import i18n
from neurotui.api.client import ChatClient
from neurotui.api.demo.transport import DemoTransport
from neurotui.api.endpoint import Endpoint, Secret
from neurotui.app.accounts import Account, Accounts
from neurotui.app.recovery import CrashedAnswer
from neurotui.app.services import Places, Services
from neurotui.chat.attachments import Attachment, AttachmentKind, Draft, Facts
from neurotui.chat.vitals import State
from neurotui.store.journal import Unfinished
from neurotui.store.store import Store
from neurotui.tui.app import NeurotuiApp
from neurotui.tui.conversation.features.accounts import ServerAccounts
from neurotui.tui.conversation.features.connection import Connection
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.conversation.recovery_notice import RecoveryNotice
from neurotui.tui.conversation.screen import ChatScreen
from neurotui.tui.dialogs.connect import ConnectScreen
from tests import past
from tests.tui.steady import SteadyPilot, piloted

Feature = TypeVar("Feature")


class Stage:
    """The running app."""

    def __init__(self, app: NeurotuiApp, pilot: SteadyPilot, language: str) -> None:
        self.app = app
        self.pilot = pilot
        self.language = language

    @property
    def chat(self) -> ChatScreen:
        """The screen beneath all others."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def pane(self) -> ConversationPane:
        """The conversation in front."""
        return self.chat.pane

    def feature(self, kind: type[Feature]) -> Feature:
        """Return a feature of the chat."""
        return next(feature for feature in self.chat.features if isinstance(feature, kind))

    async def press(self, *keys: str) -> None:
        """Presses keys, each when the one before has been dealt with."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Types a text."""
        for character in text:
            self.app.post_message(events.Key(_character_to_key(character), character))
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Waits until something is true; fails after some seconds."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self.pilot.pause(0.005)

    async def ask(self, question: str) -> None:
        """Sends a question, and waits until its turn has begun."""
        before = self.pane.session.turn
        self.pane.composer.put(question)
        await self.press("enter")
        await self.until(lambda: self.pane.session.turn is not before)

    async def open(self, *keys: str) -> None:
        """Opens the screen that lies behind keys, and waits until it is drawn."""
        await self.press(*keys)
        await self.until(lambda: self.app.screen is not self.chat)
        await self.pilot.pause()

    async def read(self) -> None:
        """Opens the conversation that has everything."""
        await self.pane.open(past.READ)
        await self.until(lambda: self.pane.transcript.views)
        await self.pilot.pause()

    async def leave(self) -> None:
        """Goes back to a new conversation and an empty input."""
        pane = self.pane
        while self.app.screen is not self.chat:
            await self.press("escape")
        await pane.workspace.stop_all()
        self.app.clear_notifications()
        pane.hint.text = ""
        pane.query_one(RecoveryNotice).tell([])
        connection = self.feature(Connection)
        if connection.panel.display:
            connection.toggle()
        pane.composer.put("")
        pane.hold(pane.workspace.new())
        await self.pilot.pause()

    def shown(self) -> list[str]:
        """The lines of the screen."""
        return [
            "".join(segment.text for segment in strip).rstrip()
            for strip in self.app.screen._compositor.render_strips()
        ]


@dataclass(frozen=True, slots=True)
class Scene:
    """Something to look at."""

    go: Callable[[Stage], Awaitable[None]]
    title: str = ""
    """What stands at the top of it; not yet translated. Empty for a state of the chat."""
    control: str = "Composer"
    """What has the focus: the selector of a widget."""
    runs: bool = False
    """True if an answer runs there, which the first Escape stops."""
    size: tuple[int, int] = (100, 32)
    """Of its picture."""


# Conversations


async def writing(stage: Stage) -> None:
    """The middle of an answer, below its question."""
    await stage.ask({"en": "Tell me a long story", "ru": "Расскажи длинную историю"}[stage.language])
    await stage.until(lambda: is_full(stage, but=2) or not stage.pane.session.running)


async def alive(stage: Stage) -> None:
    """Pings come, the model has not said a word to the second question."""
    await stage.ask({"en": "Think about it", "ru": "Подумай над этим"}[stage.language])
    await stage.until(lambda: not stage.pane.session.running)
    await stage.ask("/demo pings")
    await stage.until(lambda: (turn := stage.pane.session.turn) is not None and turn.vitals.pings >= 4)


async def thinking(stage: Stage) -> None:
    """Reasoning comes, and its last lines are seen."""
    await stage.ask({"en": "Think about it", "ru": "Подумай над этим"}[stage.language])
    await stage.until(lambda: tokens(stage) > 60)


async def stopped(stage: Stage) -> None:
    """Escape in the middle of a story."""
    await stage.ask({"en": "Tell me a long story", "ru": "Расскажи длинную историю"}[stage.language])
    await stage.until(lambda: is_full(stage, but=4))
    await stage.press("escape")
    await stage.until(lambda: not stage.pane.session.running)


async def stalled(stage: Stage) -> None:
    """Silence in the middle of an answer."""
    await stage.ask("/demo stall")

    def is_stalled() -> bool:
        turn = stage.pane.session.turn
        return turn is not None and turn.vitals.read().state is State.STALLED

    await stage.until(is_stalled)
    await stage.pilot.pause(0.6)


async def refused(stage: Stage) -> None:
    """A key that is not accepted."""
    await fail(stage, "/demo key")


async def unpaid(stage: Stage) -> None:
    """No money left."""
    await fail(stage, "/demo balance")


async def fail(stage: Stage, question: str) -> None:
    await stage.ask(question)
    await stage.until(lambda: not stage.pane.session.running)
    await stage.pilot.pause()


async def watched(stage: Stage) -> None:
    """The story of a turn beside or below the conversation."""
    await stage.press("f5")
    await writing(stage)


async def answered(stage: Stage) -> None:
    """Code, a table, a formula, a receipt."""
    await stage.read()


async def pointed(stage: Stage) -> None:
    """The cursor on an answer, its reasoning unfolded."""
    await stage.read()
    await stage.press("tab", "k", "t")


async def raw(stage: Stage) -> None:
    """The source of an answer."""
    await stage.read()
    await stage.press("tab", "k", "v")


async def found(stage: Stage) -> None:
    """Words that are looked for in the conversation."""
    await stage.read()
    await stage.press("ctrl+f")
    await stage.type({"en": "the", "ru": "что"}[stage.language])
    await stage.until(lambda: stage.pane.transcript.hits and stage.pane.transcript.hits.rank)
    await stage.pilot.pause(0)


async def nothing(stage: Stage) -> None:
    """A new conversation."""
    await stage.pilot.pause()


async def recovered(stage: Stage) -> None:
    """What is said after a crash."""
    await stage.read()
    found = CrashedAnswer(
        Unfinished("none", past.cut_answer(stage.language)), stage.pane.session.conversation.name
    )
    stage.chat.query_one(RecoveryNotice).tell([found])
    await stage.pilot.pause()
    await stage.press("shift+tab")


async def commanding(stage: Stage) -> None:
    """The commands that begin with what is typed."""
    await stage.type("/c")


# Screens


async def compared(stage: Stage) -> None:
    """Three models that answer the same question, side by side."""
    models = "neurotui-demo neurotui-demo-think neurotui-demo-fast"
    await stage.pane.commands.run("compare", models)
    await stage.until(lambda: stage.pane.hint.text)
    stage.pane.composer.put({"en": "Tell me a long story", "ru": "Расскажи длинную историю"}[stage.language])
    await stage.open("enter")

    def far_enough() -> bool:
        found = [session.turn for session in stage.pane.workspace.running if session.turn is not None]
        return bool(found) and found[0].vitals.tokens > 230

    await stage.until(far_enough)


async def first_run(stage: Stage) -> None:
    """Language, server and key."""
    stage.feature(ServerAccounts).connect(first_run=True)
    await stage.until(lambda: isinstance(stage.app.screen, ConnectScreen))
    await stage.pilot.pause()


async def servers(stage: Stage) -> None:
    stage.pane.account.profile = "neuroapi"
    await stage.open("f6")


async def connect(stage: Stage) -> None:
    """The way to one more server."""
    await servers(stage)
    await stage.press("up", "enter")
    await stage.until(lambda: isinstance(stage.app.screen, ConnectScreen))
    await stage.pilot.pause()


async def models(stage: Stage) -> None:
    stage.pane.account.models = past.MODELS
    stage.pane.account.host = "neuroapi.host"
    stage.pane.session.participant = replace(stage.pane.session.participant, model="gpt-5-mini")
    await stage.open("ctrl+l")
    await stage.until(lambda: any("gpt-5-mini" in line and "│" in line for line in stage.shown()))


async def conversation(stage: Stage) -> None:
    await stage.read()
    stage.pane.account.models = [
        replace(past.MODELS[0], id=stage.pane.session.participant.model, context_length=8192)
    ]
    await stage.open("f3")


async def settings(stage: Stage) -> None:
    await stage.open("f2")
    await stage.press("down", "down")


async def history(stage: Stage) -> None:
    await stage.open("ctrl+r")
    await stage.until(lambda: "21:40" in "\n".join(stage.shown()) or stage.app.size.height < 20)


async def search(stage: Stage) -> None:
    """Messages that hold a word."""
    await history(stage)
    await stage.type({"en": "stream", "ru": "поток"}[stage.language])
    await stage.pilot.pause(0.1)


async def running(stage: Stage) -> None:
    """Two answers that are written at once, in a list."""
    await writing(stage)
    await stage.press("ctrl+n")
    await stage.ask({"en": "Tell me a long story", "ru": "Расскажи длинную историю"}[stage.language])
    await stage.until(lambda: tokens(stage) > 30)
    await stage.open("f7")


async def save(stage: Stage) -> None:
    await stage.read()
    await stage.open("ctrl+s")


async def palette(stage: Stage) -> None:
    await stage.open("ctrl+p")


async def help_(stage: Stage) -> None:
    await stage.open("f1")


async def links(stage: Stage) -> None:
    await stage.read()
    await stage.press("tab", "j", "j")  # the cursor may have been left at the question
    await stage.open("o")


async def confirm(stage: Stage) -> None:
    """A question before something that cannot be taken back: a key in a message."""
    stage.pane.composer.put("sk-0123456789abcdef0123456789")
    await stage.open("enter")


def report(stage: Stage, path: str = "") -> Attachment:
    """A text file, as it was attached."""
    words = {"en": "All is well.", "ru": "Всё хорошо."}[stage.language]
    text = "".join(f"{number}. {words}\n" for number in range(1, 200))
    blob = stage.pane.services.store.blobs.put(text.encode())
    return Attachment(AttachmentKind.TEXT, "report.md", "text/plain", blob, text=text, facts=Facts(path=path))


async def attached(stage: Stage) -> None:
    """A file and a paste in the input, and a list of files over it."""
    paste = replace(report(stage), kind=AttachmentKind.PASTE, name="")
    stage.pane.composer.put(Draft("compare \ufffc with \ufffc", (report(stage), paste)))
    folder = Path(__file__).parent / "wire" / "streams"
    await stage.type(f" @{folder}/")
    await stage.until(lambda: stage.pane.composer.mentions.menu.choices)
    await stage.press("down")
    await stage.pilot.pause()


async def attachment(stage: Stage) -> None:
    """A file that is attached, looked at."""
    stage.pane.composer.put(Draft("", (report(stage),)))
    await stage.open("home", "enter")


async def changed(stage: Stage) -> None:
    """A file that has changed since it was attached."""
    stage.pane.composer.put(Draft("", (report(stage, __file__),)))
    await stage.open("enter")


SCENES = {
    "chat": Scene(writing),
    "alive": Scene(alive, size=(100, 28)),
    "thinking": Scene(thinking),
    "stopped": Scene(stopped),
    "stall": Scene(stalled),
    "error-key": Scene(refused),
    "error-balance": Scene(unpaid),
    "connection": Scene(watched, size=(130, 34)),
    "connection-below": Scene(watched),
    "welcome": Scene(nothing),
    "narrow": Scene(answered, size=(60, 15)),
    "answer": Scene(answered),
    "cursor": Scene(pointed, control="Transcript"),
    "raw": Scene(raw, control="Transcript"),
    "find": Scene(found, control="FindField"),
    "recovery": Scene(recovered, control="RecoveryNotice"),
    "slash": Scene(commanding),
    "compare": Scene(compared, "Comparison", "", runs=True, size=(120, 40)),
    "first-run": Scene(first_run, "Welcome to neurotui", "#key"),
    "connect": Scene(connect, "Server and key", "#key"),
    "servers": Scene(servers, "Servers", ""),
    "models": Scene(models, "Models", "LineField", size=(100, 26)),
    "conversation": Scene(conversation, "This conversation", "#system"),
    "settings": Scene(settings, "Settings", "#editor > *"),
    "history": Scene(history, "History", "#query"),
    "search": Scene(search, "History", "#query"),
    "running": Scene(running, "Open conversations", ""),
    "save": Scene(save, "Save the conversation", "LineField"),
    "palette": Scene(palette, "Commands", "LineField"),
    "help": Scene(help_, "Keys and commands", "#pages"),
    "links": Scene(links, "Open in the browser", ""),
    "attached": Scene(attached),
    "attachment": Scene(attachment, "report.md", "#text"),
    "changed": Scene(changed, "A file has changed since it was attached", "#answer-0"),
    "confirm": Scene(confirm, "Send a text with an API key in it?", "#no"),
}
"""By the names of their pictures."""


def tokens(stage: Stage) -> int:
    """How many have come of the running answer."""
    turn = stage.pane.session.turn
    return turn.vitals.tokens if turn else 0


def is_full(stage: Stage, *, but: int) -> bool:
    """True if no more than so many lines fit below the messages."""
    transcript = stage.pane.transcript
    return transcript.virtual_size.height >= transcript.size.height - but


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    language: str = "en",
    size: tuple[int, int] = (80, 24),
    theme: str = "dark",
    pace: float = 1.0,
) -> AsyncIterator[Stage]:
    """Runs the demo with the past of `tests.past` in a folder, and quits it in order.

    `pace` stretches the pauses of the demo.
    """
    i18n.use(language)
    file = past.settings_of(folder, language, theme)
    past.remember(folder, language)

    def demo() -> Account:
        endpoint = Endpoint("http://demo", Secret("sk-made-for-the-demo"))
        client = ChatClient(endpoint, transport=lambda: DemoTransport(pace))
        return Account(client, "neurotui-demo", "demo", is_demo=True)

    accounts = Accounts(file, {}, folder / "keys.toml")
    backend = Services(demo(), demo, Store(folder), Places(folder / "Documents"), accounts, file)
    app = NeurotuiApp(backend)
    try:
        app.console._color_system = ColorSystem.TRUECOLOR  # whatever terminal this runs in
        async with piloted(app, size=size, notifications=True) as pilot:
            stage = Stage(app, pilot, language)
            await stage.until(lambda: stage.pane.loaded.is_set())
            await pilot.pause()
            yield stage
            await app.end()
    finally:
        i18n.use("en")
