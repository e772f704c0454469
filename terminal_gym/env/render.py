"""A terminal's screen as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_INK, _PAPER = (204, 204, 204), (16, 16, 16)
_MARGIN = 6


def draw_screen(text: str, rows: int = 24, cols: int = 80) -> NDArray[np.uint8]:
    """Draw text in a fixed-width font; gives an array of height × width × 3."""
    font = ImageFont.load_default(14)
    left, _, right, _ = font.getbbox("M")
    cell_width, cell_height = round(right - left), 18
    size = (cols * cell_width + 2 * _MARGIN, rows * cell_height + 2 * _MARGIN)
    picture = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(text.split("\n")[:rows]):
        for col, letter in enumerate(line[:cols]):
            if letter != " ":
                at = (_MARGIN + col * cell_width, _MARGIN + row * cell_height)
                pen.text(at, letter, _INK, font=font)
    return np.asarray(picture)
