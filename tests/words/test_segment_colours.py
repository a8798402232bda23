from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from custseg.words.colours import segment_colour

# Machado, Oliveira & Fernandes (2009), "A physiologically-based model for simulation of color
# vision deficiency", severity 1.0.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _XYZ.sum(axis=1)


def lab(hexadecimal: str, vision: str) -> np.ndarray:
    """CIE L*a*b* of a colour as it is seen."""
    channels = np.array([int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.clip(VISIONS[vision] @ linear, 0, 1) @ _XYZ.T / _WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
def test_seven_segments_are_told_apart_with_every_colour_vision(vision):
    seen = {number: lab(segment_colour(number, "", {}), vision) for number in range(1, 8)}
    distances = {
        (one, other): float(np.linalg.norm(seen[one] - seen[other]))
        for one, other in combinations(seen, 2)
    }
    closest = min(distances, key=lambda pair: distances[pair])
    # CIE76: 2.3 is just noticeable.
    assert distances[closest] > 15, (closest, distances[closest])


def test_no_two_of_forty_segments_have_the_same_colour():
    assert len({segment_colour(number, "", {}) for number in range(1, 41)}) == 40


def test_a_segment_keeps_its_colour_under_another_name():
    assert segment_colour(1, "Champions", {}) == segment_colour(1, "Loyal", {}) == "#0072b2"
    assert segment_colour(13, "Dormant", {}) == "#4c9cc9"


def test_a_shops_own_colours_win_and_a_further_segment_of_a_kind_is_paler():
    own = {"Dormant": "#7A7A7A"}
    assert segment_colour(3, "Dormant", own) == "#7a7a7a"
    assert segment_colour(4, "Dormant 2", own) == "#a2a2a2"
    assert segment_colour(4, "Dormant 2", own | {"Dormant 2": "#000000"}) == "#000000"
