"""LaTeX as MathML: well-formed whatever comes, and the same as what LaTeX draws."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

from neurotui.markdown.formulas import inline_formula
from neurotui.markdown.mathml import displayed_math, inline_math


def outline(source: str, *, displayed: bool = False) -> str:
    """The elements of a formula as nested calls, rows in brackets: `msup(x 2)`."""
    markup = displayed_math(source) if displayed else inline_math(source)
    assert markup is not None
    (formula,) = ElementTree.fromstring(markup)
    return written(formula)


def written(element: ElementTree.Element) -> str:
    inner = " ".join(map(written, element))
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            return element.text or ""
        case "mspace":
            return "~"
        case "mrow":
            return f"[{inner}]"
        case tag:
            return f"{tag}({inner})"


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("E = mc^2", "[E = m msup(c 2)]"),
        ("x^12", "[msup(x 1) 2]"),
        ("x^{12}", "msup(x 12)"),
        ("x_1^2 + x''", "[msubsup(x 1 2) + msup(x ′′)]"),
        (r"\frac{a + b}{2}", "mfrac([a + b] 2)"),
        (r"\frac12", "mfrac(1 2)"),
        (r"\sqrt[3]{8} \sqrt2", "[mroot(8 3) msqrt(2)]"),
        (r"\sum_{i=1}^n i", "[munderover(∑ [i = 1] n) i]"),
        (r"\sum\limits_i", "munder(∑ i)"),
        (r"\int_0^\infty", "msubsup(∫ 0 ∞)"),
        (r"\lim_{x \to 0} f", "[munder(lim [x → 0]) ~ f]"),
        (r"2\sin x", "[2 ~ sin ~ x]"),
        (r"\sin(x)", "[sin ( x )]"),
        (r"\left(\frac{a}{b}\right)^2", "msup([( mfrac(a b) )] 2)"),
        (r"\left. x \right|_0", "msub([x |] 0)"),
        (r"\vec{F} = \hat x", "[mover(F →) = mover(x ^)]"),
        (r"\underbrace{a}_{n}", "munder(munder(a ⏟) n)"),
        (r"\mathbb{R}^n, \mathbf{x}", "[msup(ℝ n) , 𝐱]"),
        (r"\text{if } x < 0", "[if\u00a0 x < 0]"),
        (r"\binom nk", "[( mfrac(n k) )]"),
        (r"a \not= b", "[a ≠ b]"),
        (r"\operatorname*{argmax}_x f", "[munder(argmax x) ~ f]"),
        ("Скорость = Путь / Время", "[Скорость = Путь / Время]"),
        ("x = just a word", "[x = just ~ a ~ word]"),
        ("abcd_1", "[a b c msub(d 1)]"),
        (r"90^\circ", "msup(90 ∘)"),
    ],
)
def test_a_formula_is_drawn_as_latex_draws_it(source: str, drawn: str) -> None:
    assert outline(source) == drawn


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        (
            r"A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
            "[A = [( mtable(mtr(mtd(1) mtd(2)) mtr(mtd(3) mtd(4))) )]]",
        ),
        (
            r"\begin{cases} 1 & x > 0 \\[2pt] 0 \end{cases}",
            "[{ mtable(mtr(mtd(1) mtd([x > 0])) mtr(mtd(0)))]",
        ),
        (
            r"\begin{aligned} a &= b \\ c &= d \\ \end{aligned}",
            "mtable(mtr(mtd(a) mtd([= b])) mtr(mtd(c) mtd([= d])))",
        ),
        (r"a = b \\ c = d", "mtable(mtr(mtd([a = b])) mtr(mtd([c = d])))"),
    ],
)
def test_matrices_and_systems_are_tables(source: str, drawn: str) -> None:
    assert outline(source, displayed=True) == drawn


@pytest.mark.parametrize(
    "source",
    [r"\unknown{x}", "x^{", "}", r"\frac{1}", "{" * 1500, r"\hat" * 400, "a & b", r"\left(x", "x" * 3000],
)
def test_what_cannot_be_drawn_is_told(source: str) -> None:
    assert inline_math(source) is None


def test_what_the_screen_can_read_a_page_can_draw() -> None:
    for source in (
        *(r"\frac{-b \pm \sqrt{b^2-4ac}}{2a}", r"\overset{!}{=}", r"a \equiv b \pmod n", r"\boxed{x}"),
        *(r"\overline{AB} \parallel \Gamma", r"\mathcal{L}\{f\}", r"\dots \quad \ldots"),
    ):
        assert inline_formula(source) != source
        assert inline_math(source) is not None


def test_whatever_comes_is_whole_and_has_no_element_but_those_of_mathml() -> None:
    parts = [
        *(
            r"\frac",
            "{",
            "}",
            "^",
            "_",
            "x",
            r"\sqrt",
            "[",
            "]",
            "&",
            r"\\",
            r"\begin{cases}",
            "я",
            r"\end{cases}",
        ),
        *(
            r"\alpha",
            " ",
            r"\left",
            r"\right",
            "(",
            ")",
            r"\text",
            r"\hat",
            "\\",
            "\n",
            "'",
            r"\not",
            "12",
            "word",
        ),
        *(r"\operatorname", r"\big", r"\mathbf", "<", '"', "<script>", "&lt;", r"\!", r"\pmod", r"\tag"),
    ]
    rng = random.Random(1)
    drawn = 0
    for _ in range(6000):
        source = "".join(rng.choices(parts, k=rng.randint(0, 12)))
        for markup in (inline_math(source), displayed_math(source)):
            if markup is not None:
                drawn += 1
                for element in ElementTree.fromstring(markup).iter():
                    assert element.tag.startswith("m") and "script" not in element.tag
                    if element.tag in ("mfrac", "msup", "msub", "mover", "munder", "mroot"):
                        assert len(element) == 2, source
                    if element.tag in ("msubsup", "munderover"):
                        assert len(element) == 3, source
    assert drawn > 500
