"""`neurotui export` and `neurotui import`, as they are called from a shell."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.cli import main
from neurotui.store.blobs import BlobStore
from neurotui.store.library import Library
from neurotui.wire.events import Usage
from tests.cli.store import keep, shell
from tests.store.attaching import PNG, check_blobs, picture, text_file
from tests.store.examples import EXACT, everything, library_of, small

FIRST, LAST = small("Первый вопрос", "Первый ответ", at=1000.0), small("Last question", at=2000.0)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_DOCUMENTS_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NEUROTUI_LANG", "en")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def library(home: Path) -> Library:
    return keep(home, [FIRST, LAST])


def printed_path(capsys: pytest.CaptureFixture[str]) -> Path:
    return Path(capsys.readouterr().out.removesuffix("\n"))


@pytest.mark.parametrize("arguments", [[], ["--last"]])
def test_the_last_conversation_is_written_where_it_says(
    library: Library, home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["export", *arguments]) == 0
    path = printed_path(capsys)
    assert path == home / "Last question.md"
    assert "Last question" in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_conversation_is_found_by_the_beginning_of_its_id(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", FIRST.id[:8], "-o", "-"]) == 0
    assert "Первый ответ" in capsys.readouterr().out
    assert main(["export", "", "-o", "-"]) == 1
    assert "more than one" in capsys.readouterr().err
    assert main(["export", "nowhere", "-o", "-"]) == 1
    captured = capsys.readouterr()
    assert "there is no conversation nowhere" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("form", ["md", "txt", "html"])
@pytest.mark.parametrize("which", [[], ["--all"]])
def test_receipts_are_written_only_if_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str], form: str, which: list[str]
) -> None:
    asked = Message("q", Role.USER, "Question", None, 1.0)
    told = Message("a", Role.ASSISTANT, "Answer", "q", 2.0, usage=Usage(completion_tokens=1234))
    keep(home, [Conversation.of([asked, told])])
    for flags, expected in ([], 0), (["--receipts"], 1):
        assert main(["export", *which, "--format", form, *flags]) == 0
        assert printed_path(capsys).read_text(encoding="utf-8").count("1,234 tokens") == expected
    assert main(["export", "--receipts", "--format", form, "-o", "-"]) == 0
    assert "1,234 tokens" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["-o", "page.html"], "<!"),
        (["--format", "html"], "<!"),
        (["-o", "page.htm"], "<!"),
        (["-o", "notes.text"], "Last question\n===="),
        (["-o", "notes.txt"], "Last question\n===="),
        (["-o", "kept.json"], '{"format":"neurotui"'),
        (["-o", "kept.JSON", "--format", "md"], "# Last"),
        (["-o", "no ending"], "# Last"),
    ],
)
def test_the_format_is_told_or_seen_by_the_name(
    library: Library, capsys: pytest.CaptureFixture[str], arguments: list[str], beginning: str
) -> None:
    assert main(["export", *arguments]) == 0
    assert printed_path(capsys).read_text(encoding="utf-8").startswith(beginning)


def test_nothing_is_written_over_unless_it_is_forced(
    library: Library, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "notes.md").write_text("mine")
    assert main(["export", "-o", "notes.md"]) == 0
    assert printed_path(capsys) == Path("notes (2).md")
    assert (home / "notes.md").read_text() == "mine"
    assert main(["export", "-f", "-o", "notes.md"]) == 0
    assert printed_path(capsys) == Path("notes.md")
    assert "Last question" in (home / "notes.md").read_text(encoding="utf-8")


def test_all_go_into_one_file_that_can_be_imported(
    library: Library, home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(everything())
    assert main(["export", "--all", "-o", "all.json"]) == 0
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("HOME", str(elsewhere))
    assert main(["import", str(home / "all.json")]) == 0
    again = keep(elsewhere)
    assert [again.open(summary.id) for summary in again.summaries()] == list(library.conversations())


def test_all_are_written_as_files_for_reading(
    library: Library, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--all", "--format", "md"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert paths == [home / "neurotui" / "Last question.md", home / "neurotui" / "Первый вопрос.md"]
    assert all(path.is_file() for path in paths)


def test_all_go_to_standard_output(library: Library, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = shell("neurotui export --all -o -", home)
    assert [c["id"] for c in json.loads(done.stdout)["conversations"]] == [LAST.id, FIRST.id]
    done = shell(
        "neurotui export --all --format txt -o - | grep -c '^Last question$\\|^Первый вопрос$'", home
    )
    assert done.stdout.strip() == "4"  # each a title and a question
    assert main(["export", "--all", "--format", "html", "-o", "-"]) == 2
    assert "folder" in capsys.readouterr().err


def test_an_id_and_all_exclude_each_other(library: Library) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", FIRST.id, "--all"])
    assert ended.value.code == 2


def test_where_nothing_can_be_written_it_is_a_sentence(
    library: Library, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "file").touch()
    for arguments in (["file/inside.md"], ["x" * 300], ["x" * 300, "--all"]):
        assert main(["export", "-o", *arguments]) == 1
        error = capsys.readouterr().err
        assert "cannot be written" in error
        assert "Traceback" not in error
    assert main(["import", "x" * 300]) == 1
    assert "File name too long" in capsys.readouterr().err


def test_a_folder_that_was_removed_is_no_fault_of_neurotui(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert main(["export"]) == 1
    assert "No such file or directory" in capsys.readouterr().err


def test_what_was_imported_is_counted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home, [everything()])
    assert main(["export", "-o", "one.json"]) == 0
    (home / "cut.json").write_bytes((home / "one.json").read_bytes()[:-40])
    (home / "bad.json").write_text("no transcript")
    capsys.readouterr()
    assert main(["import", "one.json", "cut.json", "bad.json", "missing.json"]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == ["one.json: 1 there already", "cut.json: 1 there already"]
    told = captured.err.splitlines()
    assert len(told) == 3
    assert "cut.json: The file is damaged or cut short" in told[0]
    assert "bad.json cannot be read as a transcript: there is no conversation in it" in told[1]
    assert "missing.json cannot be read" in told[2]


def test_byte_exact_through_a_pipe(home: Path) -> None:
    keep(home, [everything()])
    done = shell("neurotui export -o - --format json", home)
    texts = [m["text"] for c in json.loads(done.stdout)["conversations"] for m in c["messages"]]
    assert EXACT in texts


def test_an_archive_goes_from_one_home_to_another(
    library: Library, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = home / ".local" / "share" / "neurotui"
    attachments = (picture(BlobStore(data)), text_file(BlobStore(data), "строка\n"))
    asked = Conversation.of([Message("q", Role.USER, "Кто это?", created_at=1.0, attachments=attachments)])
    library.add_all([asked])
    assert main(["export", asked.id[:8], "--format", "json", "-o", "one.json"]) == 0
    assert printed_path(capsys).name == "one.zip"
    assert main(["export", "--all"]) == 0
    path = printed_path(capsys)
    assert path.suffix == ".zip"
    assert main(["export", asked.id[:8], "--format", "json", "-o", "-"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) and "are not in it" in captured.err
    elsewhere = home / "elsewhere"
    monkeypatch.setenv("HOME", str(elsewhere))
    assert main(["import", str(path)]) == 0
    folder = elsewhere / ".local" / "share" / "neurotui"
    found = library_of(folder).open(asked.id)
    assert found is not None
    kept = found.messages["q"].attachments
    assert [each.name for each in kept] == ["кот.png", "отчёт.md"]
    with BlobStore(folder).open(kept[0].blob) as file:
        assert file.read() == PNG
    capsys.readouterr()
    assert main(["import", str(path)]) == 0
    assert "3 there already" in capsys.readouterr().out
    check_blobs(folder)
