"""Colours of code that comes in pieces are those of pygments for the whole."""

from __future__ import annotations

import inspect
import random
import textwrap

import pytest
from pygments.lexer import ExtendedRegexLexer, RegexLexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import _TokenType

from neurotui.markdown import document, highlight
from neurotui.markdown.blocks import Span, Spans
from neurotui.markdown.highlight import Highlighter, language_of, lexer_for, style_of

SOURCES = {
    "python": inspect.getsource(document),
    "c": "/* a\n * comment\n */\nint main(void) {\n  return 0; // end\n}\n" * 20,
    "js": "const x = `a\n${b}\nc`;\n/* long\n comment */ function f() { return /re/; }\n" * 20,
    "yaml": "a:\n  - b: |\n      text\n      more\n  - c: 'x'\n" * 20,
    "html": "<div class='a'>\n<!-- c\nd -->\n<b>x</b></div>\n" * 20,
    "rust": 'fn main() {\n    let s = "a\nb"; /* c\n d */\n}\n' * 20,
    "sql": "SELECT a, 'b' -- c\nFROM t WHERE x = 1;\n" * 20,
    "sh": 'for f in *; do\n  echo "$f" # c\ndone\ncat <<EOF\nx\nEOF\n' * 20,
}


def by_pygments(language: str, lines: list[str]) -> list[list[tuple[str, str]]]:
    """The styled characters of each line, read by the lexer as a whole."""
    lexer = lexer_for(language)
    assert lexer is not None
    styled: list[list[tuple[str, str]]] = [[]]
    for _, kind, value in lexer.get_tokens_unprocessed("\n".join(lines) + "\n"):
        for character in value:
            if character == "\n":
                styled.append([])
            elif not character.isspace():
                styled[-1].append((character, style_of(kind, value)))
    return styled[: len(lines)]


def characters(spans: tuple[Spans, ...]) -> list[list[tuple[str, str]]]:
    return [
        [(character, span.style) for span in line for character in span.text if not character.isspace()]
        for line in spans
    ]


def streamed(language: str, lines: list[str], rng: random.Random) -> tuple[Spans, ...]:
    highlighter = Highlighter(language)
    settled: list[Spans] = []
    at = 0
    while at < len(lines):
        at += rng.randint(1, 9)
        settled += highlighter.settle(lines[len(settled) : at])
    return (*settled, *highlighter.finish(lines[len(settled) :]))


@pytest.mark.parametrize("language", SOURCES)
def test_as_pygments_does_it(language: str) -> None:
    lines = SOURCES[language].split("\n")
    whole = by_pygments(language, lines)
    ours = characters(streamed(language, lines, random.Random(1)))
    same = sum(a == b for a, b in zip(whole, ours, strict=True))
    assert same == len(lines)


@pytest.mark.parametrize("language", [*SOURCES, "nosuchlanguage", "json", "markdown", "console"])
def test_however_it_is_cut(language: str) -> None:
    lines = SOURCES.get(language, "{'a': [1,\n2]}\n$ ls\n# x\n" * 30).split("\n")
    first = streamed(language, lines, random.Random(2))
    assert streamed(language, lines, random.Random(3)) == first
    assert ["".join(span.text for span in line) for line in first] == lines


def test_a_comment_of_any_length_ends() -> None:
    lines = ["/*", *["text"] * 200, "*/ int x;"]
    spans = streamed("c", lines, random.Random(4))
    assert spans[1][0].style == spans[200][0].style == "code-comment"


def test_a_line_that_nobody_reads_is_not_coloured_and_what_follows_is() -> None:
    lines = ["x = 1", "{'a': 1}, " * 1000, *["y = 2"] * 20]
    spans = streamed("python", lines, random.Random(5))
    assert spans[1] == (Span(lines[1], "code-text"),)
    assert any(span.style == "code-number" for span in spans[-1])


@pytest.mark.parametrize(
    ("info", "language"),
    [("python", "python"), ("Python title=x", "python"), ("{.rust}", "rust"), ("language-js", "js"),
     ("py:main.py", "py"), ("", ""), (" ", ""), ("c++", "c++")],
)  # fmt: skip
def test_languages_are_named_in_many_ways(info: str, language: str) -> None:
    assert language_of(info) == language


@pytest.mark.slow
def test_lexers_with_callbacks_of_their_own_are_known() -> None:
    """Those of pygments' lexers that the loop of `ExtendedRegexLexer` cannot drive."""
    own = set()
    for _, aliases, _, _ in get_all_lexers(plugins=False):
        lexer = get_lexer_by_name(aliases[0]) if aliases else None
        if not isinstance(lexer, RegexLexer) or isinstance(lexer, ExtendedRegexLexer):
            continue
        actions = [action for rules in vars(type(lexer))["_tokens"].values() for _, action, _ in rules]
        for action in actions:
            if callable(action) and not isinstance(action, _TokenType):
                parameters = inspect.signature(action).parameters.values()
                if sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters) < 3:
                    own.add(type(lexer).__name__)
    assert own <= highlight._OWN_CALLBACKS


def test_a_lexer_that_fails_leaves_the_code_plain() -> None:
    """BibTeX's does at a brace that closes what was not opened."""
    lines = ["@x", "}"] * 20
    spans = streamed("bibtex", lines, random.Random(5))
    assert ["".join(span.text for span in line) for line in spans] == lines


def test_pygments_keeps_its_place_outside() -> None:
    """The part of `ExtendedRegexLexer` that `Highlighter` goes on with."""
    source = textwrap.dedent(inspect.getsource(ExtendedRegexLexer.get_tokens_unprocessed))
    assert "ctx.stack" in source
    assert "ctx.pos" in source


@pytest.mark.parametrize("language", [*SOURCES, "nosuchlanguage", "json", "markdown", "console"])
def test_a_preview_looks_like_the_end(language: str) -> None:
    text = SOURCES.get(language, SOURCES["python"])[:1500]
    chance, at, previewer = random.Random(2), 0, Highlighter(language)
    while at < len(text):
        line_end = text.find("\n", at) + 1 or len(text)
        at = min(at + chance.randint(1, 40), line_end)
        shown = previewer.preview(text[:at].split("\n"))
        if at == line_end:  # until then, a line may look as if it stood after the others alone
            wanted = Highlighter(language).finish(text[:at].split("\n"))
            assert characters(shown) == characters(wanted), at


def test_a_preview_reads_the_lines_before_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    tokens = Highlighter._tokens

    def counted(
        self: Highlighter, text: str, begin: list[str]
    ) -> list[tuple[str, str, list[str] | None]] | None:
        read.append(text.count("\n"))
        return tokens(self, text, begin)

    monkeypatch.setattr(Highlighter, "_tokens", counted)
    before, line, previewer = ["value = compute(1)"] * 7, "other = compute(2)", Highlighter("python")
    for end in range(len(line)):
        previewer.preview([*before, line[:end]])
    assert read == [8, *[1] * (len(line) - 1)]
    previewer.preview([*before, line, ""])
    previewer.preview(["another", *before])
    assert previewer.preview([]) == Highlighter("python").finish([])
    assert read[-4:-2] == [9, 8]
