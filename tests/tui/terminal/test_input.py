from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from neurotui.tui.compat.key_parser import KeyParser
from neurotui.tui.terminal.input import (
    BURST,
    BURST_GOES_ON,
    LONG_BURST,
    SEQUENCE_SILENCE,
    TerminalInput,
    on_base_layout,
)
from tests.keyboard import ALL_KEYS, ALTERNATE_KEYS, DISAMBIGUATE, TEXT, encode
from tests.tui.terminal.inputs import both_ways, new_input

__all__ = ["both_ways"]

ASKED = DISAMBIGUATE | ALL_KEYS | TEXT | ALTERNATE_KEYS
DELAY = 0.01


def told(messages: list[Message]) -> list[str | tuple[str, str]]:
    """Keys by name, pastes as `("paste", text)`, anything else by the name of its class."""
    return [
        message.key
        if isinstance(message, events.Key)
        else ("paste", message.text)
        if isinstance(message, events.Paste)
        else type(message).__name__
        for message in messages
    ]


def read(*chunks: str, now: float = 0.0) -> list[str | tuple[str, str]]:
    """What comes of `chunks`, read one after the other without a pause, and then silence."""
    terminal_input = new_input()
    messages = [message for chunk in chunks for message in terminal_input.feed(chunk, now)]
    return told([*messages, *terminal_input.end_wait()])


class TestEscape:
    def test_only_a_lone_escape_waits_for_the_delay(self) -> None:
        terminal_input = new_input()
        assert terminal_input.wait(DELAY) is None
        assert not list(terminal_input.feed("\x1b", 0))
        assert terminal_input.wait(DELAY) == DELAY
        assert told([*terminal_input.end_wait()]) == ["escape"]
        assert terminal_input.wait(DELAY) is None

    @pytest.mark.parametrize("begun", ["\x1b[", "\x1bO", "\x1b[1;5", "\x1b[20", "\x1b[200"])
    def test_a_sequence_that_has_begun_waits_longer(self, begun: str) -> None:
        terminal_input = new_input()
        assert not list(terminal_input.feed(begun, 0))
        assert terminal_input.wait(DELAY) == SEQUENCE_SILENCE

    def test_a_split_arrow_is_no_escape(self) -> None:
        assert read("\x1b", "[A") == ["up"]
        assert read("\x1b[", "1;5", "C") == ["ctrl+right"]

    def test_of_two_escapes_the_first_is_known_at_once(self) -> None:
        terminal_input = new_input()
        assert told([*terminal_input.feed("\x1b\x1b", 0)]) == ["escape"]
        assert told([*terminal_input.end_wait()]) == ["escape"]

    def test_alt_with_a_letter_is_known_at_once(self) -> None:
        for text, key in (("\x1br", "alt+r"), ("\x1bк", "alt+к"), ("\x1bR", "alt+shift+r")):
            terminal_input = new_input()
            assert told([*terminal_input.feed(text, 0)]) == [key]
            assert terminal_input.wait(DELAY) is None

    def test_alt_with_an_arrow_is_no_escape_where_it_comes_with_two(self) -> None:
        assert read("\x1b\x1b[A") == ["alt+up"]
        assert read("\x1b\x1bOD") == ["alt+left"]

    def test_silence_that_ends_nothing_does_nothing(self) -> None:
        terminal_input = new_input()
        assert not list(terminal_input.end_wait())
        assert told([*terminal_input.feed("a", 0), *terminal_input.end_wait()]) == ["a"]
        assert told([*terminal_input.feed("b", 0)]) == ["b"]


class TestReplies:
    @pytest.mark.parametrize("begun", ["\x1b]11;", "\x1bP>|", "\x1b^"])
    def test_megabytes_without_an_end_are_no_text_and_let_type_again(self, begun: str) -> None:
        terminal_input, at = new_input(), 0.0
        assert not told([*terminal_input.feed(begun, at)])
        for _ in range(50):
            at += 0.01
            assert not told([*terminal_input.feed("x" * (1 << 16), at)])
        assert not told([*terminal_input.end_wait()])
        assert told([*terminal_input.feed("t", at + 1.1), *terminal_input.end_wait()]) == ["t"]


class TestBracketedPaste:
    @pytest.mark.parametrize(
        ("pasted", "text"),
        [
            ("", ""),
            ("hello", "hello"),
            ("one\rtwo\r\nthree\n", "one\ntwo\nthree\n"),
            ("evil\x1b[A\x1b\r\x1b[13u\x03\x11\r", "evil␛[A␛\n␛[13u␃␑\n"),
            ("\x1b]52;c;AAAA\x07 \x9b31m \x7f\x00", "␛]52;c;AAAA␇ \N{REPLACEMENT CHARACTER}31m ␡␀"),
            ("\x1b[200~ again", "␛[200~ again"),
            ("tab\tstays", "tab\tstays"),
        ],
    )
    def test_everything_between_the_brackets_is_one_text(self, pasted: str, text: str) -> None:
        whole = f"a\x1b[200~{pasted}\x1b[201~b"
        expected = ["a", ("paste", text), "b"]
        assert read(whole) == expected
        assert read(*whole) == expected
        for cut in range(1, len(whole)):
            assert read(whole[:cut], whole[cut:]) == expected

    def test_an_escape_within_starts_no_wait(self) -> None:
        terminal_input = new_input()
        assert not list(terminal_input.feed("\x1b[200~evil\x1b", 0))
        assert terminal_input.wait(DELAY) is None
        assert told([*terminal_input.feed("\r\x1b[201~", 0)]) == [("paste", "evil␛\n")]

    @given(st.text(), st.lists(st.integers(min_value=0), max_size=8))
    def test_no_text_and_no_cut_makes_a_key_of_it(self, text: str, cuts: list[int]) -> None:
        text = text.replace("\x1b[201~", "")
        whole = f"\x1b[200~{text}\x1b[201~"
        places = [0, *sorted(cut % len(whole) for cut in cuts), len(whole)]
        (paste,) = read(*(whole[start:end] for start, end in pairwise(places)))
        assert isinstance(paste, tuple)
        assert paste[0] == "paste"
        assert paste[1].isprintable() or not set("\x1b\x07\r\x9b") & set(paste[1])

    def test_a_closing_bracket_within_lets_nothing_out(self) -> None:
        for hidden in ("\r", "\rmore\r", "x\x03\x11\r", "\x1b[13u", "\r\x1b[201~\r", "\x1b[13;1u\r"):
            (evil, rest) = read(f"\x1b[200~evil\x1b[201~{hidden}\x1b[201~")
            assert evil == ("paste", "evil")
            assert rest[0] == "paste"

    @given(st.text("ab\r"), st.text("ab\r\x03", min_size=1), st.lists(st.integers(min_value=0), max_size=8))
    def test_no_cut_lets_a_return_out(self, text: str, hidden: str, cuts: list[int]) -> None:
        whole = f"\x1b[200~{text}\x1b[201~{hidden}\x1b[201~"
        places = [0, *sorted(cut % len(whole) for cut in cuts), len(whole)]
        assert "enter" not in read(*(whole[start:end] for start, end in pairwise(places)))

    def test_a_return_behind_it_is_a_key_once_nothing_follows(self) -> None:
        terminal_input = new_input()
        assert told([*terminal_input.feed("\x1b[200~hello\x1b[201~\r", 0)]) == [("paste", "hello")]
        assert terminal_input.wait(DELAY) == SEQUENCE_SILENCE
        assert told([*terminal_input.end_wait()]) == ["enter"]
        assert told([*terminal_input.feed("\r", BURST_GOES_ON)]) == ["enter"]

    def test_a_mouse_that_moves_meanwhile_is_a_mouse(self) -> None:
        assert read("\x1b[200~hello\x1b[201~\x1b[<35;1;1M") == [("paste", "hello"), "MouseMove"]

    @pytest.mark.compat
    def test_megabytes_are_quick(self) -> None:
        line = "Съешь же ещё этих мягких французских булок, да выпей чаю.\r"
        text = line * 90_000
        chunks = [
            f"\x1b[200~{text}\x1b[201~"[start : start + 4096] for start in range(0, len(text) + 12, 4096)
        ]
        start = time.process_time()
        terminal_input = TerminalInput(KeyParser())
        (paste,) = told([message for chunk in chunks for message in terminal_input.feed(chunk, 0.0)])
        assert time.process_time() - start < 1.0  # Textual's parser takes 5 s.
        assert paste == ("paste", text.replace("\r", "\n"))


class TestPasteWithoutBrackets:
    def test_typed_text_ends_with_enter(self) -> None:
        assert read("hi\r") == ["h", "i", "enter"]
        assert read("\r") == ["enter"]
        assert read("\r\r") == ["enter", "enter"]
        assert read("hi\r\x11") == ["h", "i", "enter", "ctrl+q"]
        assert read("hi", "\r") == ["h", "i", "enter"]

    def test_text_behind_a_return_makes_a_paste(self) -> None:
        assert read("rm\rls\r") == [("paste", "rm\nls\n")]
        assert read("\rls") == [("paste", "\nls")]

    @pytest.mark.parametrize(
        ("beside", "message"), [("\x1b]11;rgb:0/0/0\x1b\\", []), ("\x1b[<35;20;5M", ["MouseMove"])]
    )
    def test_what_comes_in_the_same_read_lets_nothing_out(self, beside: str, message: list[str]) -> None:
        assert read(f"{beside}rm\rls\r") == [*message, ("paste", "rm\nls\n")]
        assert read(f"rm\rls\r{beside}") == [("paste", "rm\nls\n"), *message]

    def test_a_reply_in_the_midst_of_it_lets_nothing_out(self) -> None:
        assert read("rm\r\x1b[?62;22cls\r") == [("paste", "rm\nls\n")]

    def test_more_than_hands_can_type_is_a_paste_and_the_return_behind_it_enter(self) -> None:
        text = "x" * BURST
        assert read(text) == [("paste", text)]
        assert read(text + "\r") == [("paste", text), "enter"]
        assert read(text[1:]) == ["x"] * (BURST - 1)

    @pytest.mark.parametrize("first", ["one\rtwo", "x" * LONG_BURST])
    def test_a_paste_goes_on_in_the_next_read(self, first: str) -> None:
        pasted = first.replace("\r", "\n")
        assert read(first, "end\r") == [("paste", pasted), ("paste", "end\n")]
        terminal_input = new_input()
        first_messages = [*terminal_input.feed(first, 7.0)]
        later = [*terminal_input.feed("\r", 7.0 + 2 * BURST_GOES_ON)]
        assert told([*first_messages, *later]) == [("paste", pasted), "enter"]

    def test_keys_of_the_kitty_protocol_are_never_a_paste(self) -> None:
        typed = b"".join(encode(key, ASKED) for key in ("h", "enter", "i", "enter")).decode()
        assert read(typed) == ["h", "enter", "i", "enter"]


class TestKeys:
    @pytest.mark.parametrize(
        ("pressed", "key"),
        [
            ("ctrl+с", "ctrl+c"),
            ("ctrl+й", "ctrl+q"),
            ("ctrl+ъ", "ctrl+right_square_bracket"),
            ("ctrl+shift+с", "ctrl+shift+c"),
            ("alt+к", "alt+r"),
            ("alt+shift+к", "alt+shift+r"),
            ("ctrl+c", "ctrl+c"),
            ("й", "й"),
            ("Й", "Й"),
            ("a", "a"),
            ("A", "A"),
            ("enter", "enter"),
            ("shift+enter", "shift+enter"),
            ("escape", "escape"),
        ],
    )
    def test_a_key_with_ctrl_or_alt_is_known_by_its_place(self, pressed: str, key: str) -> None:
        assert read(encode(pressed, ASKED).decode()) == [key]

    def test_shift_and_tab_are_one_key_in_a_plain_terminal(self) -> None:
        assert read(encode("shift+tab").decode()) == ["shift+tab"]

    def test_the_letter_is_what_was_typed(self) -> None:
        (key,) = new_input().feed(encode("Ы", ASKED).decode(), 0)
        assert isinstance(key, events.Key)
        assert key.character == "Ы"

    @pytest.mark.parametrize(
        ("sent", "taken"),
        [
            ("\x1b[1089::99;5u", "\x1b[99;5u"),
            ("\x1b[1089::99;69u", "\x1b[99;69u"),
            ("\x1b[1089::99u", "\x1b[1089u"),
            ("\x1b[1089:1057:99;2;1057u", "\x1b[1089;2;1057u"),
            ("\x1b[1089::99;65;1089u", "\x1b[1089;65;1089u"),
            ("\x1b[99::106;5u", "\x1b[99;5u"),  # C on a Dvorak keyboard lies where J is.
            ("\x1b[97:65;2;65u", "\x1b[97;2;65u"),
            ("\x1b[97;5u", "\x1b[97;5u"),
            ("\x1b[A", "\x1b[A"),
        ],
    )
    def test_the_base_layout_counts_only_with_a_modifier_and_beyond_latin(
        self, sent: str, taken: str
    ) -> None:
        assert on_base_layout(sent) == taken

    @given(
        st.lists(
            st.text(alphabet="\x1b[]O?<>;:0123456789~uABMmRtyIc$\rаz\x00")
            | st.from_regex(r"\x1b\[[<?]?[0-9:;]{0,14}[uMmtyRABPS~]", fullmatch=True),
            max_size=6,
        )
    )
    def test_nothing_that_a_terminal_sends_raises(self, chunks: list[str]) -> None:
        terminal_input = new_input()
        for chunk in chunks:
            list(terminal_input.feed(chunk, 0))
            list(terminal_input.end_wait())

    def test_a_number_that_is_no_character_is_no_key(self) -> None:
        assert read("\x1b[1114112u", "\x1b[A")[-1] == "up"


def test_the_mouse_works_in_a_terminal_that_does_not_know_its_pixels() -> None:
    terminal_input = new_input()
    *resizes, press = terminal_input.feed("\x1b[48;24;80;0;0t\x1b[<0;3;2M", 0)
    assert all(isinstance(resize, events.Resize) for resize in resizes)
    assert isinstance(press, events.MouseDown)
    assert (press.x, press.y) == (2, 1)
