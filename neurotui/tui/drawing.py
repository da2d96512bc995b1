"""Pictures of messages, drawn as this terminal can and in the colours of the theme."""

from __future__ import annotations

from textual.color import Color

from neurotui.app.attachments.raster import Ground
from neurotui.chat.attachments import Blobs
from neurotui.tui.message_list.pictures import Pictures, in_use, use
from neurotui.tui.terminal.app import TerminalApp
from neurotui.tui.terminal.driver import draws_pictures
from neurotui.tui.terminal.graphics import Graphics


def begin_pictures(app: TerminalApp, blobs: Blobs) -> None:
    """Draw the pictures of an app's messages from now on."""
    pictures = Pictures(blobs, app.send)
    pictures.graphics = graphics_of(app)

    def follow_theme(_theme: object) -> None:
        pictures.ground = ground_of(app)

    pictures.ground = ground_of(app)
    app.theme_changed_signal.subscribe(app, follow_theme, immediate=True)
    app.app_resume_signal.subscribe(app, lambda _app: pictures.forget())
    use(pictures)


def look_again(app: TerminalApp) -> None:
    """Draw pictures in the best way that the terminal has told of by now."""
    if (pictures := in_use()) is not None:
        pictures.graphics = graphics_of(app)


def graphics_of(app: TerminalApp) -> Graphics:
    """Return the best way to draw pictures on an app's terminal."""
    if app.no_color or app.console.color_system not in {"truecolor", "256"}:
        return Graphics.NONE
    exact = app.console.color_system == "truecolor"  # the colour of a placeholder is a number
    return Graphics.KITTY if exact and draws_pictures(app) else Graphics.BLOCKS


def ground_of(app: TerminalApp) -> Ground:
    """Return the background of an app's theme; black or white where that is the terminal's own."""
    color = Color.parse(app.theme_variables.get("background", "black"))
    if color.ansi is not None:
        return (0, 0, 0) if app.current_theme.dark else (255, 255, 255)
    return color.rgb
