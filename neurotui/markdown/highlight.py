"""Code in colours, line by line: pygments, made to go on where it stopped.

A lexer of pygments reads a text from its beginning. To colour code that streams without reading it again and
again, the loop of `ExtendedRegexLexer` is used, which keeps its place and its stack of states in a context
outside: at the start of a line the context can be kept, and the next lines are read from there. Nearly all
lexers of pygments can be driven that way; the others begin anew with every run of lines.

How many lines are read at a time depends on the lines alone, so that code that streams gets the colours of
code that came whole. A run ends at the start of a line that begins with a token of its own; a comment or a
string that is not closed yet waits for the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from neurotui.markdown.blocks import Span, Spans

if TYPE_CHECKING:
    from pygments.lexer import Lexer

log = logging.getLogger(__name__)

_failed: set[Lexer] = set()

RUN = 8
"""Lines that are read at a time."""
LONGEST_RUN = 256
"""Lines after which a run ends in the midst of a token."""
WIDEST_RUN = 20_000
"""Characters of a run that is coloured; one that has more is no code that a person reads."""
WIDEST_LINE = 1_000
"""Characters of a line that is coloured: one that streams is read again with every frame."""

ALONE = 64
"""Lines that are read at a time by a lexer that cannot go on where it stopped."""

PLAIN = "code-text"
_CLOSING = {"/*": "*/", "<!": "-->"}
_CLOSED = {"code-comment", "code-string"}

_WORDS = (
    ("Comment.Preproc", "code-keyword"),
    ("Comment", "code-comment"),
    ("Keyword.Constant", "code-number"),
    ("Keyword", "code-keyword"),
    ("Operator.Word", "code-keyword"),
    ("Literal.String", "code-string"),
    ("Literal.Number", "code-number"),
    ("Name.Function", "code-name"),
    ("Name.Class", "code-name"),
    ("Name.Decorator", "code-name"),
    ("Name.Tag", "code-keyword"),
    ("Name.Attribute", "code-name"),
    ("Name.Builtin", "code-name"),
    ("Name.Exception", "code-name"),
    ("Generic.Inserted", "code-added"),
    ("Generic.Deleted", "code-removed"),
    ("Generic.Heading", "code-name"),
    ("Generic.Subheading", "code-keyword"),
    ("Generic.Prompt", "code-comment"),
)
"""Kinds of tokens to styles; the first that fits."""


class Highlighter:
    """The colours of one block of code, whose lines come in order."""

    def __init__(self, info: str) -> None:
        self.info = info
        """The line of the opening fence."""
        self._lexer = lexer_for(language_of(info))
        self._goes_on = self._lexer is not None and _goes_on(self._lexer)
        self._step = RUN if self._goes_on else ALONE
        self._run = self._step
        self._stack: list[str] = ["root"]
        self._seen: list[str] | None = None  # the lines before the last one, as `preview` saw them
        self._seen_spans: list[Spans] = []  # what it need not read again, and the states to go on with
        self._seen_stack = self._stack

    def settle(self, lines: Sequence[str]) -> tuple[Spans, ...]:
        """Colours as many of the `lines` as no later line changes; those are not to be given again."""
        settled: list[Spans] = []
        while len(lines) - len(settled) >= self._run:
            rest = lines[len(settled) : len(settled) + self._run]
            spans, places = self._read(rest, self._stack)
            ends = [index for index in places if 0 < index < len(rest)]
            if self._goes_on and not ends and self._run < LONGEST_RUN:
                self._run += self._step
                continue
            end = ends[-1] if ends else len(rest)
            self._stack = places.get(end, self._stack)
            self._run = len(rest) - end + self._step
            settled += spans[:end]
            self._seen = None
        return tuple(settled)

    def preview(self, lines: Sequence[str]) -> tuple[Spans, ...]:
        """Colours what is left as `finish`, for a picture: while a line grows, it alone is read again."""
        before = list(lines[:-1])
        if before != self._seen:
            spans, places = self._read(lines, self._stack)
            begun = max((index for index in places if index < len(lines)), default=0)
            self._seen, self._seen_spans = before, spans[:begun]
            self._seen_stack = places.get(begun, self._stack)
            return tuple(spans)
        begun = len(self._seen_spans)
        return (*self._seen_spans, *self._read(lines[begun:], self._seen_stack)[0])

    def finish(self, lines: Sequence[str]) -> tuple[Spans, ...]:
        """Colours what is left after `settle`, as it looks now."""
        return tuple(self._read(lines, self._stack)[0])

    def _read(self, lines: Sequence[str], begin: list[str]) -> tuple[list[Spans], dict[int, list[str]]]:
        """The spans of each line, and for each line that begins with a token the states to go on with."""
        text = "\n".join(lines) + "\n"
        tokens = self._tokens(text, begin)
        if tokens is None:
            plain: list[Spans] = [(Span(line, PLAIN),) if line else () for line in lines]
            return plain, dict.fromkeys(range(len(lines)), begin)
        spans: list[list[Span]] = [[]]
        places: dict[int, list[str]] = {}
        for word, value, stack in tokens:
            if stack is not None and not spans[-1]:
                places[len(spans) - 1] = stack
            first, *others = value.split("\n")
            _append(spans[-1], first, word)
            for other in others:
                spans.append([])
                _append(spans[-1], other, word)
        return [tuple(line) for line in spans[: len(lines)]], places

    def _tokens(self, text: str, begin: list[str]) -> list[tuple[str, str, list[str] | None]] | None:
        """Style and text of each token, with the states before it where reading can go on from there.

        None where the lexer cannot be asked. A comment that is not closed yet takes all that follows it, and
        reading goes on before it: many lexers know a comment only when they see its end.
        """
        if self._lexer is None or len(text) > WIDEST_RUN or max(map(len, text.split("\n"))) > WIDEST_LINE:
            return None
        tokens: list[tuple[str, str, list[str] | None]] = []
        try:
            for position, kind, value, stack in self._driven(text, begin):
                word = style_of(kind)
                closing = _CLOSING.get(text[position : position + 2]) if word not in _CLOSED else None
                if closing and text.find(closing, position + 2) < 0:
                    tokens.append(("code-comment", text[position:], None))
                    break
                tokens.append((word, value, stack))
        except Exception:
            # Lexers meet here what they were not made for, and no fault of theirs may end the chat.
            if self._lexer not in _failed:
                _failed.add(self._lexer)
                log.warning("the lexer %s failed", type(self._lexer).__name__, exc_info=True)
            return None
        return tokens

    def _driven(self, text: str, begin: list[str]) -> Iterator[tuple[int, Any, str, list[str] | None]]:
        """The lexer's tokens: place, kind, text, and the states before it at the beginning of a line."""
        from pygments.lexer import ExtendedRegexLexer, LexerContext

        assert self._lexer is not None
        if not self._goes_on:
            for position, kind, value in self._lexer.get_tokens_unprocessed(text):
                yield position, kind, value, None
            return
        context = LexerContext(text, 0, begin.copy())
        read: Any = ExtendedRegexLexer.get_tokens_unprocessed
        for position, kind, value in read(self._lexer, context=context):
            at_rest = position == context.pos and (not position or text[position - 1] == "\n")
            yield position, kind, value, context.stack.copy() if at_rest else None


_OWN_CALLBACKS = {
    "ArturoLexer", "CsoundOrchestraLexer", "Dasm16Lexer", "HttpLexer", "LilyPondLexer", "MIMELexer",
    "MarkdownLexer", "NotmuchLexer", "PlPgsqlLexer", "PostgresLexer", "RebolLexer", "RedLexer", "RstLexer",
    "SMLLexer", "SchemeLexer", "TiddlyWiki5Lexer",
}  # fmt: skip
"""Lexers with functions of their own in their tables that know no context; a test keeps this list true."""


def _goes_on(lexer: Lexer) -> bool:
    """Whether a lexer can go on where it stopped."""
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    if not isinstance(lexer, RegexLexer) or type(lexer).__name__ in _OWN_CALLBACKS:
        return False
    plain = type(lexer).get_tokens_unprocessed is ExtendedRegexLexer.get_tokens_unprocessed
    return plain or not isinstance(lexer, ExtendedRegexLexer)  # others have contexts of their own


def language_of(info: str) -> str:
    """The language that the line of an opening fence names; empty where it names none."""
    name = info.split(maxsplit=1)[0] if info.strip() else ""
    return name.strip("{}").lstrip(".").split(":")[0].split(",")[0].removeprefix("language-").lower()


@cache
def lexer_for(language: str) -> Lexer | None:
    """The lexer for a language as a fence names it; None where pygments has none."""
    from pygments.lexers import get_lexer_by_name

    if language not in _aliases():
        return None
    options = {"startinline": True} if language.startswith("php") else {}
    lexer: Lexer = get_lexer_by_name(language, **options)
    return lexer


@cache
def _aliases() -> frozenset[str]:
    from pygments.lexers import get_all_lexers

    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


@cache
def style_of(kind: Any) -> str:
    """The style of a kind of token."""
    name = str(kind).removeprefix("Token.")
    return next((word for start, word in _WORDS if name.startswith(start)), PLAIN)


def _append(line: list[Span], text: str, word: str) -> None:
    if not text:
        return
    if line and (line[-1].style == word or text.isspace()):
        line[-1] = Span(line[-1].text + text, line[-1].style)
    else:
        line.append(Span(text, word))


def file_ending(info: str) -> str:
    """The ending of a file in the language that a fence names: py, rs; txt where it is not known."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(info.split()[0] if info.split() else "")
    except ClassNotFound:
        return "txt"
    endings = (name.removeprefix("*.") for name in lexer.filenames)
    return next((ending for ending in endings if ending.isalnum()), "txt")
