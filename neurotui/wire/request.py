"""The request for a completion, as a value and as the JSON that is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """One message of the conversation as the server sees it."""

    role: str
    """`system`, `user` or `assistant`."""
    content: str
    fields: Mapping[str, object] = field(default_factory=dict)
    """Further fields of the message."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for a completion."""

    model: str
    messages: Sequence[RequestMessage]
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Only what the user set; sent as it is."""
    stream: bool = True

    def body(self, *, include_usage: bool = True) -> dict[str, object]:
        """The JSON object of the request. Lone surrogates, which UTF-8 cannot carry, become U+FFFD."""
        body: dict[str, object] = {
            "model": repair(self.model),
            "messages": [
                {"role": message.role, "content": repair(message.content), **message.fields}
                for message in self.messages
            ],
            "stream": self.stream,
        }
        if self.stream and include_usage:
            body["stream_options"] = {"include_usage": True}
        return body | dict(self.parameters)


def repair(text: str) -> str:
    """`text` as UTF-8 can carry it: surrogate pairs are joined, lone halves become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
