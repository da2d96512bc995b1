"""Benchmarks: figures side by side in one run, printed and kept in `.benchmarks/`; no timed tests."""
