"""The first run and the way to another server: everything is tried at once, and said there and then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Static

from neurotui import i18n
from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint
from neurotui.errors import KeyMissing
from neurotui.i18n import _
from neurotui.settings.api_keys import KeyPlace, read_file
from neurotui.settings.config import Profile
from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.features.accounts import ServerAccounts
from neurotui.tui.conversation.welcome import Welcome
from neurotui.tui.dialogs.connect import ConnectScreen
from neurotui.tui.dialogs.models import ModelsScreen
from neurotui.tui.dialogs.servers import ServersScreen
from neurotui.tui.widgets.form import Choice, LineField
from tests.servers import Exchange, Script, Server, answer, refuse
from tests.tui.chatting import Chat, chatting
from tests.tui.sizes import in_sizes_and_languages

KEY = "sk-0123456789abcdef0123"


async def models(exchange: Exchange) -> None:
    """The models, for the right key only."""
    if exchange.request.headers.get("authorization") != f"Bearer {KEY}":
        await refuse(401, "invalid_api_key", "No such key")(exchange)
    else:
        await exchange.body(200, {"data": [{"id": "gpt-5"}, {"id": "gpt-5-mini"}]})


def serving() -> Server:
    return Server(answer("Привет"), paths={"/models": models})


async def first_run(chat: Chat) -> ConnectScreen:
    chat.feature(ServerAccounts).connect(first_run=True)
    await chat.until(lambda: isinstance(chat.app.screen, ConnectScreen))
    screen = chat.app.screen
    assert isinstance(screen, ConnectScreen)
    await chat.pilot.pause()
    return screen


def told(chat: Chat) -> str:
    """What the form says of what was tried."""
    return str(chat.app.screen.query_one("#status", Static).content)


async def give(chat: Chat, url: str, key: str) -> None:
    """Types an address and pastes a key."""
    chat.app.screen.query_one("#url", LineField).value = url
    chat.app.screen.query_one("#key", LineField).focus()
    await chat.paste(key)
    await chat.press("enter")


async def test_from_nothing_to_an_answer(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with serving() as server, chatting(tmp_path, settings=file) as chat:
        screen = await first_run(chat)
        assert screen.focused is screen.query_one("#key")
        await give(chat, server.url, f"\n  Bearer {KEY}\n")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.until(lambda: "✓ gpt-5-mini" in chat.shown())
        await chat.press("enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.screen.focused is chat.composer
        assert f"gpt-5-mini @ 127.0.0.1:{server.port}" in chat.shown()
        await chat.press("a", "enter")
        await chat.until(lambda: "Привет" in chat.shown())
        host = f"127.0.0.1:{server.port}"
        assert file.settings.profile == host
        assert file.settings.profiles == {host: Profile(server.url, "gpt-5-mini")}
        assert read_file(tmp_path / "keys.toml", host) == KEY
        assert server.chats[0].headers["authorization"] == f"Bearer {KEY}"
    assert SettingsFile(file.path).settings == file.settings
    assert KEY not in (tmp_path / "config.toml").read_text()


async def test_a_wrong_key_is_said_at_once_and_corrected_there(tmp_path: Path) -> None:
    async with serving() as server, chatting(tmp_path) as chat:
        await first_run(chat)
        await give(chat, server.url, "sk-wrong-0123456789")
        await chat.until(lambda: "refused the API key" in told(chat))
        assert "The key ends in …6789" in told(chat)
        assert "Continue without checking" not in chat.shown()
        chat.app.screen.query_one("#key", LineField).value = ""
        await chat.paste(KEY)
        assert told(chat) == ""
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.press("escape")
        assert isinstance(chat.app.screen, ConnectScreen)
        await chat.press("escape")


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("https://neuroapi.host/v1", "", "This server needs a key"),
        ("https://neuroapi.host/v1", "ключ", "The API key cannot be used"),
        ("file:///etc/passwd", KEY, "The server address cannot be used"),
        ("https://user:secret@example.org", KEY, "go into the headers of the profile"),
        ("", "", "The address is missing"),
        (" ", KEY, "The address is missing"),
        ("http://127.0.0.1:9", KEY, "Nothing is listening on 127.0.0.1:9"),
        ("http://nowhere.invalid", KEY, "Can't find nowhere.invalid (DNS)"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_do(tmp_path: Path, url: str, key: str, words: str) -> None:
    async with chatting(tmp_path) as chat:
        await first_run(chat)
        await give(chat, url, key)
        await chat.until(lambda: words in told(chat))
        assert chat.pane.preferences.settings.profiles == {}
        await chat.press("escape")
        assert chat.app.screen is chat.screen


@pytest.mark.parametrize("status", [404, 405])
async def test_where_a_server_lists_no_models_the_name_is_typed(status: int, tmp_path: Path) -> None:
    script = refuse(status, "not_found", "Invalid URL")
    async with Server(answer("x"), paths={"/models": script}) as server, chatting(tmp_path) as chat:
        await first_run(chat)
        await give(chat, server.url, KEY)
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.until(lambda: "The server lists no models: type the name of one" in chat.shown())
        await chat.press(*"llama", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert "llama @" in chat.shown()
        assert {request.path for request in server.requests if "models" in request.path} == {"/v1/models"}


async def test_a_server_that_fails_can_be_used_anyway(tmp_path: Path) -> None:
    async with Server(answer("x"), paths={"/models": refuse(500)}) as server, chatting(tmp_path) as chat:
        await first_run(chat)
        await give(chat, server.url, KEY)
        await chat.until(lambda: "The server failed" in told(chat))
        chat.app.screen.query_one("#anyway").focus()
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.until(lambda: "The server lists no models" in chat.shown())
        await chat.press(*"llama", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert "llama @" in chat.shown()


async def page(exchange: Exchange) -> None:
    await exchange.body(200, "<html><title>App</title>", content_type="text/html")


@pytest.mark.parametrize("script", [refuse(404), page])
async def test_an_api_that_is_at_v1_is_offered(script: Script, tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    paths = {"/v1/models": models, "/models": script}
    async with Server(answer("x"), paths=paths) as server, chatting(tmp_path, settings=file) as chat:
        await first_run(chat)
        bare = server.url.removesuffix("/v1")
        await give(chat, bare, KEY)
        await chat.until(lambda: f"The API is at {server.url}: Enter connects to it" in told(chat))
        assert chat.app.screen.query_one("#url", LineField).value == server.url
        assert chat.pane.preferences.settings.profiles == {}
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.press("enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert [profile.base_url for profile in file.settings.profiles.values()] == [server.url]


async def test_one_model_needs_no_choice(tmp_path: Path) -> None:
    async def one(exchange: Exchange) -> None:
        await exchange.body(200, {"data": [{"id": "only"}]})

    async with Server(answer("x"), paths={"/models": one}) as server, chatting(tmp_path) as chat:
        await first_run(chat)
        await give(chat, server.url, "")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert "only @" in chat.shown()


async def test_the_language_is_switched_live_and_what_was_typed_stays(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=file) as chat:
        screen = await first_run(chat)
        screen.query_one("#url", LineField).value = "http://192.168.1.5:8080/v1"
        screen.query_one("#key", LineField).value = KEY
        await chat.pilot.pause()
        assert "in the clear" in chat.shown()
        screen.query_one("#language").focus()
        await chat.press("right")
        await chat.until(lambda: i18n.language() == "ru")
        await chat.pilot.pause()
        assert "http://192.168.1.5:8080/v1" in chat.shown()
        assert screen.query_one("#key", LineField).value == KEY
        assert screen.query_one("#server", Choice).value == ""
        assert KEY not in chat.shown()
        await chat.press("escape")
        assert "Сообщение" in chat.shown()
        await chat.until(lambda: (tmp_path / "config.toml").exists())
    assert SettingsFile(file.path).settings.language == "ru"


async def test_the_arrow_keys_go_through_the_form_and_choose_a_server(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        screen = await first_run(chat)
        await chat.press("up", "up", "right", "right")
        assert screen.query_one("#url", LineField).value == "https://openrouter.ai/api/v1"
        assert "openrouter.ai/keys" in chat.shown()
        await chat.press("right", "right")
        assert "needs no key" in chat.shown()
        await chat.pilot.click(screen.query_one("#server"), offset=(3, 0))
        assert screen.query_one("#url", LineField).value == "https://neuroapi.host/v1"
        await chat.press("escape")


async def test_f4_is_the_demo(tmp_path: Path) -> None:
    async with chatting(tmp_path, is_demo=True) as chat:
        await first_run(chat)
        await chat.press("f4")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.account.is_demo
        assert chat.screen.focused is chat.composer


async def test_a_key_that_cannot_be_kept_in_its_place_can_be_kept_in_another(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").mkdir()
    async with serving() as server, chatting(tmp_path) as chat:
        await first_run(chat)
        await give(chat, server.url, KEY)
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.press("enter")
        await chat.until(lambda: "The file of the API keys cannot be read" in told(chat))
        (tmp_path / "keys.toml").rmdir()
        chat.app.screen.query_one("#place").focus()
        await chat.press("left")
        chat.app.screen.query_one("#connect").focus()
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.press("enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert not (tmp_path / "keys.toml").exists()
        await chat.press("a", "enter")
        await chat.until(lambda: "Привет" in chat.shown())


async def test_servers_are_switched_and_a_refused_key_is_changed_without_a_restart(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with serving() as server, chatting(tmp_path, settings=file) as chat:
        accounts = chat.pane.services.accounts
        accounts.keep("work", server.url, KEY, KeyPlace.FILE, "gpt-5")
        accounts.keep("home", server.url, "sk-wrong-0123456789", KeyPlace.FILE, "gpt-5")
        await chat.press("f6", "f6")
        assert chat.app.screen is chat.screen
        await chat.press("f6")
        assert isinstance(chat.app.screen, ServersScreen)
        await chat.press("down", "down", "enter")
        await chat.until(lambda: chat.pane.account.profile == "home")
        server.scripts = [refuse(401, "invalid_api_key", "No"), answer("Привет")]
        await chat.press("a", "enter")
        await chat.until(lambda: "refused the API key" in chat.shown())
        await chat.until(lambda: "F6: change the key" in chat.shown())
        await chat.press("f6", "down", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, ConnectScreen))
        assert not chat.pane.hint.text, "the hint stays after what it led to"
        assert server.url in chat.shown()
        await chat.paste(KEY)
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.press("enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.press("enter")
        await chat.until(lambda: "Привет" in chat.shown())
        assert server.chats[-1].headers["authorization"] == f"Bearer {KEY}"
        assert [message.text for message in chat.pane.session.conversation.path()] == ["a", "Привет"]


@in_sizes_and_languages
async def test_all_of_it_is_in_sight(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    async with chatting(tmp_path, size=size, language=language) as chat:
        screen = await first_run(chat)
        panel = screen.query_one("#panel")
        for id in ("language", "server", "url", "key", "place", "connect", "demo"):
            assert panel.region.contains_region(screen.query_one(f"#{id}").region), id
        await chat.press("enter")
        await chat.until(lambda: bool(screen.query_one("#status").size.height))
        assert panel.max_scroll_y == 0
        await give(chat, "http://127.0.0.1:9", KEY)
        await chat.until(lambda: bool(screen.query_one("#anyway").size.width))
        await chat.press("down", "down", "tab")
        assert screen.focused is screen.query_one("#anyway")
        assert _("Continue without checking") in chat.shown()
        await chat.press("escape")
        assert chat.app.screen is chat.screen


async def test_a_key_pasted_where_nothing_can_be_typed_is_taken_for_the_key(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        screen = await first_run(chat)
        screen.query_one("#server").focus()
        await chat.paste(f"{KEY}\n")
        assert screen.query_one("#key", LineField).value == KEY


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_where_no_key_is_set_the_first_picture_says_so_in_one_block(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(tmp_path, size=size) as chat:
        chat.screen.query_one(Welcome).trouble = KeyMissing()
        await chat.pilot.pause()
        told = ["No API key", "F6     add a key", "F4     try the demo"]
        told = ["gpt-5-mini @", *told] if size[1] > 20 else told  # else it stands right above, in the title
        lines = [line for line in chat.shown().splitlines()[1:-5] if line]
        assert [words for words in told if any(line.strip().startswith(words) for line in lines)] == told
        assert len({len(line) - len(line.lstrip()) for line in lines}) == 1
        await chat.pilot.resize_terminal(2, 12)
        await chat.pilot.pause()


@pytest.mark.parametrize("place", list(KeyPlace))
@pytest.mark.parametrize("first", [True, False])
async def test_a_key_that_was_accepted_is_kept_whatever_is_left_after_it(
    tmp_path: Path, first: bool, place: KeyPlace
) -> None:
    if place is KeyPlace.KEYRING:
        pytest.skip("a keyring")
    file = SettingsFile(tmp_path / "config.toml")
    async with serving() as server, chatting(tmp_path, settings=file) as chat:
        if first:
            screen = await first_run(chat)
        else:
            chat.feature(ServerAccounts).connect()
            await chat.until(lambda: isinstance(chat.app.screen, ConnectScreen))
            screen = chat.app.screen  # type: ignore[assignment]
        screen._place = place
        await give(chat, server.url, KEY)
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        # At this moment, for the next thing may be a closed window.
        await chat.until(lambda: (tmp_path / "config.toml").exists())
        host = SettingsFile(file.path).settings.active_profile
        assert SettingsFile(file.path).settings.profiles[host].base_url == server.url
        assert (tmp_path / "keys.toml").exists() is (place is KeyPlace.FILE)
        await chat.press("escape")
        await chat.until(lambda: isinstance(chat.app.screen, ConnectScreen))
        assert "accepts the key" in told(chat)
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.until(lambda: chat.pane.account.profile == host)
        await chat.press("a", "enter")
        await chat.until(lambda: "Привет" in chat.shown())
        assert server.chats[-1].headers["authorization"] == f"Bearer {KEY}"


async def test_a_key_that_was_refused_is_not_kept(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    script = refuse(401, "invalid_api_key", "No")
    async with (
        Server(answer("x"), paths={"/models": script}) as server,
        chatting(tmp_path, settings=file) as chat,
    ):
        await first_run(chat)
        await give(chat, server.url, KEY)
        await chat.until(lambda: "refused the API key" in told(chat))
        await chat.press("escape")
        assert chat.app.screen is chat.screen
    assert not (tmp_path / "keys.toml").exists()
    assert SettingsFile(file.path).settings.profiles == {}


@pytest.mark.parametrize(
    ("language", "title", "ways"),
    [
        ("en", "No API key is set", "F6 add a key · F4 try the demo"),
        ("ru", "Ключ API не задан", "F6 добавить ключ · F4 попробовать демо"),
    ],
)
async def test_that_there_is_no_key_is_said_once(
    tmp_path: Path, language: str, title: str, ways: str
) -> None:
    async with chatting(tmp_path, language=language) as chat:
        client = ChatClient(no_endpoint)
        server = replace(chat.pane.account, client=client, trouble=KeyMissing(), profile="neuroapi")
        chat.feature(ServerAccounts).use(server)
        await chat.until(lambda: ways in chat.shown() and title in chat.shown())
        assert chat.shown().count(title) == 1
        await chat.press("h", "i", "enter")
        await chat.until(lambda: "✗" in chat.shown() and not chat.pane.session.running)
        assert chat.shown().count(title) == 1
        assert ways in chat.shown()
        assert "neurotui key set" not in chat.shown()
        assert chat.notices == []
        await chat.press("f6")
        await chat.until(lambda: isinstance(chat.app.screen, ConnectScreen))
        assert chat.app.screen.query_one("#key", LineField).has_focus


def no_endpoint() -> Endpoint:
    raise KeyMissing()


async def test_without_a_key_f6_asks_for_it_before_it_lists_other_servers(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path / "config.toml")
    settings.change(("profiles", "work", "base_url"), "https://work.example/v1")
    async with chatting(tmp_path, settings=settings) as chat:
        without = replace(chat.pane.account, trouble=KeyMissing(), profile="neuroapi")
        chat.feature(ServerAccounts).use(without)
        await chat.press("f6")
        await chat.until(lambda: isinstance(chat.app.screen, ConnectScreen))
        await chat.until(lambda: chat.app.focused is not None and chat.app.focused.id == "key")
        await chat.press("escape")
        await chat.until(lambda: isinstance(chat.app.screen, ServersScreen))
        assert "work" in chat.shown()
