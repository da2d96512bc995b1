"""Work that takes a while, as it is seen and ended in a terminal, and the memory that it takes."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Role
from tests.archives import made, write_chatgpt, write_ours
from tests.cli.store import FOLDER, keep, shell
from tests.peak import NEUROTUI as NEUROTUI_CODE
from tests.peak import used_by
from tests.store.examples import check
from tests.terminal import NEUROTUI, Terminal, kept_environment

LINE = {
    "en": re.compile(r"importing · [\d.]+ of [\d.]+ MB · \d+ % · Ctrl\+C stops"),
    "ru": re.compile(r"импорт · [\d,]+ из [\d,]+ МБ · \d+ % · Ctrl\+C — остановить"),
}


def importing(path: Path, home: Path, language: str = "en") -> Terminal:
    environment = {"NEUROTUI_LANG": language}
    return Terminal([*NEUROTUI, "import", path.name], home=home, environment=environment, size=(80, 6))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than is imported in a moment, for all tests to copy."""
    return write_ours(tmp_path_factory.mktemp("archive") / "archive.json", made(6))


@pytest.fixture
def archive(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path))


def percent(screen: str) -> int:
    found = re.search(r"(\d+) %", screen)
    return int(found[1]) if found else -1


@pytest.mark.parametrize("language", LINE)
def test_an_import_shows_how_far_it_is_and_how_to_end_it(
    archive: Path, tmp_path: Path, language: str
) -> None:
    with importing(archive, tmp_path, language) as terminal:
        terminal.wait_for(lambda: bool(LINE[language].search(terminal.text)))
        before, seen = time.monotonic(), terminal.output.count(b"\x1b[K")
        first = percent(terminal.text)
        terminal.wait_for(lambda: percent(terminal.text) > first)
        lines = terminal.output.count(b"\x1b[K") - seen
        assert lines <= 10 * (time.monotonic() - before) + 2
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == 130
        assert not LINE[language].search(terminal.text), "the line is gone"


@pytest.mark.parametrize("attempt", range(2))
def test_what_was_imported_before_ctrl_c_stays_and_the_rest_is_added_later(
    archive: Path, tmp_path: Path, attempt: int
) -> None:
    with importing(archive, tmp_path) as terminal:
        wanted = random.randrange(1, 40)
        terminal.wait_for(lambda: percent(terminal.text) >= wanted, timeout=60)
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == 130
        found = re.search(r"([\d,]+) new conversations\n.*import it again to go on", terminal.text, re.S)
        assert found, terminal.picture()
    count = int(found[1].replace(",", ""))
    check(tmp_path / FOLDER)
    library = keep(tmp_path)
    assert len(library.ids()) == count
    assert all(len(conversation.messages) == 12 for conversation in library.conversations())
    library._database.close()


def test_into_a_pipe_nothing_is_shown_and_a_signal_ends_it_too(archive: Path, tmp_path: Path) -> None:
    environment = kept_environment() | {"HOME": str(tmp_path), "NEUROTUI_LANG": "en"}
    process = subprocess.Popen(
        [*NEUROTUI, "import", str(archive)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    database = tmp_path / FOLDER / "neurotui.db-wal"
    while process.poll() is None and not (database.exists() and database.stat().st_size > 500_000):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.fullmatch(r".*: [\d,]+ new conversations\n", out)
    assert re.fullmatch(r"neurotui: .*: stopped before its end; import it again to go on\n", err)


def test_an_import_through_a_pipe_has_no_known_end(archive: Path, tmp_path: Path) -> None:
    command = f"cat {archive} | {' '.join(NEUROTUI)} import /dev/stdin"
    with Terminal(["bash", "-c", command], home=tmp_path, environment={"NEUROTUI_LANG": "en"}) as terminal:
        terminal.wait_for(lambda: bool(re.search(r"importing · [\d.]+ MB · Ctrl\+C stops", terminal.text)))
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == 130


def test_nothing_is_written_over_a_pager(tmp_path: Path) -> None:
    keep(tmp_path, made(1))
    command = f"{' '.join(NEUROTUI)} export --all -o - | (sleep 1; wc -l; echo done)"
    with Terminal(["bash", "-c", command], home=tmp_path) as terminal:
        terminal.wait_for("done")
        assert b"\x1b[K" not in terminal.output


def test_what_goes_into_a_file_is_watched(tmp_path: Path) -> None:
    keep(tmp_path, made(1))
    done = shell(
        "neurotui export --all -o - > all.json; neurotui export --all --format txt -o texts", tmp_path
    )
    assert done.stderr == ""
    assert len(json.loads((tmp_path / "all.json").read_bytes())["conversations"]) == len(
        list((tmp_path / "texts").iterdir())
    )


MOST = 80
"""MiB for an archive of 25 MB: the program alone takes 25; with all of the archive in memory it was 110."""
NOISE = {"citations": ["слово " * 50] * 5}
"""Passed over by importers, so that the test takes less time: to index a text is what takes long."""


def noisy(megabytes: int, messages: int) -> Iterator[Conversation]:
    count = megabytes * 1_000_000 // 3500
    for number in range(0, count, messages):
        conversation = Conversation(f"c{number}", created_at=1000.0 + number)
        parent = None
        for place in range(number, number + messages):
            message = Message(f"m{place}", Role.USER, f"text {place}", parent, 1000.0 + place)
            conversation.put(message)
            parent = message.id
        yield conversation


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        pytest.param("ours.json", 20, id="ours.json-many"),
        pytest.param("chatgpt.zip", 1_000_000, id="chatgpt.zip-giant"),
        pytest.param("ours.json", 1_000_000, id="ours.json-giant", marks=pytest.mark.slow),
        pytest.param("chatgpt.json", 20, id="chatgpt.json-many", marks=pytest.mark.slow),
        pytest.param("chatgpt.json", 1_000_000, id="chatgpt.json-giant", marks=pytest.mark.slow),
        pytest.param("chatgpt.zip", 20, id="chatgpt.zip-many", marks=pytest.mark.slow),
    ],
)
def test_an_import_takes_little_memory(name: str, messages: int, tmp_path: Path) -> None:
    count = 30 * 1_000_000 // 3500
    write = write_ours if name.startswith("ours") else write_chatgpt
    path = write(tmp_path / name, noisy(30, min(messages, count)), NOISE)
    assert peak_of("import", path, home=tmp_path) < MOST


def peak_of(*arguments: str | Path, home: Path) -> float:
    """The most memory that neurotui has at once, in MiB."""
    environment = kept_environment() | {"HOME": str(home), "COVERAGE_PROCESS_CONFIG": ""}
    return used_by(NEUROTUI_CODE, *arguments, environment=environment, folder=home).mebibytes


@pytest.mark.slow
@pytest.mark.parametrize("messages", [12, 160_000], ids=["many", "giant"])
@pytest.mark.parametrize("name", ["ours.json", "chatgpt.zip"])
def test_an_archive_of_130_mb_takes_200_mib_in_and_out(name: str, messages: int, tmp_path: Path) -> None:
    write = write_ours if name.startswith("ours") else write_chatgpt
    path = write(tmp_path / name, made(130, messages))
    assert peak_of("import", path, home=tmp_path) < 200
    assert peak_of("import", path, home=tmp_path) < 200
    for form in ("json", "md", "txt", "html"):
        assert peak_of("export", "--all", "--format", form, "-o", f"out.{form}", home=tmp_path) < 200
