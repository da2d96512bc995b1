"""Emphasis beside punctuation, in scripts with blanks and without; and what is none, in code above all."""

from __future__ import annotations

import random
import time

import pytest

from neurotui.markdown import layout, parse
from neurotui.markdown.parser import parser


def marked(source: str) -> str:
    """The text of `source`, each piece that is emphasised in braces."""
    spans = [span for line in layout.lines(parse(source), 200) for span in line.spans]
    return "".join(f"{{{span.text}}}" if span.style else span.text for span in spans)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("**Важно:**текст", "{Важно:}текст"),
        ("**«Слово»**и", "{«Слово»}и"),
        ("*«х»*у", "{«х»}у"),
        ("и**«Слово»**и, и*«х»*и", "и{«Слово»}и, и{«х»}и"),
        ("и**(важно)**и", "и{(важно)}и"),
        ("__Важно:__текст и__«Слово»__и", "{Важно:}текст и{«Слово»}и"),
        ("***Важно:***текст", "{Важно:}текст"),
        ("~~«старое»~~новое", "{«старое»}новое"),
        ("**重要：**文 中文**（x）**中文 **「x」**は", "{重要：}文 中文{（x）}中文 {「x」}は"),
        ("中文**「y」**中文**（x）**中文", "中文{「y」}中文{（x）}中文"),
        ("**Итого:**100, **50%**ный, **C++**и, **5€**это", "{Итого:}100, {50%}ный, {C++}и, {5€}это"),
        ("**Да,**сказал он, **веб-**сайт", "{Да,}сказал он, {веб-}сайт"),
        ("**`код`**и, и**`код`**и", "{код}и, и{код}и"),
        ("**A:**b, **c:**d, **Note.**Text", "{A:}b, {c:}d, {Note.}Text"),
        ("**Готово ✅**текст, и**✅ готово**", "{Готово ✅}текст, и{✅ готово}"),
        ("**«А»**и**«Б»**и **«В»**", "{«А»}и{«Б»}и {«В»}"),
        ("**Важно: *вот*.**Текст", "{Важно: }{вот}{.}Текст"),
        ("**Важно:**текст и **ещё**, *курсив*", "{Важно:}текст и {ещё}, {курсив}"),
        ("«а»**жирно**, слово:**жирно**", "«а»{жирно}, слово:{жирно}"),
        ("(**жирно**), «**жирно**»", "({жирно}), «{жирно}»"),
        ('*а "*б*" в*, **а «*б*» в**', '{а "}{б}{" в}, {а «}{б}{» в}'),
    ],
)  # fmt: skip
def test_emphasis_beside_punctuation(source: str, shown: str) -> None:
    assert marked(source) == shown


@pytest.mark.parametrize(
    "source",
    [
        "2*3*4, 2**3, 5*3 = 15",
        "snake_case_name, f(_a)_b, _(x)_y",
        "** unclosed: **text",
        "f(*args, **kwargs), f(*a,*b), f(**a,**b), {**a,**b}",
        "2*(a+b)*3",
        "цена*(кол-во)*скидка",
        "2**(a+b)**3",
        "foo.*bar.*baz, *.py, *.js",
        'a*"b"*c, "*a"*b, [*a]*b',
        "слово**(**слово",
        "**never closed:",
    ],
)
def test_what_is_no_emphasis(source: str) -> None:
    assert marked(source) == source


def test_the_pairs_of_the_standard_are_kept() -> None:
    from markdown_it import MarkdownIt

    standard = MarkdownIt("commonmark")
    for source in (
        '*foo "*bar*" foo*, **foo "*bar*" foo**, *(*foo*)*, **foo*bar**, foo***bar***baz, a*"foo"*',
        "**Gomphocarpus (*Gomphocarpus physocarpus*, syn. *Asclepias physocarpa*)**",
        "*foo**bar**baz*, ***foo** bar*, *foo [bar*](https://a.example), __foo, __bar__, baz__",
    ):
        ours, theirs = (each.parseInline(source)[0].children or () for each in (parser(), standard))
        assert [token.type for token in ours] == [token.type for token in theirs]


def test_many_signs_cost_what_they_are_many() -> None:
    def seconds(count: int) -> float:
        source = "".join(random.Random(1).choices(["**", "*", "a:", "«б»", " ", "(", "_", "~~"], k=count))
        start = time.process_time()
        parser().parseInline(source, {"references": {}})
        return time.process_time() - start

    seconds(100)
    short, long = min(seconds(2_000) for _ in range(3)), min(seconds(8_000) for _ in range(3))
    assert long <= 8 * short
