"""How long is waited for what, in seconds. There is no limit on a whole reply: a model may think for long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The patience of a client."""

    connect: float = 10.0
    """For the whole way to an open connection: name, TCP, proxy, TLS."""
    write: float = 30.0
    """Between two pieces of the request that the network takes."""
    silence: float = 120.0
    """Between two bytes of the answer; keep-alive comments count as life."""
    unstreamed: float = 600.0
    """In the place of `silence` where the answer comes in one piece and so without a sign of life before."""
    head: float = 60.0
    """For the head of the answer beyond `silence`, for servers that send it byte by byte."""
    grace: float = 2.5
    """For what may follow a finish reason: the usage, [DONE]."""
    drain: float = 0.05
    """For the proper end of the body after [DONE], which lets the connection carry the next request."""
    error_body: float = 5.0
    """For the body of an error."""
    lookup: float = 30.0
    """For a list of models or a balance, as a whole."""
    busy: float = 10.0
    """The same while an answer comes from that server: one connection at a time may be all that it serves."""


DEFAULT_TIMEOUTS = Timeouts()
