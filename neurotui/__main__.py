"""Entry point of `python -m neurotui`."""

from neurotui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
