"""What a link tears, and what a terminal replies: what is typed arrives, and nothing else does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from textual import events
from textual.message import Message

from neurotui.tui.terminal.input import C1_OR_REPLACE, SEQUENCE_SILENCE
from neurotui.tui.terminal.sequences import STRING_GOES_ON, TORN
from tests.keyboard import ALL_KEYS, ALTERNATE_KEYS, DISAMBIGUATE, TEXT, encode
from tests.tui.terminal.inputs import both_ways, new_input
from tests.tui.terminal.test_input import told

__all__ = ["both_ways"]

DELAY = 0.01
WHILE = 0.3
"""Seconds after which nothing waits any more."""

REPLIES = [
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    "\x1b]4;1;rgb:ff/00/00\x9c",
    "\x1b]52;c;cHdkCg==\x07",
    "\x1b]lA title\x1b\\",
    "\x1b[?62;22;52c",
    "\x1b[>41;390;0c",
    "\x1b[=0c",
    "\x1b[?2026;2$y",
    "\x1b[4;1$y",
    "\x1b[?1u",
    "\x1b[?997;1n",
    "\x1b[0n",
    "\x1b[5;10R",
    "\x1b[1;1R",
    "\x1b[?5;10R",
    "\x1b[8;24;80t",
    "\x1b[4;600;800t",
    "\x1b[?2;0;1024S",
    "\x1b[99~",
    "\x1b[57427u",
    "\x1bP>|XTerm(390)\x1b\\",
    "\x1bP1+r524742=382f382f38\x1b\\",
    "\x1bP0$r\x1b\\",
    "\x1bP!|00000000\x07",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b_Gi=31;ENOENT:no such image\x9c",
    "\x1b_anything else\x1b\\",
    "\x1b^private message\x1b\\",
    "\x1bXa string\x1b\\",
]
EIGHT_BIT = {f"\x1b{chr(code - 0x40)}": chr(code) for code in (0x9B, 0x9D, 0x90, 0x9F, 0x9E, 0x98)}


def read(*parts: str | float, delay: float = DELAY) -> list[str | tuple[str, str]]:
    """What comes of the texts among `parts`, read with the seconds between them that stand there.

    Cursor reports, which textual takes, are left out, as is what the mouse does.
    """
    terminal_input, now = new_input(), 100.0
    messages: list[Message] = []
    for part in [*parts, 60.0]:
        if isinstance(part, str):
            messages += terminal_input.feed(part, now)
        else:
            rest = part
            while (wait := terminal_input.wait(delay)) is not None and wait <= rest:
                messages += terminal_input.end_wait()
                rest -= wait
            now += part
    return [name for name in told(messages) if isinstance(name, tuple) or name[0].islower() or len(name) == 1]


def torn(text: str, gap: float) -> list[str | float]:
    """`text`, character by character, with `gap` seconds between."""
    return [part for character in text for part in (character, gap)]


class TestReplies:
    @pytest.mark.parametrize("reply", REPLIES)
    def test_nothing_of_a_reply_is_typed_wherever_it_is_torn(self, reply: str) -> None:
        assert read(f"a{reply}b") == ["a", "b"]
        assert read("a", 1.0, *torn(reply, 0.0), 1.0, "b") == ["a", "b"]
        for cut in range(3, len(reply)):
            for gap in (0.0, 0.02, 0.06):
                assert read("a", 1.0, reply[:cut], gap, reply[cut:], 1.0, "b") == ["a", "b"], (cut, gap)

    @pytest.mark.parametrize("reply", REPLIES)
    def test_a_reply_may_be_torn_for_a_while(self, reply: str) -> None:
        for cut in range(3, len(reply)):
            if cut == len(reply) - 1 and reply[-1] == "\\":
                continue
            for gap in (WHILE, TORN - 0.5):
                assert read("a", 1.0, reply[:cut], gap, reply[cut:], 1.0, "b") == ["a", "b"], (cut, gap)

    @pytest.mark.parametrize("reply", REPLIES)
    def test_behind_its_introducer_too_it_presses_that_key_at_most(self, reply: str) -> None:
        for cut in (1, 2):
            pressed = read(reply[:cut], WHILE, reply[cut:], 1.0, "b")
            assert pressed[-1] == "b"
            assert len(pressed) == 1 or pressed[0] == "escape" or str(pressed[0]).startswith("alt+")
            assert len(pressed) <= 2

    @pytest.mark.parametrize("reply", REPLIES)
    def test_eight_bits_are_as_good_as_seven(self, reply: str) -> None:
        eight = EIGHT_BIT[reply[:2]] + reply[2:].replace("\x1b\\", "\x9c")
        assert read(f"a{eight}b") == ["a", "b"]
        assert read("a", *torn(eight, 0.0), "b") == ["a", "b"]
        raw = b"a" + eight.encode("latin-1") + "й".encode()
        assert read(raw.decode("utf-8", C1_OR_REPLACE)) == ["a", "й"]

    def test_bytes_that_are_no_utf8_are_no_controls(self) -> None:
        assert b"\xd0\xe2\x9bz".decode("utf-8", C1_OR_REPLACE) == "\ufffd\ufffdz"

    @pytest.mark.parametrize(
        "introducer", ["\x1b]11;", "\x1bP>|", "\x1b_G", "\x1b^", "\x1bX", "\x9d", "\x1b[1"]
    )
    def test_one_without_an_end_costs_no_memory_and_not_the_keyboard(self, introducer: str) -> None:
        terminal_input = new_input()
        assert not [*terminal_input.feed(introducer, 0)]
        for round_ in range(20):  # more than a megabyte
            assert not [*terminal_input.feed("1" * 65536, round_ * 0.001)]
        assert len(terminal_input._sequences._held) < 1000
        assert not [*terminal_input.end_wait()]
        assert told([*terminal_input.feed("hello", 2.0)]) == [*"hello"]

    @pytest.mark.parametrize("begun", ["\x1b]11;rgb:1e", "\x1bP1+r52", "\x1bP>|XTerm", "\x1b_Gi=1", "\x1b^a"])
    def test_of_what_is_typed_behind_a_short_one_little_is_lost(self, begun: str) -> None:
        letters = [part for letter in "hello" * 4 for part in (letter, 0.15)]
        assert read(begun, 0.3, *letters)[-17:] == [*"hello" * 4][-17:]
        assert read(begun, 1.2, *letters) == [*"hello" * 4]

    def test_what_is_typed_behind_a_long_one_is_typed_after_a_silence(self) -> None:
        for begun in ("\x1b]11;", "\x1bP>|", "\x1b_G", "\x1b^"):
            assert read(begun + "x" * 100_000, 0.15, "hello") == [*"hello"]
            assert read(begun, *["x" * 4096] * 20, 0.15, "hello") == [*"hello"]
        assert read("\x1b]11;rgb:1e1e", 0.15, "hello") == [*"hello"]

    @pytest.mark.parametrize("control", ["\x03", "\x11", "\x7f"])
    def test_a_control_character_ends_it(self, control: str) -> None:
        assert read(f"\x1b]11;rgb:{control}b") == [*read(control), "b"]

    def test_a_sequence_within_ends_it(self) -> None:
        assert read("\x1b]11;rgb:\x1b[Ab") == ["up", "b"]

    def test_escape_behind_one_without_an_end_is_escape(self) -> None:
        assert read("\x1b]11;rgb:", 0.5, "\x1b", 1.0, "b") == ["escape", "b"]


class TestKeysThatBeginAReply:
    @pytest.mark.parametrize("key", "]P_^X[O")
    @pytest.mark.parametrize("gap", [0.05, 0.09, 0.2])
    def test_what_is_typed_behind_them_is_typed(self, key: str, gap: float) -> None:
        letters = [part for letter in "hello, it is I" for part in (letter, 0.12)]
        typed = read(f"\x1b{key}", gap, *letters)
        if key in "[O" and gap < SEQUENCE_SILENCE:
            return  # Alt+[ and a letter are one key.
        assert str(typed[0]).startswith("alt+")
        assert typed[1:] == ["space" if letter == " " else told_name(letter) for letter in "hello, it is I"]

    def test_they_type_nothing(self) -> None:
        for key in "]P_^X[Or!":
            for event in [*new_input().feed(f"\x1b{key}", 0)]:
                assert isinstance(event, events.Key)
                assert not event.is_printable

    def test_a_digit_behind_them_is_typed(self) -> None:
        assert read("\x1b]", 0.05, "1", 0.15, "2", 0.15, "h")[1:] == ["1", "2", "h"]
        assert read("\x1bP", 0.05, "1", 0.15, "h")[1:] == ["1", "h"]


def told_name(letter: str) -> str:
    (name,) = read(letter)
    assert isinstance(name, str)
    return name


class TestTornSequences:
    @pytest.mark.parametrize(
        "rest", ["[<64;20;5M", "[I", "[O", "[A", "[1;5C", "OA", "[?62;22c", "]11;rgb:1/2/3\x07"]
    )
    def test_behind_an_escape_that_was_given_the_rest_is_not_typed(self, rest: str) -> None:
        for gap in (0.06, 0.3, 0.9):
            pressed = read("\x1b", gap, rest, 1.0, "b")
            assert pressed[0] == "escape"
            assert pressed[-1] == "b"
            assert set(pressed) <= {"escape", "up", "ctrl+right", "b"}

    def test_a_letter_that_has_only_begun_changes_nothing(self) -> None:
        assert read("\x1b", "", "к") == ["alt+к"]
        assert read("\x1b", 0.06, "", "[<64;20;5M") == ["escape"]

    def test_over_a_slow_link_it_is_no_escape(self) -> None:
        assert read("\x1b", 0.06, "[<64;20;5M", delay=0.11) == []
        assert read("\x1b", 0.06, "[A", delay=0.11) == ["up"]
        assert read("\x1b", 0.06, "\r", delay=0.11) == ["alt+enter"]

    @pytest.mark.parametrize("report", ["\x1b[<35;20;5M", "\x1b[<0;1;1m", "\x1b[35;20;5M", "\x1b[M !!"])
    def test_a_mouse_report_is_never_typed(self, report: str) -> None:
        for cut in range(3, len(report)):
            for gap in (0.0, 0.06, WHILE, TORN - 0.5):
                assert read(report[:cut], gap, report[cut:], 1.0, "b") == ["b"]
        assert read(*torn(report, 0.06), delay=0.11) == []

    def test_in_three_pieces_too(self) -> None:
        assert read("\x1b", 0.2, "[<64", 0.2, ";20;", 0.2, "5", 0.2, "M", 0.2, "b") == ["escape", "b"]

    def test_what_is_typed_when_the_rest_never_comes_is_typed(self) -> None:
        assert read("\x1b[<35;20;", 0.5, "hello") == [*"hello"]
        assert read("\x1b[<35;20;", TORN + 1, "5M") == ["5", "M"]
        assert read("\x1b[?62;", TORN + 1, "h") == ["h"]

    @pytest.mark.parametrize("key", ["ctrl+c", "й", "Й", "alt+к", "f5", "shift+enter", "escape"])
    def test_a_key_of_the_kitty_protocol_is_one_wherever_it_is_torn(self, key: str) -> None:
        sent = encode(key, DISAMBIGUATE | ALL_KEYS | TEXT | ALTERNATE_KEYS).decode()
        for cut in range(3, len(sent)):
            for gap in (0.0, 0.06, WHILE):
                assert read(sent[:cut], gap, sent[cut:]) == read(sent)

    def test_a_bracket_is_one_wherever_it_is_torn(self) -> None:
        whole = "\x1b[200~one\rtwo\x1b[201~"
        for cut in range(1, len(whole)):
            for gap in (0.0, 0.06, WHILE):
                pressed = read(whole[:cut], gap, whole[cut:], 1.0, "b")
                assert [key for key in pressed if key not in ("escape", "alt+left_square_bracket")] == [
                    ("paste", "one\ntwo"),
                    "b",
                ]

    def test_a_text_with_a_bracket_behind_escape_is_typed(self) -> None:
        for text in ("[link](https://example.com)", "[A] first", "[1] second", "[", "O", "[x", "[1"):
            assert read("\x1b", 0.2, text)[1:] == read(text)
        assert read("\x1b", 0.2, "[", 0.15, "A", 0.15, "]") == ["escape", *read("[A]")]

    def test_long_keys_of_an_input_method_are_typed_whole(self) -> None:
        family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
        sent = f"\x1b[0;;{':'.join(str(ord(character)) for character in family)}u"
        assert read(sent) == [("paste", family)]
        assert read(f"a{family}b") == ["a", ("paste", family), "b"]


class TestNewLine:
    def test_alt_enter_of_a_plain_terminal(self) -> None:
        for sent in ("\x1b\r", "\x1b\n"):
            assert read(sent) == ["alt+enter"]
            assert read(sent[0], 0.005, sent[1]) == ["alt+enter"]
            assert read(f"a{sent}b") == ["a", "alt+enter", "b"]
        assert read("\x1b", 0.03, "\r") == ["escape", "enter"]
        assert read("\x1b", 0.2, "\r") == ["escape", "enter"]

    @pytest.mark.parametrize(
        ("sent", "key"),
        [
            ("\x1b[27;2;13~", "shift+enter"),
            ("\x1b[27;3;13~", "alt+enter"),
            ("\x1b[27;5;13~", "ctrl+enter"),
            ("\x1b[27;6;13~", "ctrl+shift+enter"),
            ("\x1b[13;2u", "shift+enter"),
            ("\x1b[13;66u", "shift+enter"),
            ("\x1b[57414;2u", "shift+enter"),
            ("\x1b[27;5;99~", "ctrl+c"),
            ("\x1b[27;6;67~", "ctrl+shift+c"),
            ("\x1b[27;5;1089~", "ctrl+с"),
            ("\x1b[27;3;114~", "alt+r"),
            ("\x1b[27;2;65~", "A"),
            ("\x1b[27;2;9~", "shift+tab"),
            ("\x1b[27;5;9~", "ctrl+tab"),
            ("\x1b[27;1;27~", "escape"),
        ],
    )
    def test_keys_with_modifiers_as_xterm_sends_them(self, sent: str, key: str) -> None:
        assert read(sent) == [key]
        for cut in range(3, len(sent)):
            assert read(sent[:cut], WHILE, sent[cut:]) == [key]

    def test_what_vs_code_sends_is_one_new_line(self) -> None:
        assert read("\\\r\n") == ["shift+enter"]
        assert read("a\\\r\n") == ["a", "shift+enter"]
        assert read("a\\\r\nb\\\r\nc\r") == ["a", "shift+enter", "b", "shift+enter", "c", "enter"]
        for pieces in (["\\", "\r\n"], ["\\\r", "\n"], ["\\", "\r", "\n"]):
            assert read(*[part for piece in pieces for part in (piece, 0.01)]) == ["backslash", "enter"]

    def test_an_enter_that_is_two_characters_is_one(self) -> None:
        assert read("\r\n") == ["enter"]
        assert read("hi\r\n") == ["h", "i", "enter"]
        assert read("\r", 0.2, "\n") == ["enter", "ctrl+j"]

    def test_behind_a_closing_bracket_it_is_text(self) -> None:
        (evil, rest) = read("\x1b[200~evil\x1b[201~\x1b[27;1;13~\x1b[201~")
        assert (evil, rest) == (("paste", "evil"), ("paste", "␛[27;1;13~"))


KEYPAD = dict(enumerate("0123456789./*-+", 57399)) | {57415: "=", 57416: ","}


class TestKeypad:
    @pytest.mark.parametrize(("number", "character"), KEYPAD.items())
    @pytest.mark.parametrize("form", ["{0}u", "{0};129u", "{0};;{1}u", "{0};1;{1}u", "{0};65u"])
    def test_what_stands_on_it_is_typed(self, number: int, character: str, form: str) -> None:
        (key,) = new_input().feed(f"\x1b[{form.format(number, ord(character))}", 0)
        assert isinstance(key, events.Key)
        assert key.character == character
        assert [key.key] == read(character)

    def test_what_its_layout_types_counts(self) -> None:
        (key,) = new_input().feed("\x1b[57409;;44u", 0)
        assert isinstance(key, events.Key)
        assert key.character == ","

    @pytest.mark.parametrize(
        ("sent", "key"),
        [
            ("57414u", "enter"), ("57414;129u", "enter"), ("57417u", "left"), ("57418u", "right"),
            ("57419u", "up"), ("57420u", "down"), ("57421u", "pageup"), ("57422u", "pagedown"),
            ("57423u", "home"), ("57424u", "end"), ("57425u", "insert"), ("57426u", "delete"),
            ("57413;5u", "ctrl+plus"), ("57400;3u", "alt+1"), ("57417;5u", "ctrl+left"),
        ],
    )  # fmt: skip
    def test_what_it_does_is_done(self, sent: str, key: str) -> None:
        assert read(f"\x1b[{sent}") == [key]


ASKED = DISAMBIGUATE | ALL_KEYS | TEXT | ALTERNATE_KEYS
MICE = ["\x1b[<64;20;5M", "\x1b[<35;120;45M", "\x1b[<0;3;4m", "\x1b[I", "\x1b[O"]
PRESSED = [
    "a",
    "й",
    "Ж",
    "7",
    ",",
    "enter",
    "up",
    "ctrl+right",
    "alt+к",
    "ctrl+c",
    "f5",
    "delete",
    "shift+tab",
]


@pytest.mark.parametrize("seed", range(60))
def test_torn_at_random_what_is_typed_arrives_and_nothing_else(seed: int) -> None:
    tear(seed)


@pytest.mark.slow
def test_torn_at_random_many_times() -> None:
    for seed in range(100, 20_000):
        tear(seed)


def tear(seed: int) -> None:
    """Keys, replies and the mouse mixed at random, and torn over a slow link."""
    chance = random.Random(seed)
    flags = chance.choice([0, ASKED])
    sent: list[str] = []
    expected: list[str | tuple[str, str]] = []
    for _ in range(chance.randint(5, 25)):
        kind = chance.random()
        if kind < 0.55:
            keys = encode(chance.choice(PRESSED), flags).decode()
            expected += read(keys)
        elif kind < 0.6:
            keys = "\x1b[200~two\rlines\x1b[201~"
            expected.append(("paste", "two\nlines"))
        else:
            keys = chance.choice(REPLIES + MICE)
        sent.append(keys)
    parts: list[str | float] = []
    for keys in sent:
        parts += [*pieces(keys, chance), chance.uniform(0.06, 0.3)]
    assert read(*parts, delay=0.11) == expected, (seed, parts)


def pieces(keys: str, chance: random.Random) -> Sequence[str | float]:
    """`keys`, torn in up to four pieces: behind an ESC for less than the link's delay, else for long.

    A string of a kind that no terminal sends is torn for a short time alone: hands could type such a piece.
    """
    sent = keys[:2] not in ("\x1b^", "\x1bX") and not keys.startswith("\x1b_a")
    cuts = sorted({0, len(keys), *(chance.randrange(len(keys) + 1) for _ in range(chance.randrange(4)))})
    parts: list[str | float] = []
    for start, end in pairwise(cuts):
        begun = keys[max(0, keys.rfind("\x1b", 0, end)) : end]
        known = sent and len(begun) > 2
        parts += [keys[start:end], chance.uniform(0, STRING_GOES_ON / 2 if known else 0.02)]
    return parts
