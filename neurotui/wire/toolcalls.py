"""Tool calls, as they come in pieces. They are never run, only shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neurotui.wire.events import ToolCallDelta
from neurotui.wire.jsontext import write_json


@dataclass(slots=True, eq=False)
class ToolCall:
    """A call in the making."""

    index: int
    """Its place among the calls of the reply, by our own count."""
    id: str = ""
    name: str = ""
    named: bool = False
    """True if no more of its name can come: without an index, or with its arguments begun."""

    def more(self, arguments: str) -> ToolCallDelta:
        return ToolCallDelta(self.index, arguments=arguments)


class ToolCalls:
    """Tells the calls of a reply apart: servers leave the index out, or give every call the same one."""

    def __init__(self) -> None:
        self._count = 0
        self._by_index: dict[int | str | None, ToolCall] = {}
        self._by_id: dict[str, ToolCall] = {}

    def read(self, piece: Mapping[str, object]) -> tuple[ToolCall, ToolCallDelta | None, str]:
        """The call that a piece belongs to, its name and id where they are new, and more of its arguments."""
        function = piece.get("function")
        if not isinstance(function, dict):
            function = {}
        id_, name = _text(piece.get("id")), _text(function.get("name"))
        call = self._call(piece.get("index"), id_, name)
        news = ToolCallDelta(call.index, "" if call.id else id_, "" if name == call.name else name)
        call.id = call.id or id_
        call.name += news.name
        arguments = function.get("arguments")
        if isinstance(arguments, dict | list):
            arguments = write_json(arguments)
        call.named |= bool(arguments)
        return call, news if news.id or news.name else None, _text(arguments)

    def _call(self, index: object, id_: str, name: str) -> ToolCall:
        key = index if isinstance(index, int | str) else None
        call = self._by_id.get(id_) or self._by_index.get(key)
        other_id = bool(id_ and call and call.id and id_ != call.id)
        if (
            call is None
            # A new id with each piece of one call is a slip of several servers; it shows by the missing name.
            or (other_id and (name or key is None))
            or (name and call.name and ((name != call.name and call.named) or (key is None and not id_)))
        ):
            call = ToolCall(self._count, named=key is None)
            self._count += 1
        self._by_index[key] = self._by_index[None] = call
        if id_:
            self._by_id[id_] = call
        return call


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
