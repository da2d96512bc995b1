from __future__ import annotations

from neurotui.i18n.keyboard import to_cyrillic, to_latin

LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def test_text_typed_on_the_wrong_layout() -> None:
    assert to_latin("/рудз") == "/help"
    assert to_cyrillic("ghbdtn") == "привет"
    assert to_cyrillic("Ghbdtn? vbh!") == "Привет? мир!"


def test_every_letter_has_a_key_and_every_key_its_letter() -> None:
    both_cases = LETTERS + LETTERS.upper()
    assert to_latin(both_cases).isascii()
    assert len(set(to_latin(both_cases))) == len(both_cases)
    assert to_cyrillic(to_latin(both_cases)) == both_cases


def test_what_is_on_both_layouts_stays() -> None:
    assert to_latin("1 + 2 = 3, 100%") == to_cyrillic("1 + 2 = 3") + ", 100%"
