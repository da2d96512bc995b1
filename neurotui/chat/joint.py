"""The joint between an answer that was cut and what a server sent when it was asked to go on. Pure.

A server that can go on sends the rest. Others repeat the answer before they go on, or its last words, or
write another one from the beginning. Only the outcome tells, and it is judged once it has ended.
"""

from __future__ import annotations

from typing import NamedTuple

BEGINNING = 48
"""Characters: a continuation that begins as the answer does for so long is another answer, or an echo."""
OVERLAP = 8
"""Characters: a shorter repetition of the last words is taken for chance."""

_HEAD = 64
"""Characters of a long overlap that are looked for at first."""
_CANDIDATES = 100
"""Places where a long overlap may begin; a text that has more of them only repeats itself."""


class Joined(NamedTuple):
    """An answer and its continuation as one text."""

    text: str
    at: int
    """Number of characters before the joint: all of them if the continuation brought nothing new."""


def stem(text: str) -> str:
    """Return an answer as it is sent to be gone on with: servers refuse blanks at its end."""
    return text.rstrip()


def join(answer: str, continuation: str) -> Joined | None:
    """Return both as one text; None if the continuation is another answer from the beginning.

    What it repeats is in it once. The blanks that end the answer, which were not sent, are put back, unless
    the continuation has longer ones itself, or goes on from words that it repeats.
    """
    start = stem(answer)
    rest = continuation.lstrip()
    if not rest:
        return Joined(answer, len(answer))
    if not start:
        return Joined(answer + continuation, len(answer))
    beginning = start.lstrip()
    if rest.startswith(beginning):
        return _without(len(beginning), answer, rest)
    if rest.startswith(beginning[:BEGINNING]) or _is_part(rest.rstrip(), beginning):
        return None
    if repeated := _overlap(start, rest):
        return _without(repeated, answer, rest)
    blanks, own = answer[len(start) :], continuation[: len(continuation) - len(rest)]
    between = max(blanks, own, key=len)
    if "\n" in blanks and "\n" not in between:
        between = blanks + own  # an indent that follows the end of a line, as in code
    before = start + between
    return Joined(before + rest, len(before))


def _without(repeated: int, answer: str, rest: str) -> Joined:
    """Join a continuation that begins with so many characters of the answer's own."""
    if len(rest) == repeated:
        return Joined(answer, len(answer))
    start = stem(answer)
    return Joined(start + rest[repeated:], len(start))


def _is_part(rest: str, beginning: str) -> bool:
    """True if a continuation ended before it had repeated as much as tells another answer from chance."""
    return len(rest) >= OVERLAP and beginning.startswith(rest)


def _overlap(start: str, rest: str) -> int:
    """Return how many characters `rest` begins with that `start` ends in; 0 if they may be so by chance."""
    head, at = rest[:_HEAD], max(0, len(start) - len(rest)) - 1
    for _place in range(_CANDIDATES):
        at = start.find(head, at + 1)
        if at < 0:
            break
        if rest.startswith(start[at:]):
            return len(start) - at
    longest = min(_HEAD, len(start), len(rest))
    return next((length for length in range(longest, OVERLAP - 1, -1) if start.endswith(rest[:length])), 0)
