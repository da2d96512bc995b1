"""Talking to the server: the only importer of httpx."""
