"""The protocol over the connection: bytes to events, requests to JSON. Pure: no I/O, no clock."""
