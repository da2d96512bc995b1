"""Widgets for screens and dialogs."""
