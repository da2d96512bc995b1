"""The app with a real store and a scripted client, run by a pilot.

async with chatting(tmp_path) as chat:
    await chat.press("h", "i", "enter")
    assert chat.asked == ["hi"]
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from textual import events

from neurotui import i18n
from neurotui.api.catalogue import Balance, ModelInfo
from neurotui.api.encoding import Blobs
from neurotui.app.accounts import Account, Accounts
from neurotui.app.services import Places, Services
from neurotui.errors import NeurotuiError
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store
from neurotui.store.timings import DEFAULT_TIMINGS, Timings
from neurotui.tui.app import NeurotuiApp
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.conversation.screen import ChatScreen
from neurotui.wire.price import Price
from tests.chat.test_session import ANSWER, Script, ScriptedClient
from tests.tui.steady import SteadyPilot, piloted

Feature = TypeVar("Feature")


class Client(ScriptedClient):
    """Plays its scripts, then answers whatever is asked."""

    def __init__(self, *scripts: Script, balances: Sequence[Balance | None] = ()) -> None:
        super().__init__(*scripts)
        self.balances = list(balances)
        """What it tells of the balance, one after the other; then nothing."""

    blobs: Blobs | None = None
    offered: Sequence[ModelInfo] | NeurotuiError = ()
    """Its models."""

    async def stream(self, *arguments: Any) -> None:
        self.scripts = self.scripts or [ANSWER]
        await super().stream(*arguments)

    async def warm(self) -> None:
        """Has no connection."""

    async def models(self) -> Sequence[ModelInfo]:
        if isinstance(self.offered, NeurotuiError):
            raise self.offered
        return self.offered

    async def prices(self, group: str = "") -> Mapping[str, Price]:
        return {}

    async def balance(self) -> Balance | None:
        return self.balances.pop(0) if self.balances else None

    def let_go(self) -> None:
        """Has no connection."""

    async def aclose(self) -> None:
        """Has nothing to close."""


class Chat:
    """The running app, its chat screen and its input."""

    def __init__(self, pilot: SteadyPilot, screen: ChatScreen, client: Client) -> None:
        self.pilot = pilot
        self.screen = screen
        self.client = client
        self.composer: Composer = screen.pane.composer

    @property
    def app(self) -> NeurotuiApp:
        assert isinstance(self.pilot.app, NeurotuiApp)
        return self.pilot.app

    @property
    def pane(self) -> ConversationPane:
        """The conversation in front."""
        return self.screen.pane

    def feature(self, kind: type[Feature]) -> Feature:
        """Return a feature of the chat."""
        return next(feature for feature in self.screen.features if isinstance(feature, kind))

    @property
    def asked(self) -> list[str]:
        """The last message of each request."""
        return [str(request.messages[-1].content) for request in self.client.requests]

    @property
    def text(self) -> str:
        """What stands in the input."""
        return self.composer.text

    @property
    def note(self) -> str:
        """What the input says at its lower edge."""
        return str(self.composer.border_subtitle)

    @property
    def notices(self) -> list[str]:
        """What the app has said."""
        return [notice.message for notice in self.app._notifications]

    @property
    def newest_notice(self) -> str:
        """Identifies the last notice, as another one may have the same words; empty if there is none."""
        return next((notice.identity for notice in reversed([*self.app._notifications])), "")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Types `text`, as fast as it can be done."""
        for character in text:
            self.app.post_message(events.Key("space" if character == " " else character, character))
        await self.pilot.pause()

    async def paste(self, text: str) -> None:
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits until something is true; fails after 30 s."""
        async with asyncio.timeout(30):
            while not condition():
                await self.pilot.pause(0.005)

    async def until_shown(self, text: str) -> None:
        """Waits until a text is on the screen."""
        await self.until(lambda: text in self.shown())

    def shown(self) -> str:
        """The screen as text."""
        return "\n".join(
            "".join(segment.text for segment in strip).rstrip()
            for strip in self.app.screen._compositor.render_strips()
        )


@asynccontextmanager
async def chatting(
    folder: Path,
    *scripts: Script,
    size: tuple[int, int] = (80, 24),
    language: str = "en",
    is_demo: bool = False,
    settings: SettingsFile | None = None,
    balances: Sequence[Balance | None] = (),
    settling: float = 0.05,
    timings: Timings = DEFAULT_TIMINGS,
    account: Account | None = None,
) -> AsyncIterator[Chat]:
    """Runs the app with what is kept in `folder`, and quits it in order.

    With an `account` it talks to that, at a real server say, and the scripts are not played.
    """
    i18n.use(language)
    client = Client(*scripts, balances=balances)
    host = "demo" if is_demo else "neuroapi.host"
    server = account or Account(client, "gpt-5-mini", host, is_demo=is_demo)
    file = settings or SettingsFile()
    accounts = Accounts(file, {}, folder / "keys.toml")
    store = Store(folder, timings=timings)
    services = Services(server, lambda: server, store, Places(folder), accounts, file, settling=settling)
    app = NeurotuiApp(services)
    try:
        async with piloted(app, size=size, notifications=True) as pilot:
            screen = app.screen
            assert isinstance(screen, ChatScreen)
            await screen.pane.loaded.wait()
            await pilot.pause()
            chat = Chat(pilot, screen, client)
            yield chat
            await app.end()
    finally:
        i18n.use("en")
