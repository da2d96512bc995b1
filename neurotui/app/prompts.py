"""Earlier prompts, brought back by the arrow keys: those of this conversation first, then all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neurotui.chat.attachments import OBJECT, Draft
from neurotui.chat.letters import folded


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier question that is being edited in the input."""

    question_id: str
    asked: Draft
    """The question as it was asked."""
    set_aside: Draft
    """The draft that was in the input before."""


class Prompts:
    """A walk through earlier prompts: only those that begin with the draft."""

    def __init__(self) -> None:
        self._earlier: list[Draft] = []
        self._own: list[Draft] = []
        self._walk: list[Draft] = []
        """Prompts of the current walk, newest first; the draft comes before the first one."""
        self._at = -1
        self._draft = Draft("")

    def remember(self, own: Sequence[Draft]) -> None:
        """Replace the prompts of the conversation that is shown; oldest first. End a walk."""
        self._own = list(own)
        self.leave()

    def remember_earlier(self, prompts: Sequence[Draft]) -> None:
        """Add the prompts of all conversations before those known; oldest first."""
        self._earlier = [*prompts, *self._earlier]

    def add(self, prompt: Draft) -> None:
        """Add a prompt that was just sent. End a walk."""
        self._earlier.append(prompt)
        self._own.append(prompt)
        self.leave()

    @property
    def walking(self) -> bool:
        """True if an earlier prompt is shown."""
        return self._at >= 0

    def leave(self) -> None:
        """End the walk: the text shown becomes the draft of the next one."""
        self._at = -1

    def older(self, text: str, draft: Draft | None = None) -> Draft | None:
        """Return the next older prompt; None if there is none.

        `text` is what stands in the input, `draft` what it says.
        """
        if not self.walking:
            draft = draft or Draft(text)
            words = draft.text.replace(OBJECT, "").strip() if draft.attachments else draft.text
            begun, written = folded(words), Draft(words, draft.attachments)
            newest_first = dict.fromkeys([*reversed(self._own), *reversed(self._earlier)])
            self._draft = Draft(text)
            self._walk = [
                prompt
                for prompt in newest_first
                if prompt and prompt != written and folded(prompt.text).startswith(begun)
            ]
        if self._at + 1 >= len(self._walk):
            return None
        self._at += 1
        return self._walk[self._at]

    def newer(self) -> Draft | None:
        """Return the next newer prompt, the draft at last; None outside a walk."""
        if not self.walking:
            return None
        self._at -= 1
        return self._walk[self._at] if self.walking else self._draft
