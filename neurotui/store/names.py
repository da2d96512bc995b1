"""Search in the names of conversations, which needs no database."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.chat.letters import folded
from neurotui.store.library import Summary
from neurotui.store.search import readings


class Names:
    """The names of conversations, folded once, to be searched at each key."""

    def __init__(self, summaries: Sequence[Summary] = ()) -> None:
        self.summaries = summaries
        self._folded = [(summary, folded(summary.name)) for summary in summaries]

    def matching(self, query: str) -> tuple[Sequence[Summary], str]:
        """Return those with all words of a query, and the query, switched to the layout that finds any."""
        typed = readings(query)
        for number, words in enumerate(typed):
            found = self._folded
            for word in map(folded, words):
                found = [(summary, name) for summary, name in found if word in name]
            if found:
                return [summary for summary, _name in found], " ".join(words) if number else query
        return (() if typed else self.summaries), query
