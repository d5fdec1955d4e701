"""Holds the one palette of DAMI: a color per class, a scale for numbers, and greys.

Color-blind people can tell the colors apart, and all are visible on light and on dark pages.
"""

from colorsys import hls_to_rgb

# After Okabe and Ito (2008): orange and sky blue darkened, black and yellow replaced, so that each is seen on white
# (contrast at least 2.5) and on near-black.
PALETTE = ["#0072B2", "#DB9400", "#009E73", "#CC79A7", "#D55E00", "#45A5DC", "#7A4DF0", "#993322"]

NEUTRAL = "#8C8C94"  # points without a label or a color
MUTED = "#B0B0B8"  # points that a filter has greyed
INK = "#7F7F87"  # lines and text that must be read on light and on dark
HIGHLIGHT = "#E4003A"  # the row on screen; no class has this color

# After Cividis (Nuñez, Anderton, Renslow 2018): blue to yellow, without the darkest and the lightest colors, which
# would vanish on dark and on light pages.
SEQUENTIAL = ["#2B5BA8", "#4A6B9E", "#677A93", "#838A85", "#A09973", "#BEA85A", "#DBB52F"]

# Blue for negative numbers (against), orange for positive numbers (for).
NEGATIVE, POSITIVE = "#0072B2", "#E69F00"


def class_color(class_id: int) -> str:
    """Return the color of a class. It depends on the class id alone, not on the other classes.

    Parameters
    ----------
    class_id : int, >= 0

    Returns
    -------
    "#rrggbb"
        The first eight colors are the palette. Later colors step through the hues by the golden angle, in two
        luminances; people tell these classes apart by name and place rather than by color alone.

    Raises
    ------
    ValueError
        If the id is negative.
    """
    if class_id < 0:
        raise ValueError(f"A class id is 0 or more, not {class_id}.")
    if class_id < len(PALETTE):
        return PALETTE[class_id]
    later = class_id - len(PALETTE)
    return _bright((0.13 + later * 0.381966) % 1.0, (0.13, 0.32)[later % 2])


def class_colors(n: int) -> list[str]:
    """Return the colors of the classes 0 to n - 1, each "#rrggbb"; `class_colors(n)[i]` does not depend on n."""
    return [class_color(i) for i in range(n)]


def luminance(color: str) -> float:
    """Return the relative luminance of "#rrggbb", from 0 for black to 1 for white (WCAG 2.1)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _bright(hue: float, target: float) -> str:
    """Return a color of a hue with a given luminance: equal lightness would make blue dark and yellow glaring."""
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        color = "#" + "".join(f"{round(255 * c):02X}" for c in hls_to_rgb(hue, middle, 0.6))
        low, high = (middle, high) if luminance(color) < target else (low, middle)
    return color
