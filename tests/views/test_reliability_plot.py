"""The reliability diagram holds the numbers it was given and shows notes as typed."""

import numpy as np
import pytest

from dami.views.reliability_plot import reliability_diagram


def test_points_bars_and_the_diagonal_are_where_the_numbers_are():
    figure = reliability_diagram([0.6, 0.95], [0.7, 0.9], [(0.42, 0.8), (0.5, 1.0)], ["<b>a</b>", "b"])
    diagonal, points = figure.data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert list(points.x) == [0.6, 0.95] and list(points.y) == [0.7, 0.9]
    np.testing.assert_allclose(points.y - points.error_y.arrayminus, [0.42, 0.5])
    np.testing.assert_allclose(points.y + points.error_y.array, [0.8, 1.0])
    assert list(points.customdata) == ["&lt;b&gt;a&lt;/b&gt;", "b"]
    low, high = figure.layout.yaxis.range
    assert low < 0.42 and high > 1  # no bar is cut
    assert figure.layout.xaxis.range[0] < 0.6 and figure.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("numbers", [([], [], [], []), ([0.5], [0.5], [(0, 1)], [])])
def test_what_does_not_match_is_refused(numbers):
    with pytest.raises(ValueError, match="Each bin needs"):
        reliability_diagram(*numbers)
