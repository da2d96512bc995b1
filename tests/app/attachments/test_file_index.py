"""The files that an @ finds: walked in a bounded way, searched within a key press."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from neurotui.app.attachments.file_index import FileIndex, _entry, folder_of, is_path, listed, matching
from neurotui.app.attachments.mention import mention_in
from tests.measuring import in_time, measured


def make(folder: Path, *paths: str) -> FileIndex:
    for path in paths:
        place = folder / path
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    index = FileIndex(folder)
    index.walk()
    return index


def found(index: FileIndex, query: str) -> list[str]:
    return [each.text for each in index.search(query)]


def test_what_lies_near_comes_first_and_hidden_and_ignored_files_last(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("build/\n*.log\n!keep.log\n")
    index = make(tmp_path, "deep/er/a.txt", "b.txt", "build/z.txt", ".env", "x.log", "keep.log", ".git/HEAD")
    assert found(index, "") == [
        *("b.txt", "deep/", "keep.log", "deep/er/", "deep/er/a.txt"),
        *(".env", ".git/", ".gitignore", "build/", "x.log", "build/z.txt"),
    ]
    assert found(index, ".e")[0] == ".env"


def test_letters_find_names_then_paths_then_letters_in_order(tmp_path: Path) -> None:
    index = make(tmp_path, "report.md", "docs/my-report.md", "reports/x.md", "r/e/p/o.md", "src/app/pane.py")
    assert found(index, "report")[:2] == ["report.md", "reports/"]
    assert set(found(index, "report")) == {"report.md", "reports/", "docs/my-report.md", "reports/x.md"}
    assert found(index, "app/pa") == ["src/app/pane.py"]
    assert found(index, "srpane") == ["src/app/pane.py"]
    assert found(index, "zzz") == []


@pytest.mark.parametrize(
    ("typed", "name"), [("кузщке", "report.md"), ("jnx`n", "отчёт.md"), ("ОТЧЕТ", "отчёт.md")]
)
def test_the_other_keyboard_layout_is_understood(tmp_path: Path, typed: str, name: str) -> None:
    assert found(make(tmp_path, "report.md", "отчёт.md", "other.md"), typed) == [name]


def test_a_link_to_a_folder_is_not_followed_and_no_device_is_offered(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert found(make(tmp_path, "a.txt"), "") == ["a.txt", "round/"]


def test_what_git_ignores_is_what_git_says(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (tmp_path / "sub").mkdir()
    (tmp_path / ".gitignore").write_text(
        "*.log\n!keep.log\nbuild/\n/deep/**/q.tmp\n\\#h\nnode\n*.[oa]\nsp\\ ace\na/*/f.c\nw[[]1].txt\n"
        "**/any\nx/**\n# no\n"
    )
    (tmp_path / "sub" / ".gitignore").write_text("/here\n!*.log\n")
    files = (
        *("1.log", "keep.log", "a/1.log", "build/z", "deep/x/y/q.tmp", "deep/q.tmp", "q.tmp", "#h", "node/m"),
        *("F.o", "F.c", "sp ace", "a/b/f.c", "a/f.c", "w[1].txt", "p/any", "x/y/z", "sub/here", "sub/s/here"),
        *("sub/1.log", "b/build", "no"),
    )
    index = make(tmp_path, *files)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    git = ["git", "-C", str(tmp_path), "-c", "core.quotePath=false"]
    ignored = [*git, "ls-files", "-o", "-i", "--exclude-standard"]
    by_git = subprocess.run(ignored, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]
    last = [entry.text for entry in index._last if not entry.text.endswith("/") and entry.name[0] != "."]
    assert sorted(last) == sorted(by_git)


@measured
def test_a_search_among_20_000_files_is_quicker_than_a_key(tmp_path: Path) -> None:
    index = make(tmp_path)
    index._first = [
        _entry(path, path) for path in (f"folder-{n % 99}/some module {n}.py" for n in range(20_000))
    ]
    for query in ("", "s", "mod", "module 199", "fmn9", "ыщьу", "nothing at all", "ничего нет"):
        began = time.perf_counter()
        index.search(query)
        in_time(time.perf_counter() - began, 0.1)


def test_a_path_lists_its_folder(tmp_path: Path) -> None:
    make(tmp_path, "Мои файлы/b.txt", "Мои файлы/A.txt", "Мои файлы/.hidden", "Мои файлы/sub/")
    typed = f"{tmp_path}/Мои файлы/"
    assert is_path(typed) and folder_of(typed + "A") == (typed, "A")
    everything = listed(typed, Path("/"))
    assert [each.text.removeprefix(typed) for each in everything] == ["sub/", "A.txt", "b.txt", ".hidden"]
    assert [each.path.name for each in matching(everything, "и")] == ["b.txt", "sub"]  # b on the other layout
    assert listed(f"{tmp_path}/none/", Path("/")) == []
    assert [each.text for each in listed("../", tmp_path / "Мои файлы")] == ["../Мои файлы/"]
    assert is_path("~") and is_path("..") and is_path("./a") and is_path("C:/x") and not is_path("a/b")
    assert folder_of("~") == ("~/", "")


@pytest.mark.parametrize(
    ("before", "start", "query"),
    [
        ("@", 0, ""),
        ("see @rep", 4, "rep"),
        ("\t@a/b", 1, "a/b"),
        ('see @"my fi', 4, "my fi"),
    ],
)
def test_a_mention_begins_at_the_beginning_or_after_a_blank(before: str, start: int, query: str) -> None:
    mention = mention_in(before)
    assert mention is not None and (mention.start, mention.query) == (start, query)


@pytest.mark.parametrize("before", ["", "me@example.org", "@rep and", 'see @"my fi" x', "x@", '@a"b'])
def test_what_is_no_mention(before: str) -> None:
    assert mention_in(before) is None


def test_a_path_with_blanks_is_spelled_in_a_quotation_mark() -> None:
    mention = mention_in("see @x")
    assert mention is not None
    assert mention.spelled("a/b") == "@a/b"
    assert mention.spelled("my files/") == '@"my files/'


@pytest.mark.parametrize("command", ["/attach ", "/прикрепить ", "/феефср "])
def test_the_command_to_attach_is_a_mention_of_its_argument(command: str) -> None:
    mention = mention_in(f"{command}my fi")
    assert mention is not None and (mention.start, mention.query) == (0, "my fi")
    assert mention.spelled("my files/") == f"{command}my files/"
    assert mention_in("/compare a") is None
