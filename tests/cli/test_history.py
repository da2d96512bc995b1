"""`neurotui history` and `neurotui search`, as they are called from a shell."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.cli import main
from neurotui.store.library import Library
from neurotui.store.store import Store
from tests.cli.store import FOLDER, keep, shell
from tests.store.examples import answer, everything, small
from tests.terminal import NEUROTUI, Terminal

HOSTILE = "до \x1b]52;c;aGk=\x07 \x9b31m \u202eпосле"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_DOCUMENTS_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NEUROTUI_LANG", "en")
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


@pytest.fixture
def library(home: Path) -> Library:
    return keep(home, [small("Привет, ёжик!", "Здравствуй", at=1000.0), small("Other", "Reply", at=2000.0)])


def test_a_program_gets_a_line_for_each_conversation(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[2:] for line in lines] == [
        ["complete", "2", "10", "gpt-5-mini", "Other"],
        ["complete", "2", "23", "gpt-5-mini", "Привет, ёжик!"],
    ]
    assert lines[0][0] == library.summaries()[0].id


async def test_what_has_only_a_draft_is_not_told_of(
    home: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was asked there: it cannot be exported, and is for the chat to go on with."""
    before = [main(["history"]), main(["history", "--json"]), capsys.readouterr().out]
    store = Store(home / FOLDER)
    store.journal.draft("d" * 32, "half a thought")
    await store.aclose()
    assert [draft.name for draft in library.drafts()] == ["half a thought"]
    assert [main(["history"]), main(["history", "--json"]), capsys.readouterr().out] == before
    assert main(["search", "thought"]) == 0 and not capsys.readouterr().out
    assert main(["export", "dddddddd", "-o", "-"]) == 1


def test_json_has_every_field(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--json"]) == 0
    [newest, _] = json.loads(capsys.readouterr().out)
    assert newest["name"] == "Other"
    assert newest["status"] == "complete"
    assert (newest["created_at"], newest["updated_at"], newest["message_count"]) == (2000.0, 2001.0, 2)


def test_a_terminal_shows_a_table_that_fits(home: Path) -> None:
    long = small("Очень " * 10 + "длинное имя", at=3000.0)
    keep(home, [long, small("日本語の質問です", at=2000.0), everything()])
    with Terminal([*NEUROTUI, "--lang", "en", "history"], home=home) as terminal:
        assert terminal.wait_for_exit() == 0
        lines = [line for line in terminal.lines if line]
    assert lines[0].split() == ["ID", "LAST", "NAME", "MODEL", "MESSAGES", "ENDED"]
    assert [line[:8].strip() for line in lines[1:]] == [s.id[:8] for s in keep(home).summaries()]
    ends = {line.index(word) for line, word in zip(lines, ("ENDED", "finished"), strict=False)}
    assert len(ends) == 1, terminal.picture()
    assert lines[1].split("  ")[2].endswith("…")
    assert "stopped" in lines[3]


def test_nothing_yet_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["history", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_search_finds_parts_of_words_and_says_where(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "ЕЖИ", "прив"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    conversation_id, message_id, when, role, name, context = line.split("\t")
    assert (role, name, context) == ("user", "Привет, ёжик!", "Привет, ёжик!")
    conversation = library.open(conversation_id)
    assert conversation is not None and message_id in conversation.messages
    assert when.startswith("1970-01-01")


def test_an_argument_with_blanks_is_a_phrase(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "привет, ёжик"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["search", "ёжик привет"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nothing was found" in captured.err


def test_the_wrong_layout_is_understood_and_said(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "ghbdtn"]) == 0
    captured = capsys.readouterr()
    assert "Привет, ёжик!" in captured.out
    assert "shown for “привет”" in captured.err
    assert main(["search", "--json", "ghbdtn"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["query"], found["switched"]) == ("привет", True)
    assert [piece["text"] for piece in found["hits"][0]["context"] if piece["matched"]] == ["Привет"]


def test_more_hits_than_are_shown_are_told_of(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "-n", "1", "e"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    assert "--limit" in captured.err
    with pytest.raises(SystemExit) as ended:
        main(["search", "-n", "0", "e"])
    assert ended.value.code == 2
    capsys.readouterr()
    assert main(["search", "-n", "9" * 20, "e"]) == 0
    assert capsys.readouterr().out.count("\n") > 1


def test_a_hit_on_a_terminal_is_marked_and_harmless(home: Path) -> None:
    keep(home, [small("Вопрос", f"{HOSTILE} слово")])
    with Terminal([*NEUROTUI, "--lang", "en", "search", "слово"], home=home) as terminal:
        assert terminal.wait_for_exit() == 0
        output = bytes(terminal.output)
    assert "\x1b[1mслово\x1b[22m".encode() in output
    assert b"\x1b]52" not in output
    assert "\x9b".encode() not in output and "\u202e".encode() not in output


@pytest.mark.parametrize("command", ["history", "search слово", "history --json", "search --json слово"])
def test_nothing_that_is_printed_controls_a_terminal(home: Path, command: str) -> None:
    question = Message("q", Role.USER, f"{HOSTILE} слово", None, 1.0, model=HOSTILE)
    keep(home, [Conversation.of([question, replace(answer(question, model=HOSTILE), id="a")], title=HOSTILE)])
    done = shell(f"neurotui {command}", home)
    assert done.returncode == 0
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.stdout)
    if "--json" in command:
        data = json.loads(done.stdout)
        name = data[0]["name"] if "history" in command else data["hits"][0]["conversation_name"]
        assert name == HOSTILE


def test_a_closed_pipe_ends_it_quietly(home: Path) -> None:
    keep(home, [small(f"Вопрос {number} " + "слово " * 50, at=float(number)) for number in range(300)])
    done = shell("neurotui history --json | head -n 1; echo ${PIPESTATUS[0]}", home)
    assert done.stdout == "[\n141\n"
    assert done.stderr == ""


def test_without_a_home_it_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOME")
    assert main(["history"]) == 1
    assert "HOME is not set" in capsys.readouterr().err


def test_a_damaged_file_is_set_aside_and_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / FOLDER).mkdir(parents=True)
    (home / FOLDER / "neurotui.db").write_bytes(b"no database at all " * 500)
    assert main(["history"]) == 0
    assert "damaged" in capsys.readouterr().err
    assert len(list((home / FOLDER).glob("neurotui damaged *.db"))) == 1


def test_an_unfinished_answer_is_listed_as_cut(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = small()
    running = answer(next(iter(conversation.messages.values())), "Половина", Status.RUNNING)
    conversation.put(running)
    keep(home, [conversation])
    assert main(["history"]) == 0
    assert "\tcut\t" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["history", "search word", "export --all -o -"])
def test_it_loads_no_interface_and_no_network(home: Path, command: str) -> None:
    program = f"""
import sys, neurotui.cli
neurotui.cli.main({command.split()!r})
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"textual", "rich", "httpx", "asyncio", "pygments", "markdown_it"} & set(done.stderr.split())
