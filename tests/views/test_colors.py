"""Colors are fixed per class, seen on both grounds, and told apart by color-blind people."""

from itertools import combinations

import numpy as np
import pytest

from dami.views.colors import HIGHLIGHT, INK, NEUTRAL, PALETTE, SEQUENTIAL, class_color, class_colors, luminance

# Machado, Oliveira, Fernandes (2009), full severity, on linear RGB.
DEFICIENCIES = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def linear(color: str) -> np.ndarray:
    c = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB (D65)."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb.clip(0, 1)
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(color: str, ground: str) -> float:
    low, high = sorted([luminance(color), luminance(ground)])
    return (high + 0.05) / (low + 0.05)


def test_a_class_keeps_its_color():
    assert class_colors(3) == class_colors(30)[:3]
    assert len(set(class_colors(30))) == 30
    with pytest.raises(ValueError, match="-1"):
        class_color(-1)


@pytest.mark.parametrize("ground", ["#FFFFFF", "#0E1117"])
def test_colors_are_seen_on_both_grounds(ground):
    assert min(contrast(color, ground) for color in class_colors(40)) > 2.4
    assert min(contrast(color, ground) for color in (NEUTRAL, INK, HIGHLIGHT)) > 3
    assert min(contrast(color, ground) for color in SEQUENTIAL) > 1.9


@pytest.mark.parametrize("name", DEFICIENCIES)
def test_color_blind_people_tell_the_palette_apart(name):
    seen = [lab(np.array(DEFICIENCIES[name]) @ linear(color)) for color in PALETTE]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 12


def test_the_scale_rises_in_lightness():
    values = [luminance(color) for color in SEQUENTIAL]
    assert values == sorted(values)
