"""Parts of one answer that are no text: their data where it came, else their names; each once, bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from neurotui.wire.events import Cited, MediaReceived, PartReceived
from neurotui.wire.payloads import LONGEST_PAYLOAD, Payload, link_of, payload_of
from neurotui.wire.surrogates import repair

MOST_SOURCES = 500
LONGEST_URL = 2000
"""Characters. No shorter link would lead to the same place, so a longer one is only counted."""
MOST_MEDIA = 100
"""Parts of one answer whose data is kept; further ones are named."""
MOST_CHARACTERS = 64 * 1024 * 1024
"""Data of one answer that is kept (characters): what a whole reply may have."""
_MOST_SEEN = 1000
"""Parts that are known again when they are repeated."""
_MOST_KINDS = 20
_LONGEST_KIND = 40

_KINDS = {
    kind: name
    for name, kinds in {
        "image": "image image_url input_image output_image image_file images image_generation_call",
        "audio": "audio audio_url input_audio output_audio",
        "video": "video video_url input_video output_video",
        "file": "file file_url input_file output_file document",
    }.items()
    for kind in kinds.split()
}
_NO_PARTS = {"text", "input_text", "output_text", "thinking", "redacted_thinking", "reasoning", "refusal"}
"""Types that are text, if only an empty one, or reasoning that cannot be read."""


@dataclass(slots=True)
class _Sound:
    """A sound that comes in pieces."""

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    words: list[str] = field(default_factory=list)
    media_type: str = ""
    has_begun: bool = False
    """True once there was data."""
    is_lost: bool = False
    """True if it was longer than what is kept, or was told of."""

    def add_words(self, words: str) -> None:
        if len(self.words) > 1 and words == "".join(self.words):
            return  # as below
        self.words.append(words)

    def add(self, data: str) -> None:
        if self.is_lost:
            return
        if len(self.pieces) > 1 and len(data) >= self.size and data.startswith("".join(self.pieces)):
            self.pieces.clear()  # all of it once more, as the last chunk of some servers has it
            self.size = 0
        self.pieces.append(data)
        self.size += len(data)

    def drop(self) -> None:
        self.is_lost, self.size = True, 0
        self.pieces.clear()


class MediaReader:
    """Read the parts of one reply that are no text."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._kinds: set[str] = set()
        self._sounds: dict[str, _Sound] = {}
        """By their ids; the last one is still coming."""
        self._links = 0
        self._count = 0
        self._characters = 0

    def read(self, part: object, kind: str = "") -> Iterator[PartReceived | MediaReceived | Cited]:
        """Read one part; `kind` is that of the list it stands in. One that is repeated counts once."""
        word = str(part.get("type") or "") if isinstance(part, dict) else ""
        found = _KINDS.get(word) or kind or word or _kind_of_fields(part)
        if not part or word in _NO_PARTS:
            return
        payload = payload_of(part) if found in _KINDS else None
        if payload is not None and not payload.data:
            payload = None
        link = "" if payload else link_of(part)
        if self._is_known(payload.data if payload else link or _text(part)):
            return
        if payload and self._fits(len(payload.data)):
            yield self._whole(found, payload)
            return
        if link and len(link) <= LONGEST_URL and self._links < MOST_SOURCES:
            self._links += 1
            yield Cited(repair(link))
        yield self._name(found)

    def read_sound(self, audio: object) -> Iterator[PartReceived | MediaReceived]:
        """Read a piece of a sound, which is named with its first piece and told when it is whole."""
        payload = payload_of(audio)
        id_ = str(audio.get("id") or "") if isinstance(audio, dict) else ""
        words = audio.get("transcript") if isinstance(audio, dict) else None
        sound = self._sounds.get(id_) if id_ else next(reversed(self._sounds.values()), None)
        if sound is None:
            yield from self.end_sounds()
            if len(self._sounds) == _MOST_SEEN:
                return
            sound = self._sounds[id_] = _Sound()
        if isinstance(words, str):
            sound.add_words(words)
        if payload is not None:
            if not sound.has_begun:
                sound.has_begun = True
                sound.media_type = payload.media_type
                yield self._name("audio")
            sound.add(payload.data)
            if not self._fits(sound.size, keep=False):
                sound.drop()

    def end_sounds(self) -> Iterator[MediaReceived]:
        """Tell of the sound that has come, now that no more of it is to be expected."""
        for sound in self._sounds.values():
            if sound.pieces and self._fits(sound.size):
                payload = Payload("".join(sound.pieces), sound.media_type)
                if not self._is_known(payload.data):
                    yield self._whole("audio", payload, repair("".join(sound.words)), announced=True)
            sound.drop()

    def _whole(
        self, kind: str, payload: Payload, transcript: str = "", *, announced: bool = False
    ) -> MediaReceived:
        media_type, name = repair(payload.media_type), repair(payload.name)
        return MediaReceived(kind, payload.data, media_type, name, transcript, announced)

    def _fits(self, characters: int, *, keep: bool = True) -> bool:
        """True if so much data can be kept; it is counted then."""
        fits = (
            characters <= LONGEST_PAYLOAD
            and self._characters + characters <= MOST_CHARACTERS
            and self._count < MOST_MEDIA
        )
        if fits and keep:
            self._characters += characters
            self._count += 1
        return fits

    def _is_known(self, text: str) -> bool:
        mark = _mark(text)
        if not text or mark in self._seen:
            return bool(text)
        if len(self._seen) < _MOST_SEEN:
            self._seen.add(mark)
        return False

    def _name(self, kind: str) -> PartReceived:
        kind = repair(kind[:_LONGEST_KIND])
        if len(self._kinds) < _MOST_KINDS:
            self._kinds.add(kind)
        return PartReceived(kind if kind in self._kinds else "")


def _mark(text: str) -> int:
    """Return by what a part is known again; of long data samples are enough, for the event loop waits."""
    if len(text) < 64 * 1024:
        return hash(text)
    return hash((len(text), text[:4096], text[::4099], text[-4096:]))


def _text(part: object) -> str:
    return part if isinstance(part, str) else ""


def _kind_of_fields(part: object) -> str:
    """The kind of a part that does not name its type, by the fields it has."""
    if not isinstance(part, dict):
        return ""
    inline = part.get("inline_data") or part.get("inlineData")
    if isinstance(inline, dict):
        media_type = inline.get("mime_type") or inline.get("mimeType")
        return _KINDS.get(media_type.partition("/")[0], "file") if isinstance(media_type, str) else "file"
    if "b64_json" in part or "image_base64" in part:
        return "image"
    return next((_KINDS[name] for name in part if name in _KINDS), "")
