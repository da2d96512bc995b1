"""Abilities of a model: what it takes and makes, by the words of many servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST = 32
"""Number of words that are read of a list."""
LONGEST = 40
"""Characters of a word."""

_WORDS = {
    "images": "image",
    "vision": "image",
    "multimodal": "image",
    "speech": "audio",
    "sound": "audio",
    "pdf": "file",
    "document": "file",
    "documents": "file",
    "files": "file",
    "completion": "text",
    "chat": "text",
}
"""Other words for kinds of content, as some servers have them."""
_LISTED = ("vision", "multimodal", "audio", "completion", "chat")
"""Words among the capabilities of a model that tell of contents (llama.cpp, Ollama)."""
_INPUT_FLAGS = {
    "supports_vision": "image",
    "supports_audio_input": "audio",
    "supports_pdf_input": "file",
    "vision": "image",
    "audio": "audio",
}
"""Names of flags that tell of contents: LiteLLM's, Mistral's, GitHub's."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Contents that a model takes and makes: `text`, `image`, `audio`, `video`, `file`, or other words."""

    takes: frozenset[str] | None = None
    """None where the server does not tell."""
    makes: frozenset[str] | None = None
    """None where the server does not tell."""
    endpoints: frozenset[str] = frozenset()
    """The kinds of calls it serves, in the server's words; empty where nothing is told."""

    @property
    def for_chat(self) -> bool:
        """True if it answers in text, as far as is told."""
        if self.makes is not None and "text" not in self.makes:
            return False
        return not self.endpoints or self._chats

    @property
    def draws_alone(self) -> bool:
        """True if it is told to make pictures by a call of their own, and to serve no chat."""
        return not self._chats and any("image" in endpoint for endpoint in self.endpoints)

    @property
    def _chats(self) -> bool:
        return any(
            word in endpoint
            for endpoint in self.endpoints
            for word in ("openai", "chat", "anthropic", "gemini")
        )


UNKNOWN = Abilities()


def read_abilities(item: dict[str, object]) -> Abilities:
    """Return what a model of a server's list is told to take and make."""
    takes, makes = (_first(_told(item, way)) for way in ("input", "output"))
    if takes is None:
        takes = _first(_flagged(item))
    endpoints = frozenset(_words(item.get("supported_endpoint_types")))
    found = Abilities(takes, makes, endpoints)
    return UNKNOWN if found == UNKNOWN else found


def _told(item: dict[str, object], way: str) -> Iterator[frozenset[str]]:
    """The contents of one direction, wherever they stand in so many words."""
    architecture, modalities = _object(item.get("architecture")), item.get("modalities")
    yield _contents(architecture.get(f"{way}_modalities"))  # OpenRouter, llama.cpp
    yield _contents(item.get(f"{way}_modalities"))  # xAI
    yield _contents(item.get(f"supported_{way}_modalities"))  # GitHub Models
    yield _contents(_object(modalities).get(way))  # models.dev
    both = architecture.get("modality")  # text+image->text
    if isinstance(both, str) and both.count("->") == 1:
        yield _contents(both.partition("->")[0 if way == "input" else 2].split("+"))


def _flagged(item: dict[str, object]) -> Iterator[frozenset[str]]:
    """The contents that flags and lists of capabilities tell of."""
    capabilities = item.get("capabilities")
    if isinstance(capabilities, list):
        listed = [word for word in _words(capabilities) if word in _LISTED]
        yield _contents(["text", *listed] if listed else None)
    for place in (capabilities, _object(capabilities).get("supports"), item.get("model_info"), item):
        flags = (
            {content: place[name] for name, content in _INPUT_FLAGS.items() if name in place}
            if (isinstance(place, dict))
            else {}
        )
        if any(isinstance(flag, bool) for flag in flags.values()):
            yield frozenset({"text", *(content for content, flag in flags.items() if flag is True)})
    kinds = {"vlm": {"text", "image"}, "llm": {"text"}}  # LM Studio
    yield frozenset(kinds.get(str(item.get("type")), ()))


def _first(found: Iterable[frozenset[str]]) -> frozenset[str] | None:
    return next((contents for contents in found if contents), None)


def _contents(words: object) -> frozenset[str]:
    return frozenset(_WORDS.get(word, word) for word in _words(words))


def _words(value: object) -> list[str]:
    """The words of a list, in small letters; none where it is no list."""
    if not isinstance(value, list):
        return []
    words = (word.strip().lower() for word in value[:MOST] if isinstance(word, str) and len(word) <= LONGEST)
    return [word for word in words if word]


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
