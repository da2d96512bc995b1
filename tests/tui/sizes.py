"""Sizes of terminals that a screen has to fit, in both languages: a sample by default, all with --slow."""

from __future__ import annotations

import pytest

SIZES = [(60, 15), (80, 24), (200, 60)]
"""The tightest, the commonest, the largest."""
_LOOKED_AT = {((60, 15), "ru"), ((80, 24), "en"), ((200, 60), "en")}
"""Each size once, the tightest with the longer words."""

in_sizes_and_languages = pytest.mark.parametrize(
    ("size", "language"),
    [
        pytest.param(size, language, marks=() if (size, language) in _LOOKED_AT else pytest.mark.slow)
        for size in SIZES
        for language in ("en", "ru")
    ],
)
