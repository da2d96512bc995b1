"""The channels of gpt-oss, where a server passes them on as the model writes them.

    <|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…<|return|>

`analysis` is reasoning, `final` the answer, `commentary` a word to the user or, with `to=`, a tool call.
https://cookbook.openai.com/articles/openai-harmony
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

CHANNEL_MARKS = ("<|channel|>", "<|start|>")
"""An answer in channels begins with one of them."""

_MARK = re.compile(r"<\|(start|channel|message|end|return|call|constrain)\|>")
_PART_OF_MARK = re.compile(r"<(?:\|[a-z]{0,9}\|?)?\Z")
_RECIPIENT = re.compile(r"\bto=(\S+)")
_LONGEST_HEADER = 300
"""Characters between the marks; more of them are no header."""


class Saying(Enum):
    """Which part of a reply a piece of text belongs to."""

    REASONING = auto()
    TEXT = auto()
    CALL = auto()
    """The name of a tool that is to be called; a new call begins."""
    ARGUMENTS = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of text."""

    what: Saying
    text: str


class ChannelReader:
    """Part the channels of one reply, wherever the marks are cut. Linear."""

    def __init__(self) -> None:
        self._held = ""
        self._header: list[str] | None = None  # what stands before `<|message|>`; None within a message
        self._message: Saying | None = None  # None between messages
        self._within: Saying | None = None  # the message in whose midst the header began
        self._reasoned = False
        self._blank = ""  # between messages, where no word came yet
        self._out: list[Said] = []

    def feed(self, text: str) -> list[Said]:
        """Return what `text` adds; what may be part of a mark is held back."""
        out = self._out = []
        text, self._held = self._held + text, ""
        if cut := _PART_OF_MARK.search(text, max(0, len(text) - 12)):
            text, self._held = text[: cut.start()], cut[0]
        at = 0
        for mark in _MARK.finditer(text):
            self._take(text[at : mark.start()])
            self._follow(mark[1], mark[0])
            at = mark.end()
        self._take(text[at:])
        return out

    def close(self) -> list[Said]:
        """Return what was held back."""
        out = self._out = []
        held, self._held = self._held, ""
        self._give_up_header()
        if self._header is None:
            self._take(held)
        return out

    def _follow(self, name: str, mark: str) -> None:
        self._blank = ""
        match name:
            case "start" | "channel":
                if self._header is None:
                    self._header, self._within, self._message = [], self._message, None
                self._take(mark)
            case "message" if self._header is not None:
                self._begin("".join(self._header))
            case "end" | "return" | "call":
                self._give_up_header()
                self._header, self._message = None, None
            case _:
                self._take(mark)

    def _give_up_header(self) -> None:
        """Go on with a message in whose midst a mark stood that began no other: it was a word about marks."""
        if self._header is not None and self._within is not None:
            text, self._header, self._message = "".join(self._header), None, self._within
            self._take(text)

    def _begin(self, header: str) -> None:
        self._header = None
        role, _mark, rest = header.rpartition("<|channel|>")
        channel = (rest.split() or [""])[0]
        recipient = _RECIPIENT.search(role) or _RECIPIENT.search(rest)
        if channel == "analysis":
            if self._reasoned:
                self._out.append(Said(Saying.REASONING, "\n\n"))
            self._message = Saying.REASONING
        elif recipient and recipient[1] != "assistant":
            self._out.append(Said(Saying.CALL, recipient[1].removeprefix("functions.").partition("<|")[0]))
            self._message = Saying.ARGUMENTS
        else:
            self._message = Saying.TEXT

    def _take(self, text: str) -> None:
        if not text:
            return
        if self._header is not None:
            self._header.append(text)
            if sum(map(len, self._header)) > _LONGEST_HEADER:
                text, self._header, self._message = "".join(self._header), None, self._within or Saying.TEXT
                self._out.append(Said(self._message, text))
        elif self._message is not None:
            self._reasoned |= self._message is Saying.REASONING
            self._out.append(Said(self._message, text))
        else:
            stray = self._blank + text  # between messages
            self._blank = stray[:_LONGEST_HEADER] if stray.isspace() else ""
            if not self._blank:
                self._message = Saying.TEXT
                self._out.append(Said(Saying.TEXT, stray))
