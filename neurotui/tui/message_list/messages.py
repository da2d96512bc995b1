"""What the conversation asks of the screen. The handlers are named `on_transcript_…`."""

from __future__ import annotations

from textual.message import Message


class CopyRequested(Message, namespace="transcript"):
    """A text is to be put on the clipboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class SaveBlockRequested(Message, namespace="transcript"):
    """A block of code is to be written to a file."""

    def __init__(self, text: str, language: str) -> None:
        super().__init__()
        self.text = text
        self.language = language
        """As the fence names it; may be empty."""


class LinkRequested(Message, namespace="transcript"):
    """One of these links is to be opened, its true target shown first. All are http or https."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        super().__init__()
        self.urls = urls


class _OfMessage(Message, namespace="transcript"):
    def __init__(self, message_id: str) -> None:
        super().__init__()
        self.message_id = message_id


class EditRequested(_OfMessage, namespace="transcript"):
    """A question is to be asked in other words."""


class RegenerateRequested(_OfMessage, namespace="transcript"):
    """An answer is to be given once more."""


class ForkRequested(_OfMessage, namespace="transcript"):
    """A new conversation is to begin with the messages up to one."""


class BranchRequested(_OfMessage, namespace="transcript"):
    """The alternative `step` further (1 or -1) is to be shown."""

    def __init__(self, message_id: str, step: int) -> None:
        super().__init__(message_id)
        self.step = step


class Refused(Message, namespace="transcript"):
    """A command found nothing that it could be for."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self.command = command
