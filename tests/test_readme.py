"""The READMEs say what the source says: tables, pictures, paths, commands, flags and names."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import neurotui
from neurotui.cli.command_line import parse, parser
from neurotui.i18n import LANGUAGES
from neurotui.settings.file import SettingsFile
from tests.make_readme import README, REFERENCES, ROOT, filled

PACKAGE = Path(neurotui.__file__).parent
HOUSE = PACKAGE / "README.md"
TESTS = ROOT / "tests" / "README.md"
DOCUMENTS = (README, HOUSE, TESTS, *REFERENCES)

TEXT = README.read_text(encoding="utf-8")

MOST_LINES = 250
"""Of the README, in both languages: its readers do not know yet whether they want the program."""


def named(path: Path) -> str:
    return path.name if path.parent == ROOT else f"{path.parent.name}/{path.name}"


each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=named)


@cache
def blocks(path: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a document: language and content."""
    return re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"))


@cache
def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"(?ms)^```\w*\n.*?^```$", "", path.read_text(encoding="utf-8"))


@cache
def spans(path: Path) -> list[str]:
    """What stands in code between single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(path))


def folder(path: Path) -> Path:
    """Where a document stands in the checkout: the package that is tested may be elsewhere."""
    return ROOT / "neurotui" if path == HOUSE else path.parent


def is_there(path: Path) -> bool:
    """True if a path of the checkout exists; of the package, the one that is tested is asked."""
    path = Path(os.path.normpath(path))
    inside = path.is_relative_to(ROOT / "neurotui")
    return (PACKAGE / path.relative_to(ROOT / "neurotui") if inside else path).exists()


@cache
def source() -> str:
    """All of the package's Python."""
    files = (path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    return "\n".join(text.replace("from __future__ import annotations\n", "") for text in files)


# Tables and pictures


@pytest.mark.parametrize("path", [README, *REFERENCES], ids=named)
def test_its_tables_are_those_of_the_source(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert filled(text) == text


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        *((README, f"main keys {language}") for language in LANGUAGES),
        *(
            (reference, f"{name} {language}")
            for reference, language in zip(REFERENCES, LANGUAGES, strict=True)
            for name in ("keys", "settings")
        ),
    ],
)
def test_it_has_the_tables(path: Path, mark: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(f"<!-- {mark} -->") == text.count(f"<!-- /{mark} -->") == 1


def test_its_pictures_are_there() -> None:
    pictures = set(re.findall(r'"(screenshots/[^"]+)"', TEXT))
    kept = {f"screenshots/{path.name}" for path in (ROOT / "screenshots").iterdir()}
    assert len(pictures) >= 2
    assert pictures == kept


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES


# Commands, flags, settings


def test_its_settings_can_be_used(tmp_path: Path) -> None:
    examples = [content for language, content in blocks(README) if language == "toml"]
    assert examples
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example, encoding="utf-8")
        file = SettingsFile(path)
        assert file.problems == ()
        assert {"neuroapi", "local"} <= file.settings.profiles.keys()


def test_ci_runs_the_command_that_it_gives_for_the_tests() -> None:
    command = next(line for line in TEXT.splitlines() if ".venv/bin/pytest" in line)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def calls(path: Path) -> Iterator[list[str]]:
    """What stands behind `neurotui` wherever a document starts it in a shell."""
    for language, content in blocks(path):
        for line in content.splitlines() if language == "sh" else ():
            words = shlex.split(line, comments=True)
            for place, word in enumerate(words):
                first = place == 0 or words[place - 1] in {"|", "&&"}
                if first and word.rpartition("/")[2] == "neurotui":
                    yield words[place + 1 :]


@each_document
def test_its_commands_can_be_given(path: Path) -> None:
    for arguments in calls(path):
        parse(arguments, argparse.Namespace())


def test_it_gives_commands() -> None:
    given = {next(iter(arguments), "") for arguments in calls(README)}
    assert {"", "--demo", "-c", "ask", "models", "history", "doctor", "record", "replay"} <= given


def known_words(found: argparse.ArgumentParser) -> Iterator[str]:
    """The names of all commands and flags."""
    for action in found._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield name
                yield from known_words(command)
        else:
            yield from map(str, action.choices or ())


@each_document
def test_its_commands_and_flags_are_there(path: Path) -> None:
    known = {*known_words(parser()), "FILE", "MODEL"}
    commands = {span for span in spans(path) if re.fullmatch(r"neurotui( [\w-]+)+", span)}
    flags = {span for span in spans(path) if re.fullmatch(r"--?[a-z][a-z-]*( [A-Z]+)?", span)}
    given = commands if path == TESTS else commands | flags  # pytest's flags stand there
    unknown = [span for span in given if not set(span.removeprefix("neurotui ").split()) <= known]
    assert unknown == []


@each_document
def test_its_variables_are_read(path: Path) -> None:
    names = re.findall(r"NEURO(?:TUI|API)_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))
    assert [name for name in names if f'"{name}"' not in source()] == []


@each_document
def test_its_modules_can_be_run(path: Path) -> None:
    names = re.findall(r"python -m ([\w.]+\w)", path.read_text(encoding="utf-8"))
    assert [name for name in names if find_spec(name) is None] == []


@each_document
def test_its_keys_do_something(path: Path) -> None:
    references = "\n".join(reference.read_text(encoding="utf-8") for reference in REFERENCES)
    keys = set(re.findall(r"<kbd>(.*?)</kbd>", references))
    assert set(re.findall(r"<kbd>(.*?)</kbd>", prose(path))) <= keys | {"Tab"}


# Links, paths, names


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


@each_document
def test_its_links_lead_somewhere(path: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        place, _, anchor = target.partition("#")
        if place.startswith("https://"):
            continue
        headings = re.findall(r"(?m)^#+ (.*)$", path.read_text(encoding="utf-8"))
        if not (is_there(folder(path) / place) if place else anchor in map(slug, headings)):
            lost.append(target)
    assert lost == []


@each_document
def test_its_paths_are_there(path: Path) -> None:
    """A path stands as it is seen from the checkout, from the package, or from the document."""
    paths = {span for span in spans(path) if re.fullmatch(r"[.A-Za-z_][\w.-]*(/[\w.-]+)*/?", span)}
    paths = {span for span in paths if "/" in span or span.endswith((".py", ".md"))}
    folders = (ROOT, ROOT / "neurotui", folder(path))
    assert [span for span in paths if not any(is_there(each / span) for each in folders)] == []


def tree() -> Iterator[str]:
    """The paths in the picture of the house, relative to the package."""
    [(_, content)] = [block for block in blocks(HOUSE) if block[1].startswith("neurotui/")]
    above: list[str] = []
    for line in content.splitlines()[1:]:
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth - 1 :] = [name]
        yield "".join(above)


def test_the_house_is_as_it_is_drawn() -> None:
    drawn = set(tree())
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_file()]
    folders = {folder for path in files if "__pycache__" not in path.parts for folder in path.parents}
    there = {f"{folder.as_posix()}/" for folder in folders} - {"./"}
    languages = {name for name in there if re.match(r"i18n/locale/.", name)}
    assert {name for name in drawn if name.endswith("/")} == there - languages
    assert [name for name in drawn if not (PACKAGE / name).exists()] == []


@cache
def members() -> dict[str, set[str]]:
    """The names that each class of the package gives to something of its own."""
    found: dict[str, set[str]] = {}
    for each in ast.walk(ast.parse(source())):
        if isinstance(each, ast.ClassDef):
            names = found.setdefault(each.name, set())
            for part in ast.walk(each):
                match part:
                    case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                        names.add(name)
                    case ast.Name(name, ast.Store()) | ast.Attribute(ast.Name("self"), name, ast.Store()):
                        names.add(name)
    return found


def test_its_names_are_in_the_source() -> None:
    """A name in code, such as `Turn.apply` or `_()`, is one of the package's source."""
    words = set(re.findall(r"\w+", source()))
    names = [
        span.partition("(")[0]
        for span in spans(HOUSE)
        if re.fullmatch(r"[A-Za-z_][\w.]*(\(.*\))?", span) and not span.endswith((".py", ".md"))
    ]
    lost = []
    for name in names:
        first, *others = name.split(".")
        if first not in words or not set(others) <= members().get(first, words):
            lost.append(name)
    assert lost == []


def test_each_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for name, each in project["optional-dependencies"].items() if name != "dev"]
    needed = sum(extras, project["dependencies"])
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in needed}  # type: ignore[index]
    listed = re.findall(r"(?m)^\| `([\w-]+)` \|", HOUSE.read_text(encoding="utf-8"))
    assert names <= {name.lower() for name in listed}
