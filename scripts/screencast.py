"""Records a page of the browser as an animated picture, with a drawn pointer."""

from __future__ import annotations

import base64
import io
import json
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw

from tests.browser import Tab

COLOURS = 256
# About this many frames are combined to find the colours for all frames.
SAMPLED_FRAMES = 12
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
STEPS, STEP_MILLISECONDS = 8, 40
PAUSE_SECONDS = 0.1
LONGEST_MILLISECONDS = 300
Point = tuple[float, float]


class Screencast:
    """Frames of one tab. ``pointer`` is the position of the mouse in pixels of the page; None hides it.

    ``carried`` is the label of a file that the pointer drags along.
    """

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.pointer: Point | None = None
        self.carried = ""
        self.frames: list[Image.Image] = []
        self.milliseconds: list[int] = []

    def hold(self, milliseconds: int) -> None:
        """Show the page as it is now for this long. If it has not changed, the last frame is shown longer instead."""
        answer = self.tab.call("Page.captureScreenshot", format="png")
        frame = Image.open(io.BytesIO(base64.b64decode(answer["data"]))).convert("RGB")
        if self.pointer:
            draw_pointer(frame, self.pointer, self.carried)
        if self.frames and ImageChops.difference(self.frames[-1], frame).getbbox() is None:
            self.milliseconds[-1] += milliseconds
        else:
            self.frames.append(frame)
            self.milliseconds.append(milliseconds)

    def watch(self, script: str, seconds: float = 90) -> None:
        """Record changes of the page until ``script`` is true. Each one is shown for ``LONGEST_MILLISECONDS``.

        Raise ``TimeoutError`` if the script does not become true within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not self.tab.evaluate(script):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{script} did not become true within {seconds:.0f} seconds")
            before = len(self.frames)
            self.hold(0)
            if len(self.frames) > before:
                self.milliseconds[-1] = LONGEST_MILLISECONDS
            time.sleep(PAUSE_SECONDS)

    def type(self, selector: str, text: str) -> None:
        """Type ``text`` into a field, two characters a frame."""
        self.tab.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        for start in range(0, len(text), 2):
            self.tab.call("Input.insertText", text=text[start : start + 2])
            self.hold(60)

    def move(self, target: Point) -> None:
        """Move the pointer to ``target`` along a line."""
        start = self.pointer or (target[0], target[1] + 200)
        for step in range(1, STEPS + 1):
            part = step / STEPS
            self.pointer = (start[0] + (target[0] - start[0]) * part, start[1] + (target[1] - start[1]) * part)
            self.tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=self.pointer[0], y=self.pointer[1])
            self.hold(STEP_MILLISECONDS)

    def click(self, centre: Point) -> None:
        self.move(centre)
        for kind in ("mousePressed", "mouseReleased"):
            mouse: dict[str, Any] = {"x": centre[0], "y": centre[1], "button": "left", "clickCount": 1}
            self.tab.call("Input.dispatchMouseEvent", type=kind, **mouse)
        self.hold(200)

    def hide_pointer(self) -> None:
        """Hide the pointer, and move the mouse to the corner, so that no element is shown as hovered."""
        self.pointer = None
        self.tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)

    def save(self, path: Path) -> None:
        """Write a GIF that repeats without end. All frames share a palette, so that unchanged parts do not flicker."""
        palette = build_palette(self.frames)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        frames[0].save(
            path,
            save_all=True,
            append_images=frames[1:],
            duration=self.milliseconds,
            loop=0,
            optimize=False,
            disposal=1,
        )


def build_palette(frames: list[Image.Image]) -> Image.Image:
    """Return an image whose palette suits all ``frames``."""
    width, height = frames[0].size
    sampled = frames[:: max(1, len(frames) // SAMPLED_FRAMES)]
    mosaic = Image.new("RGB", (width, height * len(sampled)))
    for number, frame in enumerate(sampled):
        mosaic.paste(frame, (0, height * number))
    return mosaic.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)


def draw_pointer(frame: Image.Image, pointer: Point, carried: str) -> None:
    draw = ImageDraw.Draw(frame)
    if carried:
        left, top = pointer[0] + 12, pointer[1] + 14
        draw.rounded_rectangle((left, top, left + 44, top + 54), 7, fill="#b53c32")
        draw.text((left + 22, top + 27), carried, fill="white", anchor="mm", font_size=15)
    outline = [(pointer[0] + x, pointer[1] + y) for x, y in POINTER]
    draw.polygon(outline, fill="white", outline="black")
