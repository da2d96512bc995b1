"""The encodings of texts are told by their bytes, and what is no text is refused."""

from __future__ import annotations

import random
import sys
import zlib
from pathlib import Path

import pytest

from neurotui.app.attachments.text_files import decoded

RUSSIAN = (
    "Привет, мир! Как дела?",
    "ПРИВЕТ ВСЕМ",
    "да",
    "ПРОЧТИ ФАЙЛ",
    "def f():\n    # сколько осталось\n    return 5\n",
    "Иванов;Пётр;42\nСидорова;Анна;37\n",
    "Объявление: съезд щёголей в эфире",
    "name,city\nivan,Москва\n",
    "x = 1\n" * 20_000 + "# итого\n",
)


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("text", RUSSIAN, ids=range(len(RUSSIAN)))
def test_russian_encodings_are_told_apart(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == (text, encoding)


def test_signs_of_russian_encodings_do_not_confuse() -> None:
    table = "┌────┬─────┐\n│Имя │ Цена│\n├────┼─────┤\n│Пётр│ 5.00│\n└────┴─────┘\n"
    assert decoded(table.encode("cp866")) == (table, "cp866")
    quoted = "Файл №5 «Отчёт» — итог: 12\xa0345 руб."
    assert decoded(quoted.encode("windows-1251")) == (quoted, "windows-1251")


@pytest.mark.parametrize(
    "text", ["Grüße aus München", "à la carte, déjà vu", "El niño, mañana", "“Quotes” – and a dash", "naïve"]
)
def test_western_text_is_no_russian(text: str) -> None:
    assert decoded(text.encode("cp1252")) == (text, "windows-1252")


@pytest.mark.parametrize("text", ["hello", "Привет, мир 123\r\n"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [(name, name) for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8")]
    + [
        ("utf-16", f"utf-16-{sys.byteorder[0]}e"),
        ("utf-32", f"utf-32-{sys.byteorder[0]}e"),
        ("utf-8-sig", "utf-8"),
    ],
)
def test_unicode_is_told_with_a_mark_and_without(text: str, encoding: str, name: str) -> None:
    assert decoded(text.encode(encoding)) == (text, name)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Καλημέρα κόσμε, τι κάνεις", "cp1253"),
        ("你好，世界，这是一个测试文件", "gbk"),
        ("こんにちは世界", "euc_jp"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) is None


def test_binaries_are_no_texts() -> None:
    made = random.Random(7)
    assert decoded(Path(sys.executable).read_bytes()) is None
    assert decoded(zlib.compress(made.randbytes(5000))) is None
    texts = [data for _ in range(200) if decoded(data := made.randbytes(made.choice((20, 300, 3000))))]
    assert texts == []


def test_a_log_with_escape_sequences_and_a_few_zeros_is_a_text() -> None:
    log = "\x1b[31mошибка\x1b[0m: строка\n" * 200 + "\0\0\n"
    assert decoded(log.encode()) == (log, "utf-8")
