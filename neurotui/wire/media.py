"""Parts of an answer that are no text, and its sources: named, counted and bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neurotui.wire.events import Cited, PartReceived
from neurotui.wire.request import repair

MOST_SOURCES = 500
LONGEST_URL = 2000
"""Characters. No shorter link would lead to the same place, so a longer one is only counted."""
LONGEST_TITLE = 300
_MOST_SEEN = 1000
"""Parts that are known again when they are repeated."""
_MOST_KINDS = 20
_LONGEST_KIND = 40

_KINDS = {
    kind: name
    for name, kinds in {
        "image": "image image_url input_image output_image image_file images",
        "audio": "audio audio_url input_audio output_audio",
        "video": "video video_url input_video output_video",
        "file": "file file_url input_file output_file document",
    }.items()
    for kind in kinds.split()
}
_NO_PARTS = {"text", "input_text", "output_text", "thinking", "redacted_thinking", "reasoning", "refusal"}
"""Types that are text, if only an empty one, or reasoning that cannot be read."""
_URLS, _TITLES = ("url", "uri", "link", "href"), ("title", "name")


class PartCounter:
    """Name the parts of one reply that are no text."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._kinds: set[str] = set()
        self._sounds: set[str] = set()
        self._links = 0

    def read(self, part: object, kind: str = "") -> Iterator[PartReceived | Cited]:
        """Read one part; `kind` is that of the list it stands in. One that is repeated counts once."""
        word = str(part.get("type") or "") if isinstance(part, dict) else ""
        found = _KINDS.get(word) or kind or word or _kind_of_fields(part)
        url = _address(part)
        if not part or word in _NO_PARTS or (url and self._is_known(url)):
            return
        if url.startswith(("http://", "https://")) and len(url) <= LONGEST_URL and self._links < MOST_SOURCES:
            self._links += 1
            yield Cited(repair(url))
        yield self._name(found)

    def read_sound(self, audio: object) -> Iterator[PartReceived]:
        """Read a piece of sound; its pieces count once."""
        data = audio.get("data") if isinstance(audio, dict) else audio
        if not data or not isinstance(data, str):
            return
        id_ = str(audio.get("id") or "") if isinstance(audio, dict) else ""
        if not self._sounds or (id_ and id_ not in self._sounds and len(self._sounds) < _MOST_SEEN):
            yield self._name("audio")
        self._sounds.add(id_)

    def _is_known(self, url: str) -> bool:
        mark = hash(url)
        if mark in self._seen:
            return True
        if len(self._seen) < _MOST_SEEN:
            self._seen.add(mark)
        return False

    def _name(self, kind: str) -> PartReceived:
        kind = repair(kind[:_LONGEST_KIND])
        if len(self._kinds) < _MOST_KINDS:
            self._kinds.add(kind)
        return PartReceived(kind if kind in self._kinds else "")


class SourceReader:
    """Read the sources that a server names for one reply; many repeat all of them with every delta."""

    def __init__(self, parts: PartCounter) -> None:
        self._parts = parts
        self._titles: dict[str, str] = {}
        self._last: list[object] = []

    def read(self, sources: object) -> Iterator[Cited | PartReceived]:
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


def _kind_of_fields(part: object) -> str:
    """The kind of a part that does not name its type, by the fields it has."""
    if not isinstance(part, dict):
        return ""
    inline = part.get("inline_data") or part.get("inlineData")
    if isinstance(inline, dict):
        media_type = inline.get("mime_type") or inline.get("mimeType")
        return _KINDS.get(media_type.partition("/")[0], "file") if isinstance(media_type, str) else "file"
    return next((_KINDS[name] for name in part if name in _KINDS), "")


def _address(part: object) -> str:
    """The address, or the data, by which a part is known again; empty where there is none."""
    match part:
        case str():
            return part
        case {"image_url": str(url)} | {"image_url": {"url": str(url)}} | {"url": str(url)}:
            return url
        case {"b64_json": str(data)} | {"data": str(data)} | {"image_base64": str(data)}:
            return data
    return ""


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
