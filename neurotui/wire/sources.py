"""Sources that a server names for one answer: known again, and bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neurotui.wire.events import Cited, MediaReceived, PartReceived
from neurotui.wire.media import LONGEST_URL, MOST_SOURCES, MediaReader
from neurotui.wire.surrogates import repair

LONGEST_TITLE = 300
_URLS, _TITLES = ("url", "uri", "link", "href"), ("title", "name")


class SourceReader:
    """Read the sources that a server names for one reply; many repeat all of them with every delta."""

    def __init__(self, parts: MediaReader) -> None:
        self._parts = parts
        self._titles: dict[str, str] = {}
        self._last: list[object] = []

    def read(self, sources: object) -> Iterator[Cited | PartReceived | MediaReceived]:
        """Read a list of addresses, or of objects with one: those that are new, or have a title now."""
        if not isinstance(sources, list) or not sources or sources == self._last:
            return
        self._last = sources
        for source in sources:
            url, title = _source(source)
            if not url or len(url) > LONGEST_URL:
                if isinstance(source, dict):
                    yield from self._parts.read(source)
            elif url not in self._titles and len(self._titles) == MOST_SOURCES:
                yield from self._parts.read(source if isinstance(source, dict) else {"url": source})
            elif not self._titles.get(url) and (title or url not in self._titles):
                self._titles[url] = title
                yield Cited(repair(url), repair(title))


def _source(source: object) -> tuple[str, str]:
    """The address and the title of a source; empty where there is none."""
    if isinstance(source, str):
        return source, ""
    if not isinstance(source, dict):
        return "", ""
    for name in ("url_citation", "web", "source"):
        inner = source.get(name)
        if isinstance(inner, dict):
            source = inner
    return _first(source, _URLS), _first(source, _TITLES)[:LONGEST_TITLE]


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """The first text among some fields of an object; empty where there is none."""
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), "")
