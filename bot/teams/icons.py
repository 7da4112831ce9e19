"""The icons of the app in Teams, drawn: a waybill, its corner turned down, with the tick of what was recorded."""

from __future__ import annotations

import io
from typing import Literal

from PIL import Image, ImageDraw

Kind = Literal["color", "outline"]

COLOUR = "#1b6b44"
SIDE: dict[Kind, int] = {"color": 192, "outline": 32}
"""Pixels a side, as Teams wants them."""
_FINE = 8
"""Drawn this much larger, so that edges are smooth."""
_UNITS = 32
"""The drawing's own units a side."""

_SHEET = ((9, 5), (19, 5), (24, 10), (24, 27), (9, 27))
_CORNER = ((19, 5), (19, 10), (24, 10))
_LINES = (((12, 11), (16, 11)), ((12, 15), (21, 15)))
_TICK = ((12.5, 21), (15, 23.5), (20.5, 18.5))


def icon(kind: Kind) -> bytes:
    """A PNG: white on the app's colour, or white lines on nothing. A repeat gives the same bytes."""
    side = SIDE[kind]
    ground = COLOUR if kind == "color" else (255, 255, 255, 0)
    picture = Image.new("RGBA", (side * _FINE, side * _FINE), ground)
    _draw(ImageDraw.Draw(picture), side * _FINE / _UNITS, kind)
    out = io.BytesIO()
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw(canvas: ImageDraw.ImageDraw, unit: float, kind: Kind) -> None:
    inset = 0.72 if kind == "color" else 1.0  # Teams wants the symbol inside the middle of the large one
    paper, ink = ("white", COLOUR) if kind == "color" else (None, "white")

    def at(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        middle = _UNITS / 2
        return [((middle + (x - middle) * inset) * unit, (middle + (y - middle) * inset) * unit) for x, y in points]

    width = round(1.9 * unit * inset)
    if paper is not None:
        canvas.polygon(at(_SHEET), fill=paper)
        canvas.polygon(at(_CORNER), fill="#bcd9c9")
    else:
        canvas.line(at((*_SHEET, _SHEET[0], _SHEET[1])), fill=ink, width=width, joint="curve")
        canvas.line(at(_CORNER), fill=ink, width=width, joint="curve")
    for line in (*_LINES, _TICK):
        canvas.line(at(line), fill=ink, width=width, joint="curve")
