"""What a click in the conversation asks for. The handlers are named `on_transcript_…`."""

from __future__ import annotations

from textual.message import Message


class LinkPressed(Message, namespace="transcript"):
    """A link was clicked; it is http or https."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class VersionPressed(Message, namespace="transcript"):
    """The version of a message `step` further (1 or -1) is to be shown."""

    def __init__(self, message_id: str, step: int) -> None:
        super().__init__()
        self.message_id = message_id
        self.step = step
