"""The Learn page: every step has an address, points of a table, a guess."""

import json

import numpy as np
import pytest
import streamlit as st
from app_client import APP, begin, fine, start
from streamlit.testing.v1 import AppTest

from dami.store import annotations
from dami.ui.learn.steps import STEPS, score


@pytest.mark.parametrize(("data", "steps"), [("moons", range(1, 10)), ("blobs", range(5, 7))])
def test_every_step_of_the_lesson_has_an_address(data: str, steps: range):
    for step in steps:
        title, _ = STEPS[step]
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.run()
        at.query_params["step"], at.query_params["data"] = str(step), data
        at.switch_page("../../pages/learn.py").run()
        assert [element.value for element in fine(at).subheader] == [f"{step}. {title}"]
        assert at.selectbox(key="lesson_data").value == data


def test_a_link_shows_the_same_to_everybody():
    """Data, seed, width and step of training are in the address; nothing else decides what is drawn."""

    def opened(**changes: str) -> dict:
        st.cache_data.clear()  # or the second would be shown what the first was
        at = AppTest.from_file(str(APP), default_timeout=60)
        address = {"step": "3", "data": "spirals", "seed": "5", "width": "3", "depth": "1", "at": "60"} | changes
        for name, value in address.items():
            at.query_params[name] = value
        at.switch_page("../../pages/learn.py").run()
        [chart] = fine(at).get("plotly_chart")
        return json.loads(chart.proto.spec)

    link = opened()
    assert link["layout"]["title"]["text"].startswith("step 60: ")
    assert opened() == link and opened(seed="6") != link


def test_the_lesson_runs_on_two_columns_of_a_table_and_says_what_is_missing():
    project = begin()
    at = start(project)
    at.query_params["step"], at.query_params["data"] = "9", "own"
    at.switch_page("../../pages/learn.py").run()
    assert any("There are 0 now" in element.value for element in fine(at).info)
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(20)]
    annotations.record(project, items)
    assert fine(at.run()).metric[0].label.startswith("Right on the rows")
    at.selectbox(key="up").select("size").run()
    assert any("two different columns" in element.value for element in fine(at).info)


def test_a_guess_is_scored_by_the_rank_of_its_local_model():
    representation = np.array([[0.0, 0], [1, 0], [5, 0], [2, 0], [0, 3]])
    assert [score(representation, [0], row) for row in (1, 3, 4, 2)] == [0, 33, 67, 100]
    assert score(representation, [0, 2], 4) == 100  # 3 from the first; the point at 2 is 2, that at 1 is 1
