from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui import i18n
from neurotui.app.commands import COMMANDS, find
from neurotui.app.slash import Call, Doubtful, Text, begun, read
from neurotui.i18n import spellings
from neurotui.i18n.keyboard import to_cyrillic

MODEL = find("model")
OFFERED = tuple(command for command in COMMANDS if command.menu)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    i18n.use("en")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("typed", "action"),
    [
        ("/help", "help"),
        ("/HELP", "help"),
        ("/help  ", "help"),
        ("/рудз", "help"),
        ("/РУДЗ", "help"),
        (".рудз", "help"),
        ("/помощь", "help"),
        ("/gjvjom", "help"),
        ("/new", "new"),
        ("/copy-code", "copy_code"),
        ("/copy_code", "copy_code"),
        ("/сщзн-сщву", "copy_code"),
    ],
)
def test_a_command_is_known_in_every_language_and_on_every_layout(
    typed: str, action: str, language: str
) -> None:
    i18n.use(language)
    answer = read(typed, OFFERED)
    assert isinstance(answer, Call)
    assert answer.command.name == action


def test_an_argument_is_taken_as_it_is() -> None:
    assert read("/model  openai/gpt-5 mini ", OFFERED) == Call(MODEL, "openai/gpt-5 mini")
    assert read("/ьщвуд gpt-5", OFFERED) == Call(MODEL, "gpt-5")


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "/etc/passwd is what?",
        "/usr/bin",
        "/ is the root",
        "/",
        "/2 is a half",
        "// a comment",
        "//comment\nint main()",
        "//unknown",
        "/help\nand more",
        "/*",
        "/dev/null",
        ".net is what?",
        ".help",
        ".привет",
        "...рудз",
        "what is /help",
    ],
)
def test_a_text_is_a_text(text: str) -> None:
    assert read(text, OFFERED) == Text(text)


def test_a_slash_more_makes_a_text_of_a_command() -> None:
    assert read("//help", OFFERED) == Text("/help")
    assert read("//рудз", OFFERED) == Text("/рудз")
    assert read("//model x", OFFERED) == Text("/model x")


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("/hlep", Doubtful("/hlep")),
        ("/hlep me", Doubtful("/hlep")),
        ("/new what is love?", Doubtful("/new", find("new"))),
        ("/model", Doubtful("/model", MODEL)),
    ],
)
def test_what_only_looks_like_a_command_is_asked_about(text: str, doubt: Doubtful) -> None:
    assert read(text, OFFERED) == doubt


def test_what_cannot_be_given_now_is_no_command() -> None:
    assert read("/help", ()) == Doubtful("/help")


def test_what_is_passed_on_is_a_text() -> None:
    assert read("/demo stall", OFFERED, {"demo"}) == Text("/demo stall")
    assert read("/demo", OFFERED, {"demo"}) == Text("/demo")
    assert begun("/demo", OFFERED, {"demo"}) == []
    assert isinstance(read("/demo", OFFERED), Call)


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    match read(text, OFFERED):
        case Text(sent):
            assert sent in (text, text[1:])
        case Call(command, argument):
            assert argument in text
            assert command in OFFERED
        case Doubtful(name):
            assert name.startswith("/")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("/he", "help"),
        ("/ру", "help"),
        (".ру", "help"),
        ("/по", "help"),
        ("/code", "copy_code"),
        ("/s", "stop"),
    ],
)
def test_a_beginning_shows_what_it_may_become(typed: str, first: str) -> None:
    assert begun(typed, OFFERED)[0].name == first


def test_a_slash_alone_shows_all() -> None:
    assert begun("/", OFFERED) == list(OFFERED)
    assert begun(".", OFFERED) == []


@pytest.mark.parametrize("typed", ["", "help", "/etc/", "/new x", "/model ", "/zzz", "/he\n", "//", ".ne"])
def test_nothing_is_shown_where_nothing_can_come_of_it(typed: str) -> None:
    assert begun(typed, OFFERED) == []


def test_whatever_is_shown_is_understood() -> None:
    for command in OFFERED:
        for typed in (command.slash, to_cyrillic(command.slash[1:])):
            name = typed if typed.startswith("/") else "/" + typed
            assert command in begun(name, OFFERED)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_decomposed_letters_name_the_same_command(form: Literal["NFC", "NFD"]) -> None:
    for command in OFFERED:
        for label in spellings(command.label):
            if "," not in label:
                assert command in begun("/" + normalize(form, label.lower().replace(" ", "-")), OFFERED)
