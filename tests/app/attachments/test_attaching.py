"""Paths in a text that was pasted, and what is asked of files before a message leaves."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import ModelInfo
from neurotui.app.attachments.attaching import attach_paste, changed, named, paths_in, refused_by, secrets_in
from neurotui.app.attachments.attachment_text import attachment_label
from neurotui.app.attachments.files import attach
from neurotui.chat.attachments import Attachment, AttachmentKind
from neurotui.store.blobs import BlobStore
from neurotui.wire.parts import Blob
from tests.app import pictures

unix = pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "data")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, which is the home and the current one as well."""
    for name in ("a.txt", "two words.txt", "отчёт.md", "it's.txt", "50%25.txt", "sub/b.txt"):
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setenv("HOME", str(tmp_path / "files"))
    monkeypatch.chdir(tmp_path / "files")
    return tmp_path / "files"


@unix
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{f}/a.txt", ["a.txt"]),
        ("{f}/a.txt\n", ["a.txt"]),
        ("  {f}/two words.txt ", ["two words.txt"]),
        ("'{f}/two words.txt'", ["two words.txt"]),
        ('"{f}/two words.txt"', ["two words.txt"]),
        ("{f}/two\\ words.txt", ["two words.txt"]),
        ("'{f}/a.txt' {f}/two\\ words.txt \"{f}/отчёт.md\"", ["a.txt", "two words.txt", "отчёт.md"]),
        ("{f}/a.txt\n{f}/two words.txt\r\n\n{f}/sub\n", ["a.txt", "two words.txt", "sub"]),
        ("\"{f}/it's.txt\" {f}/it\\'s.txt", ["it's.txt", "it's.txt"]),
        ("file://{f}/two%20words.txt", ["two words.txt"]),
        ("file://localhost{f}/%D0%BE%D1%82%D1%87%D1%91%D1%82.md\nfile:{f}/a.txt", ["отчёт.md", "a.txt"]),
        ("file://{f}/50%2525.txt", ["50%25.txt"]),
        ("{f}/50%25.txt", ["50%25.txt"]),
        ("~/a.txt", ["a.txt"]),
        ("./a.txt sub/b.txt", ["a.txt", "sub/b.txt"]),
    ],
)
def test_a_text_of_paths_alone_names_files(files: Path, text: str, names: list[str]) -> None:
    found = [path.absolute() for path in paths_in(text.replace("{f}", str(files)))]
    assert found == [files / name for name in names]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.txt",
        "sub",
        "{f}/a.txt is what?",
        "what is {f}/a.txt",
        "{f}/gone.txt",
        "{f}/a.txt {f}/gone.txt",
        "file://elsewhere{f}/a.txt",
        "//server/share/a.txt",
        "\\\\server\\share\\a.txt",
        "/",
        "~",
        "..",
        "{f}/a.txt\0",
        "'{f}/a.txt",
        "/" + "x" * 5000,
        "~nobody-at-all/a.txt",
        "file:",
        "file://[::1",
        "\udcff/\ud800",
    ],
)
def test_any_other_text_names_none(files: Path, text: str) -> None:
    assert paths_in(text.replace("{f}", str(files))) == []


@unix
def test_a_path_of_windows_is_found_where_wsl_has_it(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda path: str(path).startswith("/mnt/c/"))
    for text in (
        '"C:\\Users\\me\\two words.txt"',
        "C:\\Users\\me\\two words.txt",
        "& 'C:\\Users\\me\\two words.txt'",
    ):
        assert [str(path) for path in paths_in(text)] == ["/mnt/c/Users/me/two words.txt"]


def test_no_other_computer_is_asked_for_a_path(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def is_file(path: Path) -> bool:
        asked.append(str(path))
        return False

    monkeypatch.setattr(Path, "is_file", is_file)
    for text in ("//server/share/a.txt", "\\\\server\\share\\a.txt", "file://server/share/a.txt"):
        assert paths_in(text) == [] and paths_in(f"'{text}'") == []
    assert [path for path in asked if path.startswith(("//", "\\\\"))] == []


@unix
def test_what_is_no_file_stays_a_text(files: Path) -> None:
    os.mkfifo(files / "pipe")
    assert paths_in(str(files / "pipe")) == [] and paths_in("/dev/null") == []


def test_a_file_has_changed_if_its_bytes_have(files: Path, blobs: BlobStore) -> None:
    path = files / "a.txt"
    made = attach(path, blobs)
    assert not changed(made)
    path.write_text("A.TXT")  # of the same size
    assert changed(made)
    path.write_text("a.txt")
    assert not changed(made), "it has another time, but the same bytes"
    path.write_text("longer than before")
    assert changed(made)
    path.unlink()
    assert not changed(made), "its bytes are kept"
    os.mkfifo(path)
    assert not changed(made)


def test_a_folder_has_changed_if_a_text_in_it_has(files: Path, blobs: BlobStore) -> None:
    made = attach(files, blobs)
    assert not changed(made)
    (files / "sub/b.txt").write_text("other")
    assert changed(made)


def test_a_key_in_an_attached_text_is_told(files: Path, blobs: BlobStore) -> None:
    key = "sk-" + "a1b2" * 8
    (files / "a.txt").write_text(f"x = '{key}'")
    told = secrets_in(attach(files / "a.txt", blobs))
    assert "a.txt" in told and "sk-…a1b2" in told and key not in told
    for name, is_secret in {
        ".env": True,
        ".env.local": True,
        "prod.env": True,
        ".env.example": False,
    }.items():
        (files / name).write_text("PASSWORD=1")
        assert bool(secrets_in(attach(files / name, blobs))) is is_secret
    (files / "a.png").write_bytes(pictures.png(3, 2, (b"tEXt", key.encode())))
    assert secrets_in(attach(files / "a.png", blobs)) == ""


def of_kind(kind: AttachmentKind, *, as_text: bool = False) -> Attachment:
    return Attachment(kind, "a", "", Blob("", 1), as_text=as_text)


def test_what_a_model_does_not_take_is_told_with_those_that_do() -> None:
    def model(name: str, *takes: str) -> ModelInfo:
        return ModelInfo(name, abilities=Abilities(takes=frozenset(takes)))

    models = [model("blind", "text"), model("sees", "text", "image"), model("all", "image", "file", "audio")]
    models.append(ModelInfo("unknown"))
    picture, document = of_kind(AttachmentKind.IMAGE), of_kind(AttachmentKind.PDF)
    assert refused_by([picture], "blind", models) == "blind takes no pictures; these do: sees, all"
    assert refused_by([document], "sees", models) == "sees takes no documents; these do: all"
    assert refused_by([document, picture], "blind", models) == "blind takes no documents; these do: all"
    assert refused_by([picture], "blind", models[:1]) == "blind takes no pictures"
    for taken in (of_kind(AttachmentKind.TEXT), of_kind(AttachmentKind.PDF, as_text=True)):
        assert refused_by([taken], "blind", models) is None
    assert refused_by([picture], "sees", models) is None
    assert refused_by([picture], "unknown", models) is None
    assert refused_by([picture], "not in the list", models) is None


def test_a_long_text_is_an_attachment_without_a_name(blobs: BlobStore) -> None:
    made = attach_paste("строка\n" * 300, blobs)
    assert attachment_label(made) == "paste · 300 lines · 3.9 KB · ≈ 680 tok"


@unix
def test_the_argument_of_a_command_is_a_path_whatever_it_looks_like(files: Path) -> None:
    def names(argument: str) -> list[str]:
        return [path.name for path in named(argument)]

    assert names("a.txt") == ["a.txt"] and names(" two words.txt ") == ["two words.txt"]
    assert names("'two words.txt' a.txt sub") == ["two words.txt", "a.txt", "sub"]
    assert names("two\\ words.txt") == ["two words.txt"] and names("~/a.txt") == ["a.txt"]
    assert names("file://" + str(files / "a.txt")) == ["a.txt"]
    assert names("gone.txt") == ["gone.txt"] and names("a.txt gone.txt") == ["a.txt gone.txt"]
    assert names("~nobody-at-all/a.txt") == ["a.txt"] and names("a\0b") == ["a\0b"]
