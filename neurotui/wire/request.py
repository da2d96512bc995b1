"""The request for a completion, as a value and as the JSON that is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import ClassVar

from neurotui.wire.parts import (
    AudioPart,
    Base64,
    Blob,
    Content,
    ContentPart,
    FilePart,
    ImagePart,
    TextPart,
    blobs_of,
    text_of,
)
from neurotui.wire.surrogates import repair


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """One message of the conversation as the server sees it."""

    role: str
    """`system`, `user` or `assistant`."""
    content: Content
    fields: Mapping[str, object] = field(default_factory=dict)
    """Further fields of the message."""

    def without(self, lost: Set[Blob]) -> RequestMessage:
        """Return the message without some files; where nothing else is in it, their names stand there."""
        if isinstance(self.content, str) or not any(map(lost.__contains__, blobs_of(self.content))):
            return self
        kept = tuple(part for part in self.content if isinstance(part, TextPart) or part.blob not in lost)
        if any(not isinstance(part, TextPart) for part in kept):
            return replace(self, content=kept)
        names = (part.name for part in self.content if not isinstance(part, TextPart))
        return replace(self, content=text_of(kept) or f"[{', '.join(filter(None, names)) or '…'}]")


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for a completion."""

    call: ClassVar[str] = "chat/completions"
    """The address of the call, below that of the API."""
    once: ClassVar[bool] = False
    """True if it is not repeated by itself once it has begun to leave."""

    model: str
    messages: Sequence[RequestMessage]
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Only what the user set; sent as it is."""
    stream: bool = True
    earlier: frozenset[Blob] = field(default=frozenset(), compare=False)
    """Files of earlier messages alone: where the bytes of one are lost, the request leaves without it."""

    def without(self, lost: Set[Blob]) -> ChatRequest:
        """Return the request without some files; it is the same in all else."""
        return replace(self, messages=[each.without(lost) for each in self.messages]) if lost else self

    def body(self, *, include_usage: bool = True) -> dict[str, object]:
        """The JSON object of the request. Lone surrogates, which UTF-8 cannot carry, become U+FFFD.

        The bytes of files stand in it as `Base64`, for whoever encodes it.
        """
        body: dict[str, object] = {
            "model": repair(self.model),
            "messages": [
                {"role": message.role, "content": _json(message.content), **message.fields}
                for message in self.messages
            ],
            "stream": self.stream,
        }
        if self.stream and include_usage:
            body["stream_options"] = {"include_usage": True}
        return body | dict(self.parameters)


@dataclass(frozen=True, slots=True)
class PictureRequest(ChatRequest):
    """One request for a picture, by the call of its own that some models have: its last message is drawn.

    The picture comes in one piece, and cannot be cancelled at the server.
    """

    call: ClassVar[str] = "images/generations"
    once: ClassVar[bool] = True

    @classmethod
    def of(cls, model: str, prompt: str, parameters: Mapping[str, object]) -> PictureRequest:
        """Return the request for a picture of `prompt`; `parameters` such as `size` are sent as they are."""
        return cls(model, [RequestMessage("user", prompt)], parameters, stream=False)

    def body(self, *, include_usage: bool = True) -> dict[str, object]:
        """Return the JSON object of the request. There is nothing to include.

        In which form the answer comes is the server's choice: newer models refuse to be told.
        """
        prompt = repair(text_of(self.messages[-1].content))
        return {"model": repair(self.model), "prompt": prompt, "n": 1} | dict(self.parameters)


def _json(content: Content) -> str | list[dict[str, object]]:
    return repair(content) if isinstance(content, str) else [_json_part(part) for part in content]


def _json_part(part: ContentPart) -> dict[str, object]:
    """Return a part in the form that OpenAI's interface gives it."""
    match part:
        case TextPart(text):
            return {"type": "text", "text": repair(text)}
        case ImagePart(blob, media_type, name):
            data = Base64(blob, f"data:{media_type};base64,", name)
            return {"type": "image_url", "image_url": {"url": data}}
        case AudioPart(blob, format, name):
            return {"type": "input_audio", "input_audio": {"data": Base64(blob, "", name), "format": format}}
        case FilePart(blob, media_type, name):
            data = Base64(blob, f"data:{media_type};base64,", name)
            return {"type": "file", "file": {"filename": repair(name), "file_data": data}}
