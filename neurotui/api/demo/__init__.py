"""The embedded endpoint: a server without a network."""
