"""Files from outside, cut and changed at random: a command takes the good part, or says why not."""

from __future__ import annotations

import io
import json
import random
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.asking import Done, Shell
from tests.servers import Server, answer
from tests.store.examples import everything, small
from tests.transcripts.test_reading import exported, node

ROUNDS = [pytest.param(40, id="some"), pytest.param(4000, marks=pytest.mark.slow, id="many")]
LONGEST = 30
"""Seconds, after which a command has hung; each takes some milliseconds."""

SETTINGS = """\
# of the user's own
language = "en"
theme = "textual-dark"
text_width = 90
notify_after = 2.5
stream = true
system_prompt = '''
Отвечай кратко.
'''
profile = "work"

[profiles.work]
base_url = "https://example.com/v1"
model = "big"
prices."big" = { input = 0.25, output = 2.0, cached = 0.1 }

[profiles."мой дом"]
base_url = "http://localhost:8080/v1"

[budget]
answer_tokens = 1000
day_cost = 1.5

[personas.editor]
system_prompt = "Strict."
parameters = { temperature = 0.2, stop = ["a", "b"], extra = { deep = [1, 2.5, null_like = "x"] } }

[keys]
new = ["ctrl+t"]
""".replace("null_like = ", "")

_PIECES = [
    *(b"{", b"}", b"[", b"]", b'"', b"'", b'"""', b"'''", b"\\", b",", b":", b"=", b"\n", b"\r", b"#", b"."),
    *(b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b[2J"),
    *(
        b"\\ud800",
        b"\\u0000",
        b"null",
        b"true",
        b"NaN",
        b"inf",
        b"-1",
        b"1e999",
        b"-0",
        b"1979-05-27",
        b"0x1F",
    ),
    *(b"9" * 400, b"9" * 5000, b"[" * 3000, b'{"a":' * 3000, b"[a]\n", b"[[a]]\n", b"a.b.c = 1\n"),
    *(b'"mapping"', b'"messages"', b'"id"'),
]


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to four changes: a cut, a piece lost, doubled, moved, or put in, a bit turned."""
    for _ in range(rng.randint(1, 4)):
        at, to = sorted(rng.randint(0, len(data)) for _ in range(2))
        to = min(to, at + rng.choice([1, 8, 64, len(data)]))
        piece = data[at:to]
        match rng.randrange(7):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + data[to:]
            case 2:
                data = data[:to] + piece + data[to:]
            case 3:
                data = data[:at] + data[to:] + piece
            case 4 if data:
                at = min(at, len(data) - 1)
                data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
            case _:
                data = data[:at] + rng.choice(_PIECES) + data[rng.choice([at, to]) :]
    return data


@contextmanager
def not_for_ever(what: object) -> Iterator[None]:
    """Fails where something hangs."""

    def fail(_number: int, _frame: object) -> None:
        raise AssertionError(f"hangs: {what}")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def put_to_the_test(
    path: Path,
    original: bytes,
    rounds: int,
    command: Callable[[], Done],
    spoil: Callable[..., bytes] = spoilt,
) -> list[Done]:
    """Runs a command on a file that is spoilt in so many ways. Exceptions are the caller's failure."""
    found = []
    for seed in range(rounds):
        data = spoil(original, random.Random(seed))
        path.write_bytes(data)
        with not_for_ever((seed, data)):
            done = command()
        assert done.code in {0, 1, 2, 3, 5, 130}, (seed, done)
        assert done.code == 0 or done.err.strip(), (seed, done)
        said = done.err.encode() + done.out
        assert b"Traceback" not in said and b"\x1b" not in said, (seed, done)
        found.append(done)
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm")
@pytest.mark.parametrize("rounds", ROUNDS)
def test_settings(rounds: int, tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / ".config" / "neurotui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(SETTINGS)
    whole = shell(None, "history", "--json")
    assert (whole.code, whole.err) == (0, "")
    done = put_to_the_test(path, SETTINGS.encode(), rounds, lambda: shell(None, "history", "--json"))
    assert all(found.code == 0 for found in done), "no mistake in it keeps a command from running"
    assert any("config.toml" in found.err for found in done)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm")
@pytest.mark.parametrize("rounds", ROUNDS)
def test_keys(rounds: int, tmp_path: Path, shell: Shell) -> None:
    assert (
        shell(None, "key", "set", piped=b"sk-0123456789abcdef", variables={"NEUROTUI_API_KEY": ""}).code == 0
    )
    (path,) = tmp_path.rglob("keys.toml")

    def show() -> Done:
        return shell(None, "key", "show", variables={"NEUROTUI_API_KEY": ""})

    for done in put_to_the_test(path, path.read_bytes(), rounds, show):
        assert "sk-0123456789" not in done.out.decode() + done.err


def chatgpt() -> bytes:
    """What ChatGPT exports."""
    mapping = {
        "root": {"id": "root", "parent": None, "children": ["q"], "message": None},
        "q": node("q", "root", "user", "Вопрос", {"asset_pointer": "file-service://x"}),
        "a": node("a", "q", "assistant", "Ответ", metadata={"model_slug": "gpt-4o"}),
        "b": node("b", "q", "assistant", "Другой"),
    }
    conversation = {"title": "Т", "create_time": 1.5, "mapping": mapping, "current_node": "b", "id": "c"}
    return json.dumps([conversation, conversation | {"id": "d"}], ensure_ascii=False).encode()


def archive() -> bytes:
    """As ChatGPT sends it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", chatgpt())
        packed.writestr("user.json", "{}")
    return file.getvalue()


def spoilt_archive(data: bytes, rng: random.Random) -> bytes:
    """An archive that is whole, with a file in it that is not; or the other way."""
    if rng.random() < 0.5:
        return spoilt(data, rng)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", spoilt(chatgpt(), rng))
    return file.getvalue()


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm")
@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize(
    ("original", "spoil"),
    [
        (exported(everything(), small()).encode(), spoilt),
        (chatgpt(), spoilt),
        (archive(), spoilt_archive),
    ],
    ids=["own", "chatgpt", "archive"],
)
def test_imports(
    original: bytes, spoil: Callable[[bytes, random.Random], bytes], rounds: int, tmp_path: Path, shell: Shell
) -> None:
    path = tmp_path / "file"
    path.write_bytes(original)
    assert shell(None, "import", str(path)).code == 0
    put_to_the_test(path, original, rounds, lambda: shell(None, "import", str(path)), spoil)
    assert shell(None, "export", "--all", "--format", "json", "-o", "-").code == 0
    assert shell(None, "history").code == 0


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm")
@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_recordings(flags: tuple[str, ...], rounds: int, tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / "file.rec"
    with Server(answer("Привет, ", "мир", "!", pings=2)) as server:
        assert shell(server, "record", str(path), "Hi").code == 0
    command = ("replay", "--speed", "0", *flags, str(path))
    whole = shell(None, *command)
    assert whole.code == 0 and "Привет, мир!" in whole.out.decode()
    put_to_the_test(path, path.read_bytes(), rounds, lambda: shell(None, *command))
