"""Syntax highlighting line by line: pygments, made to go on where it stopped.

A pygments lexer reads a text from its beginning. To highlight streaming code without reading it again and
again, the loop of `ExtendedRegexLexer` is used, which keeps its position and its stack of states in an
outside context: at the start of a line the context can be kept, and the next lines are read from there.
Nearly all pygments lexers can be driven that way; the others start again with every run of lines.

The number of lines read at a time depends on the lines alone, so that streamed code gets the same colours as
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
"""Lines after which a run ends even within a token."""
WIDEST_RUN = 20_000
"""A run of more characters is not highlighted: it is not code that a person reads."""
WIDEST_LINE = 1_000
"""A line of more characters is not highlighted: while it streams it is read again in every frame."""

ALONE = 64
"""Lines that are read at a time by a lexer that cannot go on where it stopped."""

PLAIN = "code-text"
_CLOSING = {"/*": "*/", "<!": "-->"}
_CLOSED = {"code-comment", "code-string"}

_WORDS = (
    ("Comment.Preproc", "code-keyword"),
    ("Comment", "code-comment"),
    ("Keyword.Constant", "code-number"),
    ("Keyword.Type", "code-type"),
    ("Keyword", "code-keyword"),
    ("Operator.Word", "code-keyword"),
    ("Literal.String", "code-string"),
    ("Literal.Number", "code-number"),
    ("Name.Function", "code-name"),
    ("Name.Class", "code-type"),
    ("Name.Decorator", "code-name"),
    ("Name.Tag", "code-keyword"),
    ("Name.Attribute", "code-name"),
    ("Name.Builtin", "code-name"),
    ("Name.Exception", "code-type"),
    ("Generic.Inserted", "code-added"),
    ("Generic.Deleted", "code-removed"),
    ("Generic.Heading", "code-name"),
    ("Generic.Subheading", "code-keyword"),
    ("Generic.Prompt", "code-comment"),
)
"""Styles by kinds of tokens; the first that fits counts."""


_TYPES = {
    *("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list"),
    *("object", "set", "str", "tuple", "type"),
}
"""Builtin names that are types, which lexers do not tell from functions."""


class Highlighter:
    """Incremental highlighting of one code block, whose lines come in order."""

    def __init__(self, info: str) -> None:
        self.info = info
        """The text after the opening fence."""
        self._lexer = lexer_for(language_of(info))
        self._goes_on = self._lexer is not None and _goes_on(self._lexer)
        self._step = RUN if self._goes_on else ALONE
        self._run = self._step
        self._stack: list[str] = ["root"]
        self._seen: list[str] | None = None  # all lines but the last, as `preview` saw them
        self._seen_spans: list[Spans] = []  # spans that it need not make again
        self._seen_stack = self._stack

    def settle(self, lines: Sequence[str]) -> tuple[Spans, ...]:
        """Highlight those leading `lines` that no later line can change; do not pass these again."""
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
        """Highlight the rest like `finish`, for display: while a line grows, only that line is read again."""
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
        """Highlight what is left after `settle`, as it looks now."""
        return tuple(self._read(lines, self._stack)[0])

    def _read(self, lines: Sequence[str], begin: list[str]) -> tuple[list[Spans], dict[int, list[str]]]:
        """Return the spans of each line, and the states to go on with at lines that begin with a token."""
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
        """Return style and text of each token, and the states before it if reading can go on from there.

        Return None if the lexer cannot be used. An unclosed comment takes in all that follows, and reading
        goes on before it: many lexers recognise a comment only when they see its end.
        """
        if self._lexer is None or len(text) > WIDEST_RUN or max(map(len, text.split("\n"))) > WIDEST_LINE:
            return None
        tokens: list[tuple[str, str, list[str] | None]] = []
        try:
            for position, kind, value, stack in self._driven(text, begin):
                word = style_of(kind, value)
                closing = _CLOSING.get(text[position : position + 2]) if word not in _CLOSED else None
                if closing and text.find(closing, position + 2) < 0:
                    tokens.append(("code-comment", text[position:], None))
                    break
                tokens.append((word, value, stack))
        except Exception:
            # Lexers get input here that they were not made for, and no fault of theirs may end the chat.
            if self._lexer not in _failed:
                _failed.add(self._lexer)
                log.warning("the lexer %s failed", type(self._lexer).__name__, exc_info=True)
            return None
        return tokens

    def _driven(self, text: str, begin: list[str]) -> Iterator[tuple[int, Any, str, list[str] | None]]:
        """Yield the lexer's tokens: position, kind, text, and at the start of a line the states before it."""
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
"""Lexers whose own callbacks cannot use a context; a test keeps this list true."""


def _goes_on(lexer: Lexer) -> bool:
    """True if a lexer can go on where it stopped."""
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    if not isinstance(lexer, RegexLexer) or type(lexer).__name__ in _OWN_CALLBACKS:
        return False
    plain = type(lexer).get_tokens_unprocessed is ExtendedRegexLexer.get_tokens_unprocessed
    return plain or not isinstance(lexer, ExtendedRegexLexer)  # others have contexts of their own


def language_of(info: str) -> str:
    """Return the language named after an opening fence; empty if there is none."""
    name = info.split(maxsplit=1)[0] if info.strip() else ""
    return name.strip("{}").lstrip(".").split(":")[0].split(",")[0].removeprefix("language-").lower()


@cache
def lexer_for(language: str) -> Lexer | None:
    """Return the lexer for a language by its name in a fence; None if pygments has none."""
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


def style_of(kind: Any, text: str = "") -> str:
    """Return the style of a token."""
    word = _style_of(kind)
    return "code-type" if word == "code-name" and text in _TYPES else word


@cache
def _style_of(kind: Any) -> str:
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
    """Return the file extension for the language that a fence names, such as py or rs; txt if unknown."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(info.split()[0] if info.split() else "")
    except ClassNotFound:
        return "txt"
    endings = (name.removeprefix("*.") for name in lexer.filenames)
    return next((ending for ending in endings if ending.isalnum()), "txt")
