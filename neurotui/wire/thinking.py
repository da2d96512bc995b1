"""Reasoning that is hidden in the answer: `<think>…</think>` at its beginning."""

from __future__ import annotations

_TAGS = {"<think>": "</think>", "<thought>": "</thought>"}
"""Where it begins, and where it ends: as open models write it, and as Gemini's compatible endpoint does."""
_LONGEST_LEAD = 100
"""Blanks that may come before the tag; a model that writes nothing but blanks is not waited for."""


def begins_with_tag(text: str) -> bool:
    """Whether reasoning begins where `text` does."""
    return text.lstrip().startswith(tuple(_TAGS))


class ThinkingSplitter:
    """Parts reasoning from answer, wherever the tags are cut.

    Only a tag that comes before any word counts: a later one is the answer's, which may be about such tags.
    Blank lines between the reasoning and the answer belong to neither. What is not closed is all reasoning.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._trimming = False
        self.settled = False
        """Whether all that is still to come is answer."""

    @property
    def inside(self) -> bool:
        """Whether reasoning has begun and has not ended."""
        return bool(self._closing)

    def feed(self, text: str) -> tuple[str, str]:
        """The reasoning in `text`, and the answer after it; what may be part of a tag is kept back."""
        if self.settled:
            return "", text
        text = self._held + text
        self._held = ""
        if not self._closing and not self._trimming:
            begun = text.lstrip()
            near = len(text) - len(begun) <= _LONGEST_LEAD
            opening = next((tag for tag in _TAGS if near and begun.startswith(tag)), "")
            if not opening:
                if near and any(tag.startswith(begun) for tag in _TAGS):
                    self._held = text
                    return "", ""
                self.settled = True
                return "", text
            self._closing = _TAGS[opening]
            text = begun.removeprefix(opening)
        reasoning = ""
        if self._closing:
            reasoning, closing, text = text.partition(self._closing)
            if not closing:
                kept = len(reasoning) - _overlap(reasoning, self._closing)
                self._held = reasoning[kept:]
                return reasoning[:kept], ""
            self._closing = ""
            self._trimming = True
        answer = text.lstrip("\r\n")
        if answer:
            self.settled = True
        return reasoning, answer

    def close(self) -> tuple[str, str]:
        """What was kept back, when nothing more will come."""
        held, self._held = self._held, ""
        if self._closing:
            return held, ""
        self.settled = True
        return "", held


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((size for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), 0)


class Echo:
    """Recognises reasoning in tags that a field of its own has brought already."""

    def __init__(self) -> None:
        self._fresh: list[str] = []
        self._expected = ""
        self._repeated = 0
        """How much of what is expected has come again."""
        self._held: list[str] = []
        self._differs = False

    def note(self, text: str) -> None:
        """Notes reasoning that came in a field."""
        if not self._differs:
            self._fresh.append(text)

    def filter(self, text: str) -> str:
        """What is to be shown of reasoning in tags: nothing, as long as it repeats what was noted."""
        if self._differs:
            return text
        if self._fresh:
            self._expected = self._expected[self._repeated :] + _squeezed("".join(self._fresh))
            self._repeated = 0
            self._fresh.clear()
        squeezed = _squeezed(text)
        self._held.append(text)
        if self._expected.startswith(squeezed, self._repeated):
            self._repeated += len(squeezed)
            return ""
        self._differs = True
        return "".join(self._held)


def _squeezed(text: str) -> str:
    return "".join(text.split())
