"""Where the answer on a connection ends: what stands behind it would begin the next one.

httpcore hands out the bodies of answers, and keeps to itself what its parser has left over. So the bytes that
it reads are put through a parser of our own, h11 as well, which tells. That is the same library, asked the
same way: the two cannot differ about an end. It costs 10 µs for a token,
a twentieth of what receiving one does.
"""

from __future__ import annotations

import h11

MAX_HEAD_BYTES = 256 * 1024
"""Of the head of an answer; `SocketStream` bounds it together with all interim ones before it."""


class ResponseFraming:
    """Follows the answer to one request."""

    def __init__(self, request: bytes) -> None:
        """`request` begins with the head of the request, or is the first piece of it."""
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        method = request.partition(b" ")[0]
        self._parser.send(h11.Request(method=method, target="/", headers=[("Host", "there")]))
        self._parser.send(h11.EndOfMessage())
        self._lost = False

    def feed(self, data: bytes) -> None:
        """Follow the answer through some more of it."""
        try:
            self._parser.receive_data(data)
            while type(self._parser.next_event()) not in _NO_MORE:
                pass
        except h11.RemoteProtocolError:
            self._lost = True

    @property
    def surplus(self) -> bool:
        """True if more came than a whole answer, or it was none in HTTP."""
        return self._lost or bool(self._parser.trailing_data[0])


_NO_MORE = (h11.NEED_DATA, h11.PAUSED, h11.ConnectionClosed)
