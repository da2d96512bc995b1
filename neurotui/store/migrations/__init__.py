"""The versions of the file, one module each. One that has been released is never changed again."""

from __future__ import annotations

from neurotui.store.migrations import version_1, version_2, version_3

MIGRATIONS = (version_1.SCRIPT, version_2.SCRIPT, version_3.SCRIPT)
"""Scripts, in order: each makes its version of a file of the one before, the first of an empty file."""

LAST_ON_FIXED_PAGES = 2
"""Up to this version, a table is on the same pages in a file that was made by it and in one that grew up."""
