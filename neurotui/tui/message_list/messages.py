"""Messages posted on a click in the conversation. Their handlers are named `on_transcript_…`."""

from __future__ import annotations

from textual.message import Message


class LinkPressed(Message, namespace="transcript"):
    """A link was clicked; it is http or https."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class FilePressed(Message, namespace="transcript"):
    """A file of a message was clicked."""

    def __init__(self, message_id: str, digest: str) -> None:
        super().__init__()
        self.message_id = message_id
        self.digest = digest


class VersionPressed(Message, namespace="transcript"):
    """The next (`step` is 1) or previous (-1) version of a message was asked for."""

    def __init__(self, message_id: str, step: int) -> None:
        super().__init__()
        self.message_id = message_id
        self.step = step
