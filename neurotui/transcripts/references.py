"""Sources in ChatGPT's export: marks of private-use characters in the text, and the links behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neurotui.chat.conversation import Citation
from neurotui.store.values import string

_MARKS = ("\ue200", "\u3010")
"""Characters with which marks begin: today's, and the 【…】 of older files."""


def with_links(text: str, metadata: dict[str, Any]) -> tuple[str, tuple[Citation, ...]]:
    """Return a text with links instead of its marks, and all sources that its metadata name."""
    sources: dict[str, Citation] = {}
    for start, end, source in sorted(_older(metadata), key=lambda found: found[0], reverse=True):
        if text[start:end].startswith(_MARKS):
            text = text[:start] + _link(source) + text[end:]
        sources[source.url] = source
    sources = dict(reversed(sources.items()))
    for reference in _objects(metadata.get("content_references")):
        named = list(_sources(reference))
        for source in named:
            if not sources.get(source.url, Citation("")).title:
                sources[source.url] = source
        mark = string(reference, "matched_text")
        if mark.startswith(_MARKS):
            text = text.replace(mark, string(reference, "alt") or "".join(map(_link, named)))
    return text, tuple(sources.values())


def _older(metadata: dict[str, Any]) -> Iterator[tuple[int, int, Citation]]:
    """Yield start, end and source of each mark in older files."""
    for citation in _objects(metadata.get("citations")):
        start, end = citation.get("start_ix"), citation.get("end_ix")
        source = _source(citation.get("metadata"))
        if source is not None and isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            yield start, end, source


def _sources(reference: dict[str, Any]) -> Iterator[Citation]:
    listed = [*_objects(reference.get("items")), *_objects(reference.get("sources"))]
    supporting = [more for item in listed for more in _objects(item.get("supporting_websites"))]
    for item in [*listed, *supporting] or [reference]:
        source = _source(item)
        if source is not None:
            yield source


def _source(data: object) -> Citation | None:
    if not isinstance(data, dict):
        return None
    url = string(data, "url")
    return Citation(url, string(data, "title")) if url.startswith(("http://", "https://")) else None


def _link(source: Citation) -> str:
    """Return a source as a Markdown link."""
    title = source.title or source.url
    for sign in "\\[]":
        title = title.replace(sign, f"\\{sign}")
    url = source.url.replace("<", "%3C").replace(">", "%3E").replace("\n", "")
    return f" ([{' '.join(title.split())}](<{url}>))"


def _objects(data: object) -> list[dict[str, Any]]:
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
