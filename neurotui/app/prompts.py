"""The prompts that the arrow keys bring back: those of this conversation first, then those of all others."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.chat.letters import folded


class Prompts:
    """A walk through earlier prompts. It begins with what is typed, and passes only those that begin so."""

    def __init__(self) -> None:
        self._earlier: list[str] = []
        self._own: list[str] = []
        self._walk: list[str] = []
        """What is passed, the newest first; the draft stands before it."""
        self._at = -1
        self._draft = ""

    def remember(self, own: Sequence[str]) -> None:
        """Takes the prompts of the conversation that is shown, oldest first."""
        self._own = list(own)
        self.leave()

    def remember_earlier(self, prompts: Sequence[str]) -> None:
        """Takes the prompts of all conversations, oldest first."""
        self._earlier = [*prompts, *self._earlier]

    def add(self, prompt: str) -> None:
        """Takes a prompt that was sent now."""
        self._earlier.append(prompt)
        self._own.append(prompt)
        self.leave()

    @property
    def walking(self) -> bool:
        """Whether an earlier prompt is shown."""
        return self._at >= 0

    def leave(self) -> None:
        """Ends the walk: what is shown is the draft of the next one."""
        self._at = -1

    def older(self, draft: str) -> str | None:
        """The next one, away from now; None where there is none. `draft` is what is typed."""
        if not self.walking:
            begun = folded(draft)
            newest_first = dict.fromkeys([*reversed(self._own), *reversed(self._earlier)])
            self._draft = draft
            self._walk = [p for p in newest_first if p != draft and folded(p).startswith(begun)]
        if self._at + 1 >= len(self._walk):
            return None
        self._at += 1
        return self._walk[self._at]

    def newer(self) -> str | None:
        """The one before, up to the draft; None where no walk is on."""
        if not self.walking:
            return None
        self._at -= 1
        return self._walk[self._at] if self.walking else self._draft
