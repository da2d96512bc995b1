"""Reasoning that is hidden in the answer: `<think>…</think>` at its beginning, or only the end of that."""

from __future__ import annotations

import re

from neurotui.wire.channels import CHANNEL_MARKS

_TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",  # Gemini's compatible endpoint
    "[THINK]": "[/THINK]",  # Mistral
    "<seed:think>": "</seed:think>",  # Seed-OSS
    "◁think▷": "◁/think▷",  # Kimi
}
"""Where it begins, and where it ends."""
_OPENINGS = (*_TAGS, *CHANNEL_MARKS)
_SIGN = re.compile(f"[{re.escape(''.join({tag[0] for tag in _TAGS}))}`~]")
_MOST_LINES = 20_000
"""Lines with such signs: after so many no late tag is looked for, so that no answer keeps a key waiting."""
_LONGEST_TAG = max(map(len, _TAGS.values()))
_MOST_INDENTED = 3
"""Blanks before a tag; a line that is indented further is code."""
_INDENT = re.compile(f" {{0,{_MOST_INDENTED}}}")
_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})(.*)")
_LONGEST_LEAD = 100
"""Blanks that may come before the tag; a model that writes nothing but blanks is not waited for."""


def begins_with_tag(text: str) -> bool:
    """True if reasoning begins where `text` does."""
    return text.lstrip().startswith(tuple(_TAGS))


class ThinkingSplitter:
    """Part reasoning from answer, wherever the tags are cut.

    Only a tag that comes before any word counts: a later one is the answer's, which may be about such tags.
    Blank lines between the reasoning and the answer belong to neither. What is not closed is all reasoning.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._trimming = False
        self.settled = False
        """True if all that is still to come is answer."""
        self.tagged = False
        """True if there was reasoning in tags."""
        self.channels = ""
        """The beginning of an answer in channels, which another has to read."""

    @property
    def inside(self) -> bool:
        """True if reasoning has begun and has not ended."""
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
            opening = next((tag for tag in _OPENINGS if near and begun.startswith(tag)), "")
            if not opening:
                if near and any(tag.startswith(begun) for tag in _OPENINGS):
                    self._held = text
                    return "", ""
                self.settled = True
                return "", text
            if opening in CHANNEL_MARKS:
                self.settled, self.channels = True, begun
                return "", ""
            self.tagged = True
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
        """Return what was kept back, when nothing more will come."""
        held, self._held = self._held, ""
        if self._closing:
            return held, ""
        self.settled = True
        return "", held


class LateTag:
    """Finds the tag that ends reasoning which no tag began: chat templates write the opening one themselves.

    It counts only outside code, at the beginning of its line, if it is the first of its kind and no opening
    tag came before: an answer may be about such tags. Blank lines behind it belong to it. Linear: of a text
    only the beginning of its last line is looked at again.
    """

    def __init__(self) -> None:
        self.settled = False
        """True if all that is still to come is answer."""
        self._kinds = dict(_TAGS)
        self._begins = True  # the current line was not decided yet
        self._held = ""
        self._line = ""  # the beginning of the current line
        self._fence = ""  # that of the block of code that is open
        self._signed = False  # the current line has a sign of tags or code in it
        self._lines = 0  # that had
        self._tail = ""  # the end of what came, where a tag may begin in it
        self._mark = ""

    def feed(self, text: str) -> tuple[str, str, str]:
        """Return the text before the tag, the tag, and the text after it; without a tag all stands before it.

        What may be part of a tag is held back.
        """
        if self.settled or self._is_plain(text):
            return text, "", ""
        if self._mark:
            return "", *self._parted(text)
        text, self._held = self._held + text, ""
        at = 0
        while at < len(text):
            if self._begins:
                at = self._next_line(text, at)
                if at == len(text):
                    break
                if end := self._end_of_tag(text, at):
                    self._mark = text[at:end]
                    return text[:at], *self._parted(text[end:])
                if self._may_become_tag(text, at):
                    self._held = text[at:]
                    return text[:at], "", ""
                self._begins = False
            end_of_line = text.find("\n", at) + 1 or len(text)
            self._pass(text[at:end_of_line])
            at = end_of_line
            if self.settled:
                break
        return text, "", ""

    def close(self) -> tuple[str, str, str]:
        """Return what was held back, when nothing more will come."""
        held, mark = self._held, self._mark
        self.settled, self._held, self._mark = True, "", ""
        return held, mark, ""

    def give_up(self) -> str:
        """Look for nothing any more; return what was held back."""
        return self.close()[0]

    def _is_plain(self, text: str) -> bool:
        """True if `text` only goes on with a line that is long already, as most pieces do."""
        if self._begins or self._tail or len(self._line) < _LONGEST_LEAD:
            return False
        return "\n" not in text and not _SIGN.search(text)

    def _parted(self, text: str) -> tuple[str, str]:
        """The tag, once all blank lines behind it are known, and the text after it."""
        answer = text.lstrip("\r\n")
        self._mark += text[: len(text) - len(answer)]
        return (self.close()[1], answer) if answer else ("", "")

    def _next_line(self, text: str, at: int) -> int:
        """Return where the next line with a sign of tags or code begins, or the last line."""
        sign = _SIGN.search(text, at)
        line = text.rfind("\n", at, sign.start() if sign else len(text)) + 1
        if line:
            self._tail = ""
        return max(at, line)

    def _end_of_tag(self, text: str, line: int) -> int:
        """The place behind the tag with which a line begins; 0 if it begins with none."""
        start = _INDENT.match(text, line)
        assert start is not None
        tag = next((tag for tag in self._kinds.values() if text.startswith(tag, start.end())), "")
        return start.end() + len(tag) if tag and not self._fence else 0

    def _may_become_tag(self, text: str, at: int) -> bool:
        """True if a line that begins at the end of `text` may go on as a tag."""
        if self._fence or len(text) - at > _MOST_INDENTED + _LONGEST_TAG:
            return False
        begun = text[at:].lstrip(" ")
        indented = len(text) - at - len(begun)
        return indented <= _MOST_INDENTED and any(tag.startswith(begun) for tag in self._kinds.values())

    def _pass(self, text: str) -> None:
        """Take note of more of a line that is passed on."""
        near, self._tail = self._tail + text, ""
        if _SIGN.search(near):
            self._signed = True
            self._tail = near[-_LONGEST_TAG:]
            for opening, closing in list(self._kinds.items()):
                if opening in near or closing in near:
                    del self._kinds[opening]
        if len(self._line) < _LONGEST_LEAD:
            self._line = (self._line + text[:_LONGEST_LEAD])[:_LONGEST_LEAD]
        if text.endswith("\n"):
            self._fence = _fence_after(self._line, self._fence)
            self._line, self._begins = "", True
            self._lines += self._signed
            self._signed = False
        self.settled = not self._kinds or self._lines == _MOST_LINES


def _fence_after(line: str, fence: str) -> str:
    """The fence of the block of code that is open after a line, if `fence` was open before it."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if fence:
        closes = found[1].startswith(fence) and not found[2].strip()
        return "" if closes else fence
    return "" if found[1][0] == "`" and "`" in found[2] else found[1]


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
        """Return what is new of reasoning in tags: nothing, as long as it repeats what was noted."""
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
