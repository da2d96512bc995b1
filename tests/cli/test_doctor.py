"""`neurotui doctor`, as a shell calls it: against servers that are well and servers that are not."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from neurotui.api.net.pooled import KEEP_LOOPBACK
from neurotui.api.recording.format import RecordedChunk
from neurotui.chat.conversation import Conversation, user_message
from neurotui.cli import terminal
from neurotui.cli.checkup import letters_split
from neurotui.cli.doctor import without_password
from neurotui.store.store import Store
from tests.catalogues import new_api
from tests.cli.asking import KEY, Done, Shell
from tests.cli.test_ask import configure
from tests.servers import (
    CERTIFICATES,
    Exchange,
    Script,
    Server,
    answer,
    closed_port,
    one_at_a_time,
    refuse,
    whole,
)
from tests.store.attaching import text_file
from tests.terminal import NEUROTUI, Terminal


async def well(exchange: Exchange) -> None:
    """Pings, cuts letters in two, and counts for a while where it is asked to."""
    await exchange.head(headers={"X-Oneapi-Request-Id": "r42"})
    if "Count" in exchange.request.json["messages"][-1]["content"]:
        await exchange.text(*(f"{n}, " for n in range(400)), pace=0.01)
        return
    for _ in range(2):
        await exchange.ping()
        await asyncio.sleep(0.1)
    await exchange.drip('data: {"choices":[{"delta":{"content":"Привет 👋"}}]}\n\n'.encode())
    await exchange.finish()


def findings(done: Done) -> dict[str, tuple[str, str]]:
    """What the report says under each name, and whether that is good."""
    report = json.loads(done.out)
    assert report["exit_code"] == done.code
    return {finding["name"]: (finding["verdict"], finding["text"]) for finding in report["findings"]}


def test_a_server_that_is_well(shell: Shell) -> None:
    certificates = {"SSL_CERT_FILE": str(CERTIFICATES / "ca.pem")}
    with Server(well, tls="localhost", host="localhost") as server:
        found = findings(shell(server, "doctor", "--json", variables=certificates))
        chats = server.chats
    assert found["address"] == ("fact", server.url)
    assert found["key"] == ("good", "ends in …6789, from NEUROTUI_API_KEY")
    assert found["name"][1].startswith("localhost → ")
    assert found["TLS"][0] == "good" and "TLS 1.3" in found["TLS"][1]
    assert found["models"][1].startswith("2 models; gpt-5-mini is one of them")
    assert found["balance"][1] == "$587.66 left, $12.34 used"
    assert found["request"][1].startswith("HTTP/1.1, TLS 1.3")
    assert "request r42" in found["headers"][1]
    assert re.fullmatch(r"2 pings · pings came every \d+ ms", found["pings"][1])
    assert re.fullmatch(r"Привет 👋 \(\d+ were cut in two .*\)", found["letters"][1])
    assert found["tokens"][1] == "counted by the server"
    assert found["end"] == ("good", "finish reason stop, [DONE], the server ended it properly")
    assert found["stop"][0] == "good" and "saw its client leave" in found["stop"][1]
    assert len(chats) == 2  # it costs what it says, and no more


def test_attachments_are_counted(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    places = {"XDG_DATA_HOME": str(folder)}
    with Server(refuse(401)) as server:
        assert "attachments" not in findings(shell(server, "doctor", "--json", variables=places))
        store = Store(folder / "neurotui")
        files = text_file(store.blobs, "0123456789"), text_file(store.blobs, "gone")
        store.library.add(Conversation.of([user_message("q", None, files)]))
        store.blobs.put(b"x" * 12_000)
        store.close()
        (gone,) = folder.glob(f"neurotui/blobs/??/{files[1].blob.digest}")
        gone.unlink()
        found = findings(shell(server, "doctor", "--json", variables=places))
        russian = findings(shell(server, "doctor", "--json", "--lang", "ru", variables=places))
    assert found["attachments"] == (
        "warning",
        "2 files, 12 KB; unused: 1 file, 12 KB; 1 is damaged or gone",
    )
    assert russian["вложения"][1] == "2 файла, 12 КБ; не используются: 1 файл, 12 КБ; 1 повреждён или исчез"


def test_of_a_short_key_only_its_source_is_told(shell: Shell) -> None:
    with Server(refuse(401)) as server:
        done = shell(server, "doctor", "--json", variables={"NEUROTUI_API_KEY": "Qx7Z"})
    assert findings(done)["key"] == ("good", "from NEUROTUI_API_KEY")
    assert b"Qx7Z" not in done.out


async def odd(exchange: Exchange) -> None:
    """Says what cannot be read, breaks a letter, and ends without a word on why."""
    await exchange.head()
    await exchange.event("{broken")
    await exchange.write(b'data: {"choices":[{"delta":{"content":"bro\xffken"}}]}\n\n')
    await exchange.end()


def test_a_server_that_is_not_well(shell: Shell) -> None:
    with Server(odd, paths={"/models": refuse(404), "/usage": refuse(404)}) as server:
        done = shell(server, "-m", "mine", "doctor", "--json", variables={"NEUROTUI_API_KEY": ""})
    found = findings(done)
    assert found["key"][1] == "none: the server may want one"
    assert found["models"][0] == "warning"
    assert found["balance"][1] == "not told"
    assert found["pings"][1] == "none came"
    assert found["letters"][0] == "bad"
    assert found["tokens"][1] == "not counted by the server"
    assert found["end"][0] == "bad"
    assert found["stop"][0] in {"good", "warning"}
    assert done.code == 5


def test_a_model_that_is_not_listed_and_a_proxy_are_told_of(shell: Shell) -> None:
    with Server(refuse(400)) as server:
        found = findings(shell(server, "-m", "mine", "doctor", "--json"))
        proxied = {"HTTP_PROXY": f"http://127.0.0.1:{server.port}"}
        through = findings(shell(None, "--base-url", "http://there", "doctor", "--json", variables=proxied))
    assert found["models"][0] == "warning"
    assert "mine is not one of them" in found["models"][1]
    assert through["proxy"][1] == f"127.0.0.1:{server.port}"
    assert "not protected" in through["address"][1]


def test_a_report_can_be_pasted_anywhere(shell: Shell, tmp_path: Path) -> None:
    variables = {"HTTPS_PROXY": "http://user:password@proxy:3128", "NO_PROXY": "127.0.0.1"}
    with Server(refuse(400, "invalid_request", f"What is {KEY}?")) as server:
        done = shell(server, "doctor", variables=variables)
    text = done.out.decode() + done.err
    assert KEY not in text
    assert "password" not in text and "user:" not in text
    assert str(tmp_path) not in text and "~/.local" in text
    assert "✗ error" in text and "The server refused the request" in text
    assert "\x1b" not in text
    assert done.code == 1


@pytest.mark.parametrize(
    ("script", "code", "name"),
    [
        (refuse(401, "invalid_api_key"), 3, "error"),
        (refuse(403, "insufficient_user_quota"), 4, "error"),
        (refuse(500), 1, "error"),
    ],
)
def test_the_exit_code_is_that_of_what_is_wrong(script: Script, code: int, name: str, shell: Shell) -> None:
    with Server(script) as server:
        done = shell(server, "doctor", "--json")
        assert findings(done)[name][0] == "bad"
        assert len(server.chats) == 1
    assert done.code == code


def test_an_answer_that_was_cut_has_the_exit_code_that_it_has_for_ask(shell: Shell) -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("half")
        exchange.reset()

    with Server(broken) as server:
        done = shell(server, "doctor", "--json")
    verdict, text = findings(done)["end"]
    assert (done.code, verdict) == (5, "bad")
    assert "was lost" in text


def asked_to_count(exchange: Exchange) -> bool:
    """True for the request that is to be stopped."""
    return "Count" in exchange.request.json["messages"][-1]["content"]


def then(first: Script, stopped: Script) -> Script:
    """A server that answers the tiny question so, and the one that is to be stopped so."""

    async def script(exchange: Exchange) -> None:
        await (stopped if asked_to_count(exchange) else first)(exchange)

    return script


TINY = answer("Привет 👋 мир")


@pytest.mark.parametrize(
    ("stopped", "reason"),
    [
        (whole("one, two, three"), "the answer came in one piece"),
        (refuse(429, "rate_limit_exceeded"), "Too many requests in a short time"),
        (refuse(502, data="<html>", content_type="text/html"), "The model's provider does not answer"),
        (answer(), "the server sent no answer"),
    ],
)
def test_a_stop_that_could_not_be_tried_is_neither_seen_nor_missed(
    stopped: Script, reason: str, shell: Shell
) -> None:
    with Server(then(TINY, stopped)) as server:
        done = shell(server, "doctor", "--json")
    assert findings(done)["stop"] == ("warning", f"it could not be tried: {reason}")
    assert done.code == 0


def test_a_server_that_does_not_see_its_client_leave(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def deaf(exchange: Exchange) -> None:
        await exchange.head()
        exchange.connection.gone = asyncio.Event()  # and so this script is not ended by it
        await exchange.text(*["on "] * 400, pace=0.01)

    monkeypatch.setattr("neurotui.api.probe.PATIENCE", 0.3)
    with Server(then(TINY, deaf)) as server:
        verdict, text = findings(shell(server, "doctor", "--json"))["stop"]
    assert verdict == "warning"
    assert text.startswith("the server did not see its client leave within 3")
    assert text.endswith("ms: it may go on, and bill the answer")


async def chatty(exchange: Exchange) -> None:
    """Writes for as long as it is let."""
    await exchange.head()
    while True:
        await exchange.text("слово ", pace=0.02)


async def thoughtful(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.delta(reasoning_content="hm ")
        await asyncio.sleep(0.02)


async def pinging(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.ping()
        await asyncio.sleep(0.02)


def test_a_model_that_writes_for_long_is_stopped_and_not_called_silent(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.cli.checkup.PATIENCE", 1.0)
    with Server(chatty) as server:
        done = shell(server, "doctor", "--json")
    found = findings(done)
    assert found["end"] == ("fact", "still writing after 1 s: neurotui closed the connection")
    assert found["letters"][0] == "good" and found["letters"][1].startswith("слово слово")
    assert found["stop"][0] == "good"
    assert b"silent" not in done.out and done.code == 0


def test_a_model_that_only_reasons_for_long(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurotui.cli.checkup.PATIENCE", 1.0)
    with Server(thoughtful) as server:
        done = shell(server, "doctor", "--json")
    found = findings(done)
    assert found["end"] == ("fact", "still writing after 1 s: neurotui closed the connection")
    assert found["text"][0] == "warning" and "characters of reasoning" in found["text"][1]
    assert "letters" not in found and found["stop"][0] == "good"


def test_a_server_that_only_pings_said_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurotui.cli.checkup.PATIENCE", 1.0)
    with Server(then(pinging, refuse(429))) as server:
        done = shell(server, "doctor", "--json")
    found = findings(done)
    assert found["end"] == ("bad", "not a word within 1 s, only pings: neurotui closed the connection")
    assert found["text"] == ("warning", "no text came") and "letters" not in found
    assert done.code == 5


def test_a_server_that_falls_silent_is_told_by_how_long(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stalling(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Once")
        await exchange.stall()

    monkeypatch.setattr("neurotui.cli.checkup.PATIENCE", 1.5)
    monkeypatch.setattr("neurotui.chat.vitals.PATIENCE", 0.5)
    with Server(stalling) as server:
        done = shell(server, "doctor", "--json")
    verdict, text = findings(done)["end"]
    assert verdict == "bad" and re.search(r"was silent for [12] s", text)
    assert done.code == 5


def test_a_server_that_asks_to_wait_is_not_silent(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurotui.cli.checkup.PATIENCE", 0.5)
    with Server(refuse(429, headers={"Retry-After": "20"})) as server:
        done = shell(server, "doctor", "--json")
    verdict, text = findings(done)["error"]
    assert verdict == "bad" and text.startswith("Too many requests in a short time")


@pytest.mark.parametrize(
    ("script", "name", "text"),
    [
        (answer("Hello"), "letters", "Hello"),
        (answer("42 👋"), "text", "42 👋"),
        (answer("\n\n"), "text", "no text came"),
    ],
)
def test_letters_are_named_where_letters_came(script: Script, name: str, text: str, shell: Shell) -> None:
    with Server(then(script, refuse(429))) as server:
        found = findings(shell(server, "doctor", "--json"))
    assert found[name][1] == text
    assert ("letters" in found) == (name == "letters")


def test_an_answer_of_reasoning_alone_has_no_letters(shell: Shell) -> None:
    async def reasoning(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(reasoning_content="Hm.")
        await exchange.finish()

    with Server(then(reasoning, refuse(429))) as server:
        found = findings(shell(server, "doctor", "--json"))
    assert found["text"] == ("warning", "no text came, only 3 characters of reasoning")
    assert "letters" not in found


@pytest.mark.parametrize(("code", "exit_code"), [("invalid_api_key", 3), ("insufficient_quota", 4), (500, 5)])
def test_an_error_after_text_has_the_exit_code_that_it_has_for_ask(
    code: object, exit_code: int, shell: Shell
) -> None:
    async def half(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("half")
        await exchange.event({"error": {"message": "m", "code": code}})
        await exchange.end()

    with Server(half) as server:
        done = shell(server, "doctor", "--json")
    assert done.code == exit_code


@pytest.mark.parametrize(
    ("variables", "code", "name", "words"),
    [
        ({"NEUROTUI_API_KEY": ""}, 3, "key", "No API key is set"),
        ({"NEUROTUI_API_KEY": "ключ"}, 3, "key", "cannot be used"),
        ({"NEUROTUI_BASE_URL": "ftp://there"}, 2, "address", "cannot be used"),
        ({"NEUROTUI_BASE_URL": f"http://127.0.0.1:{closed_port()}"}, 1, "error", "Nothing is listening"),
        ({"NEUROTUI_BASE_URL": "http://no-such-host.invalid"}, 1, "error", "Can't find"),
        ({"HTTPS_PROXY": "what://is-this"}, 2, "error", "proxy settings"),
        ({"SSL_CERT_FILE": "/no/such/file"}, 2, "error", "certificates"),
    ],
)
def test_it_says_how_far_it_came(
    variables: dict[str, str], code: int, name: str, words: str, shell: Shell
) -> None:
    done = shell(None, "doctor", "--json", variables=variables)
    verdict, text = findings(done)[name]
    assert (done.code, verdict) == (code, "bad")
    assert words in text


@pytest.mark.parametrize("kitty", [False, True])
def test_a_terminal_is_asked_and_left_as_it_was(kitty: bool, tmp_path: Path) -> None:
    command = [*NEUROTUI, "doctor", "--base-url", f"http://127.0.0.1:{closed_port()}"]
    with Terminal(command, home=tmp_path, kitty=kitty, size=(100, 50)) as terminal:
        assert terminal.wait_for_exit() == 1
        assert not terminal.left_behind
        text = terminal.text
    assert ("kitty protocol" in text) == kitty
    assert ("plain: Escape acts after 10 ms" in text) != kitty
    assert re.search(r"whole frames +yes", text) is not None or not kitty
    assert re.search(r"size +100×50", text)


def test_what_a_terminal_answers_is_understood() -> None:
    data = b"\x1b[?1u\x1bP>|kitty(0.35.2)\x1b\\\x1b[?2026;2$y\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\\x1b[?62;52;c"
    assert terminal.understood(data) == terminal.Answers(True, "kitty(0.35.2)", True, True, True, False)
    assert terminal.understood(b"\x1b[?1;2c") == terminal.Answers(True)
    assert terminal.understood(b"\x1b[?1;2") == terminal.Answers()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://user:secret@proxy:3128/", "http://***@proxy:3128/"),
        ("user:secret@proxy:3128", "***@proxy:3128"),
        ("http://user:secret@[", "***"),
    ],
)
def test_a_password_of_a_proxy_is_not_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown


@pytest.mark.parametrize(("size", "count"), [(1, 9), (2, 8), (3, 3), (100, 0)])
def test_letters_that_were_cut_in_two_are_counted(size: int, count: int) -> None:
    data = "aПривет👋".encode()
    pieces = [RecordedChunk(0, data[start : start + size]) for start in range(0, len(data), size)]
    assert letters_split(pieces) == count


def test_a_server_that_takes_one_connection_at_a_time_is_not_called_silent(shell: Shell) -> None:
    with Server(well, connect=one_at_a_time()) as server:
        found = findings(shell(server, "doctor", "--json"))
        first, second = server.chats
    assert found["stop"][0] == "good" and "saw its client leave" in found["stop"][1]
    assert second.at - first.at < KEEP_LOOPBACK - 1  # and not only when the idle connection is given up


def test_a_limit_that_was_reached_lets_no_answer_leave(shell: Shell, tmp_path: Path) -> None:
    configure(tmp_path, "[budget]\nday_cost = 0.00001\n")
    with Server(well, paths=new_api()) as server:
        found = findings(shell(server, "doctor", "--json"))
        assert found["end"][0] == "good", "what it costs counts, though nothing was kept here before"
        count = len(server.chats)
        done = shell(server, "doctor", "--json")
        verdict, words = findings(done)["error"]
        assert verdict == "bad" and words.startswith("The budget is used up: nothing was sent.")
        assert done.code == 4
        assert shell(server, "ask", "Hi").code == 4
        assert len(server.chats) == count
