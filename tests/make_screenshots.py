"""Makes pictures from the running app: python -m tests.make_screenshots [--into FOLDER] [NAME…]

Each is an SVG of the embedded demo at a moment that its scene waits for, in both themes and both languages;
`moving` is one of some seconds. Without names, those that the README shows are made; with `all`, every screen
and every state of the chat.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
from pathlib import Path

from neurotui import i18n
from tests.filming import filmed
from tests.make_readme import README
from tests.scenes import SCENES, Scene, nothing, staged

FOLDER = README.parent / "screenshots"
THEMES = ("dark", "light")
MOVING = Scene(nothing, size=(100, 34))
"""Where the moving picture begins."""


def shown_in_readme() -> list[str]:
    """The scenes of the README's pictures, in its order."""
    text = README.read_text(encoding="utf-8")
    return list(dict.fromkeys(re.findall(r"screenshots/([\w-]+)-(?:dark|light)-", text)))


async def make(name: str, theme: str, language: str, folder: Path) -> None:
    """Plays one scene in a fresh home and writes its picture."""
    scene = MOVING if name == "moving" else SCENES[name]
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home  # for paths to begin with ~
        async with staged(Path(home), language=language, size=scene.size, theme=theme) as stage:
            await scene.go(stage)
            await stage.pilot.pause(0.2)
            drawn = await filmed(stage) if scene is MOVING else stage.app.export_screenshot(title="neurotui")
            picture = folder / f"{name}-{theme}-{language}.svg"
            picture.write_text(drawn, encoding="utf-8")
    print(picture)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(["moving", *SCENES]))
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    for name in ["moving", *SCENES] if arguments.names == ["all"] else arguments.names or shown_in_readme():
        for theme in THEMES:
            for language in i18n.LANGUAGES:
                await make(name, theme, language, arguments.into)


if __name__ == "__main__":
    asyncio.run(main())
