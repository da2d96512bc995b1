"""LaTeX as Unicode."""

from __future__ import annotations

import random

import pytest

from neurotui.markdown import layout, parse
from neurotui.markdown.formulas import block_formula, inline_formula


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"E = mc^2", "E = mc²"),
        (r"\frac{-b \pm \sqrt{b^2-4ac}}{2a}", "(−b ± √(b²−4ac))/(2a)"),
        (r"\sum_{i=1}^{n} i", "∑ᵢ₌₁ⁿ i"),
        (r"\int_0^\infty e^{-x^2}\,dx", "∫₀^∞e^(−x²) dx"),
        (r"\lim_{x \to 0} \frac{\sin x}{x} = 1", "lim_(x→0) (sin x)/x = 1"),
        (r"\vec{F} = m\vec{a}", "F⃗ = ma⃗"),
        (r"\text{скорость} = \frac{s}{t}", "скорость = s/t"),
        (r"a \in \{1, 2\}", "a ∈ {1, 2}"),
        (r"\mathbb{R}^n", "ℝⁿ"),
        (r"90^\circ", "90°"),
        (r"\sqrt[3]{8}", "∛8"),
        (r"\frac{1}{2}", "½"),
        (r"f'(x)", "f′(x)"),
    ],
)
def test_a_formula_is_readable(source: str, text: str) -> None:
    assert inline_formula(source) == text


@pytest.mark.parametrize(
    "source", [r"\unknown{x}", "x^{", "}", r"\frac{1}", "{" * 5000, r"\hat" * 5000, "a & b"]
)
def test_what_cannot_be_written_stays(source: str) -> None:
    assert inline_formula(source) == source


def test_matrices_and_systems_stand_in_rows() -> None:
    assert block_formula(r"A = \begin{pmatrix} 1 & 2 \\ 3 & 40 \end{pmatrix}") == (
        "A = ⎛ 1  2  ⎞",
        "    ⎝ 3  40 ⎠",
    )
    assert block_formula(r"\begin{aligned} a &= b \\ c &= d \end{aligned}") == ("a = b", "c = d")
    assert len(block_formula(r"f = \begin{cases} 1 & x > 0 \\ 0 & x = 0 \\ -1 & x < 0 \end{cases}")) == 3


def test_anything_at_all_is_some_text() -> None:
    parts = [r"\frac", "{", "}", "^", "_", "x", r"\sqrt", "[", "]", "&", r"\\", r"\begin{cases}", "я",
             r"\end{cases}", r"\alpha", " ", r"\left", r"\text", r"\hat", "\\", "\n"]  # fmt: skip
    rng = random.Random(1)
    for _ in range(3000):
        source = "".join(rng.choices(parts, k=rng.randint(0, 14)))
        inline_formula(source)
        block_formula(source)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"Is $x^2$, \(y_1\)", ["Is x², y₁"]),
        ("$$\nx^2\n$$", ["  x²"]),
        ("\\[\nx^2\n\\]", ["  x²"]),
        ("$$ x^2 $$", ["  x²"]),
        ("It costs $5 and $10.", ["It costs $5 and $10."]),
        ("$PATH and $HOME", ["$PATH and $HOME"]),
        ("$HOME/$USER:$HOST", ["$HOME/$USER:$HOST"]),
        ("It costs $30,000, and `$HOME` too.", ["It costs $30,000, and $HOME too."]),
        ("От $5 млн до 7$.", ["От $5 млн до 7$."]),
        ("Now $20 (roughly), then 30$.", ["Now $20 (roughly), then 30$."]),
        (r"$2ab$, $5 \text{ метров}$, $0 < x < 1$ and the $n$th", ["2ab, 5 метров, 0 < x < 1 and the nth"]),
        (r"\$x\$", ["$x$"]),
        ("a $ b $ c", ["a $ b $ c"]),
    ],
)
def test_formulas_in_a_text(source: str, shown: list[str]) -> None:
    assert [line.text for line in layout.lines(parse(source), 60)] == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"call f\(x\)", "call f(x)"),
        (r"arr\[0\] = 1, arr\[i+1\] = f\(x^2\)", "arr[0] = 1, arr[i+1] = f(x^2)"),
        (r"Функция \(см. раздел 2\), \(и так далее\)", "Функция (см. раздел 2), (и так далее)"),
        (r"\(API\), \(see above\), \(x, y\), \(key=value\)", "(API), (see above), (x, y), (key=value)"),
        (r"\(2020-2024\), \(+7 495\), \(5\)", "(2020-2024), (+7 495), (5)"),
        (r"\[1\] и [\[2\]](https://a.example), \[TODO\]", "[1] и [2] (https://a.example), [TODO]"),
        (r"**f\(x\)** [g\(x\)](https://a.example)", "f(x) g(x) (https://a.example)"),
        (r"grep \(foo\|bar\) \(\d+\) s/\(.*\)/ \[a-z\]", r"grep (foo|bar) (\d+) s/(.*)/ [a-z]"),
        (r"\\(x\\)", r"\(x\)"),
        (r"\(x^2 never closed", "(x^2 never closed"),
        (r"f\(\), \[\]", "f(), []"),
        (r"\[x\]", "[x]"),
        (r"- \[ \] to do", "• [ ] to do"),
        ("\\[\n\"a\", \"b\"\n\\]", "[\n\"a\", \"b\"\n]"),
        ("$$\nnever closed", "$$\nnever closed"),
        ("$a==$b", "$a==$b"),
        ("$FOO$BAR $FOO$_BAR", "$FOO$BAR $FOO$_BAR"),
        ("US$100 and US$200, $5-$10", "US$100 and US$200, $5-$10"),
        ('[ "$a" == "$b" ] && cp "$dir"/"$file" $a$b', '[ "$a" == "$b" ] && cp "$dir"/"$file" $a$b'),
        ("${x} and ${y}, ${a}-${b}, $(cat a)-$(cat b)", "${x} and ${y}, ${a}-${b}, $(cat a)-$(cat b)"),
        ("for($i=0;$i<9;$i++) f($a,$b); $c->a.$d->b", "for($i=0;$i<9;$i++) f($a,$b); $c->a.$d->b"),
        ("echo $$ and kill $$", "echo $$ and kill $$"),
        ("(foo)$|(bar)$", "(foo)$|(bar)$"),
    ],
)  # fmt: skip
def test_what_is_no_formula_shows_its_signs(source: str, shown: str) -> None:
    assert "\n".join(line.text for line in layout.lines(parse(source), 100)) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\(x^2\), \(a\) и \(y_1\), f(\(x\))", "x², a и y₁, f(x)"),
        (r"\(S = v \cdot t\), \(\alpha\), \(2 + 2 = 4\), \(x < 5\)", "S = v ·t, α, 2 + 2 = 4, x < 5"),
        (r"\(f(x)\), \(P(A|B)\), \(-x\), \( ABC \), \( 5 \)", "f(x), P(A|B), −x, ABC, 5"),
        (r"设\(x^2\)是, 其中$x$是", "设x²是, 其中x是"),
        (r"\[x^2 = 1\]", "  x² = 1"),
        (r"\[ 42 \]", "  42"),
        ("\\[\nСкорость = Путь / Время\n\\]", "  Скорость = Путь / Время"),
        ("\\[\nx^2\n\nnext", "  x²\n\nnext"),
        ("$|x|$, $(2; 3)$, $a+b$, $x=5$", "|x|, (2; 3), a+b, x = 5"),
        (r"the $n$th, $k$-я, $\alpha$s, ($x$)", "the nth, k-я, αs, (x)"),
        (r"$f = \text{два слова}$", "f = два слова"),
        ("$$ABC$$", "  ABC"),
    ],
)  # fmt: skip
def test_what_is_a_formula_stays_one(source: str, shown: str) -> None:
    assert "\n".join(line.text for line in layout.lines(parse(source), 100)) == shown
