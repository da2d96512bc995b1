"""The text of a PDF, in a process of its own: `python -m neurotui.app.attachments.pdf_text < FILE`, as JSON.

pypdf works for seconds on a large document, and a hostile one can make it work for ever or fill the memory.
A thread could not be ended, and would hold up the keys meanwhile; a process can be.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings

MOST_MEMORY = 1_500_000_000
"""Bytes that the process may use."""


def pages(data: bytes, most: int) -> dict[str, object]:
    """Return the texts of the pages, or why there are none: `locked` or `damaged`.

    No more than `most` characters; `too_long` tells that there are more.
    """
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"trouble": "locked"}
        texts: list[str] = []
        length = 0
        for page in reader.pages:
            texts.append(page.extract_text().encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
            length += len(texts[-1])
            if length > most:
                return {"trouble": "too_long"}
    except Exception:  # noqa: BLE001  a damaged document makes pypdf raise whatever it runs into
        return {"trouble": "damaged"}
    return {"pages": texts}


def limit_memory() -> None:
    """Have the system refuse more memory than a document needs."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    except (ImportError, OSError, ValueError):
        pass  # Windows has no such limit


def main() -> None:
    """Read a PDF from standard input; print the texts of its pages."""
    logging.disable()
    warnings.simplefilter("ignore")
    limit_memory()
    data = sys.stdin.buffer.read()
    sys.stdout.write(json.dumps(pages(data, int(sys.argv[1]))))


if __name__ == "__main__":
    main()
