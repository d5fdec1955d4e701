"""Positions as the browser reads them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dami.views.positions import pack_positions


def unpack(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<u2").reshape(-1, 2)


@given(arrays(np.float32, st.tuples(st.integers(0, 30), st.just(2)), elements=st.floats(-1000, 1000, width=32)))
def test_every_placed_row_is_off_the_reserved_place(positions):
    packed = unpack(pack_positions(positions))
    assert packed.shape == positions.shape
    assert (packed >= 1).all()


def test_one_scale_for_both_axes_and_nothing_for_missing_rows():
    packed = unpack(pack_positions([[0, 0], [np.nan, 1], [10, 0], [0, 5], [10, np.inf]])).astype(int)
    assert packed[1].tolist() == [0, 0] and packed[4].tolist() == [0, 0]
    assert packed[2, 0] - packed[0, 0] == 65_534
    assert packed[3, 1] - packed[0, 1] in (32_767, 32_768)
    assert abs((packed[3, 1] + packed[0, 1]) / 2 - 32_768) <= 1  # the shorter side is centered


def test_one_place_is_the_middle():
    assert unpack(pack_positions([[7, 7], [7, 7]])).tolist() == [[32_768, 32_768]] * 2
