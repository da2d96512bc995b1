"""The gate: what may reach a screen, and what stands in the place of the rest."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.chat.text import Cleaner, clean, clean_line, reveal

BIDI = "\u061c\u200e\u200f" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
OBEYED = [
    chr(code)
    for code in range(0x100)  # Unicode promises that there are no others
    if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\n\t"
] + list(BIDI)
"""Every character that a terminal acts on, or that reorders what is read."""

any_text = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x1b\x9b\r\n\t\0\u2028\u0301\u0489\u200b\u200d\ufe0f\ufe00\U000e0041\U000e0100\ud83d\ude00🏴a "
        ),
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Привет, мир — «ёлка» №1 … ✓",
        "line\nline\ttab",
        "👨‍👩‍👧‍👦 ❤️ 👍🏽 🇷🇺",
        "می‌خواهم",
        "नमस्ते דניאל שָׁלוֹם й",
        "日本語 한국어 葛󠄀",
        "─────┬─────┐ ████ ⠋⠙⠹",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "[/x] [@click=app.quit] \\[b]",
    ],
)
def test_what_people_write_passes_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("a\x00b\x08\x7f", "a␀b␈␡"),
        ("a\r\nb\rc\n\r", "a\nb␍c\n␍"),
        ("a\r\r\nb", "a␍\nb"),
        ("admin\u202egnp.exe", "admin⟨U+202E⟩gnp.exe"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("a\vb\fc\x85d\x1ce", "a␋b␌c⟨U+0085⟩d␜e"),
        ("x" + "".join(chr(0xE0000 + ord(c)) for c in "obey"), "x⟨U+E006F ×4⟩"),
        ("🏴\U000e0067\U000e0062", "🏴⟨U+E0067 ×2⟩"),
        ("😀\U000e0110\U000e0111\U000e0112", "😀⟨U+E0110 ×3⟩"),
        ("a" + "\u200b\u200c\u2060\ufeff" * 5 + "b", "a⟨U+200B ×20⟩b"),
        ("a\u200b\u200bb\u200c", "a\u200b\u200bb\u200c"),
        ("Z" + "\u0301" * 50 + "!", "Z" + "\u0301" * 8 + "!"),
        ("Z" + "\u0301\u200d" * 50, "Z" + "\u0301\u200d" * 4),
        ("\ufff9a\ufffab\ufffb", "⟨U+FFF9⟩a⟨U+FFFA⟩b⟨U+FFFB⟩"),
        ("\ud83d\ude00 \ud83d \ude00", "😀 \ufffd \ufffd"),
    ],
)
def test_the_rest_is_made_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("char", OBEYED, ids=lambda char: f"U+{ord(char):04X}")
def test_nothing_that_a_terminal_obeys_passes(char: str) -> None:
    for shown in (clean(f"a{char}b"), clean_line(f"a{char}b"), reveal(f"a{char}b")):
        assert char not in shown
        assert shown[0] == "a" and shown[-1] == "b" and len(shown) > 2


def test_every_combining_mark_is_counted() -> None:
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] == "M" and not 0xFE00 <= code <= 0xFE0F and code < 0xE0000:
            assert len(clean("o" + chr(code) * 20)) == 9, hex(code)


@settings(deadline=None)
@given(any_text)
def test_cleaning_is_idempotent_and_leaves_nothing_dangerous(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not set(OBEYED) & set(cleaned)
    cleaned.encode()
    assert "\n".join(cleaned.splitlines()) == cleaned.removesuffix("\n"), "all agree on what a line is"


@settings(deadline=None)
@given(any_text, st.integers(1, 40))
def test_a_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert clean_line(line, limit) == line


@settings(deadline=None)
@given(any_text)
def test_the_raw_view_is_safe(text: str) -> None:
    shown = reveal(text)
    assert clean(shown) == shown
    assert not any(unicodedata.category(char)[0] in "CZ" for char in shown if char not in "\n\t ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  a\n\n\tb  ", "a b"),
        ("a\r\nb\x1b[31m", "a b␛[31m"),
        ("gpt-5-mini", "gpt-5-mini"),
        ("x" * 300, "x" * 199 + "…"),
        (" " * 5000 + "x", "…"),
        ("", ""),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert clean_line(text) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a b"),
        ("a  \nb ", "a··\nb·"),
        ("a \r\nb", "a·␍\nb"),
        ("\tx", "→\tx"),
        ("10\xa0кг, 1\u202f284", "10␣кг, 1⟨U+202F⟩284"),
        ("👩\u200d🚀 ❤\ufe0f", "👩⟨U+200D⟩🚀 ❤⟨U+FE0F⟩"),
        ("co\u00adop\u200b\ufeff\u3164", "co⟨U+00AD⟩op⟨U+200B⟩⟨U+FEFF⟩⟨U+3164⟩"),
        ("a\u2028b", "a⟨U+2028⟩\nb"),
        ("\U000e0041\U000e0042", "⟨U+E0041⟩⟨U+E0042⟩"),
        ("Z" + "\u0301" * 10, "Z" + "\u0301" * 8 + "⟨U+0301⟩⟨U+0301⟩"),
        ("\x1b\x9b", "␛⟨U+009B⟩"),
        ("é «ёлка» 日本 ✓", "é «ёлка» 日本 ✓"),
    ],
)
def test_the_raw_view_shows_what_cannot_be_seen(text: str, shown: str) -> None:
    assert reveal(text) == shown


@pytest.mark.parametrize("piece", ["\u0301", "─", " ", "\r", "\x1b", "\U000e0041", "\ufe0e", "שָׁ", "\ud83d"])
@pytest.mark.parametrize("gate", [clean, clean_line, reveal])
def test_cost_is_linear(piece: str, gate: object) -> None:
    assert callable(gate)

    def cost(count: int) -> float:
        text = piece * count + "\x1b"
        started = time.process_time()
        gate(text)
        return time.process_time() - started

    small = min(cost(5_000) for _ in range(4))
    large = min(cost(80_000) for _ in range(2))
    assert large < 64 * small + 0.005, (
        "16 times the text costs not four times its share, let alone its square"
    )


@settings(deadline=None)
@given(text=any_text, data=st.data())
def test_a_text_that_comes_in_pieces_is_cleaned_as_the_whole(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    cleaner = Cleaner()
    shown = [cleaner.feed(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join([*shown, cleaner.flush()]) == clean(text)


CITED = 'Yes\ue200cite\ue202turn0search1\ue202turn2\ue201, says \ue200entity\ue202["firm","Acme",1]\ue201.'


def test_marks_of_citations_are_gone_but_in_the_raw_view() -> None:
    assert clean(CITED) == "Yes, says Acme."
    assert reveal(CITED).count("⟨U+E200⟩") == 2
    assert clean("a\ue200cite\ue202turn0se") == "a", "its end is on the way"
    for icons in ("\ue200 bicycle \ue201", "\ue20a", "\ue201", "a \ue200"):
        assert clean(icons) == icons
    nested = "\ue200a" * 20 + "\ue201" * 20
    assert clean(clean(nested)) == clean(nested)
    assert clean("\ue200a\ue202" * 100_000 + "\nb").endswith("b")


def test_marks_of_citations_are_gone_however_they_are_cut() -> None:
    for size in range(1, len(CITED)):
        cleaner = Cleaner()
        shown = [cleaner.feed(CITED[at : at + size]) for at in range(0, len(CITED), size)]
        assert "".join([*shown, cleaner.flush()]) == "Yes, says Acme."
