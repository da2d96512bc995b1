"""Markdown source to blocks, blocks to lines: pure functions, without a terminal."""
