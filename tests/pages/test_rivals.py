"""The network beside its rivals on the pages Model and Export."""

import pandas as pd
import pytest
from app_client import fine, show, start, texts, work
from streamlit.testing.v1 import AppTest

from dami.store import annotations, jobs, projects
from dami.studies.rivals import JOINT, RIVALS, Difference, Score, Standings
from dami.ui import news
from dami.ui.elements import plain
from dami.workspace.comparing import rivals_job
from dami.workspace.training import rounds


def with_more_labels(project: str, n: int = 24) -> None:
    """Labels enough for a comparison, and a network trained on them."""
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(12, n)]
    annotations.record(project, items)
    rounds.start(project)
    work()


def with_better_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the random forest were better beyond doubt, and boosting too, but less."""
    gains = {"logistic regression": -0.05, "random forest": 0.06, "gradient boosting": 0.03}
    differences = tuple(Difference(name, gain, gain - 0.02, gain + 0.02) for name, gain in gains.items())
    scores = tuple(Score(name, 0.7, 0.65, 0.6) for name in ("network", *gains))
    monkeypatch.setattr(rivals_job, "compare", lambda *_: Standings(24, 24, scores, differences))


def rivals_table(at: AppTest) -> pd.DataFrame:
    return next(one.value for one in at.table if "log loss" in one.value.columns)


def test_the_model_page_says_how_many_labels_a_comparison_with_rivals_needs(trained):
    at = show(start(trained), "model")
    assert "Is this network the right model here?" in texts(at)
    assert "A comparison needs 20 labelled rows" in texts(at) and "12 rows are labelled now" in texts(at)
    assert not [one for one in at.button if one.key == "rivals_start"]


def test_a_network_is_compared_with_its_rivals_on_the_model_page(trained, small_rivals):
    with_more_labels(trained)
    at = show(start(trained), "model")
    seen = news.marks(projects.get(trained))
    at = fine(at.button(key="rivals_start").click().run())
    assert "Network 2 is being compared" in texts(at)
    [job] = [job for job in jobs.active(trained) if job.lane == "batch"]
    at = fine(at.button(key="rivals_stop").click().run())
    assert jobs.get(job.id).state == "cancelled" and "Stopped before it was finished." in texts(at)
    at = fine(at.button(key="rivals_start").click().run())
    work("batch")
    assert news.marks(projects.get(trained))["work"] != seen["work"]  # so that the page is drawn again
    at = fine(at.run())
    found = rivals_job.standings(projects.get(trained), 2)
    assert "24 labelled rows" in found.sentence
    assert plain(found.sentence) in texts(at)
    table = rivals_table(at)
    assert table["model"].tolist() == ["network", *RIVALS, JOINT]
    assert [one.replace("\\", "") for one in table["accuracy"]] == [f"{one.accuracy:.1%}" for one in found.scores]
    assert "no random sample" in texts(at)
    assert not [one for one in at.button if str(one.key).startswith("rivals")]
    assert found.instead == JOINT and f"the predictions of the {JOINT} instead" in texts(at)
    exported = texts(show(at, "export"))
    assert f"Other predictions: {JOINT}" in exported and "err on different rows" in exported


def test_standings_of_an_older_network_are_said_to_be_so(trained, monkeypatch):
    with_better_forest(monkeypatch)
    with_more_labels(trained)
    rivals_job.start(projects.get(trained))
    work("batch")
    rounds.start(trained)
    work()
    at = show(start(trained), "model")
    assert "of network 2, an older one: network 3 has not been compared" in "".join(one.value for one in at.warning)
    assert at.button(key="rivals_start") and "instead" not in texts(at)
    at = show(at, "export")
    assert "It was compared with network 2. Network 3 is newer and has not been compared" in texts(at)
    assert "With its predictions, as CSV" not in [one.proto.label for one in at.get("download_button")]


def test_a_comparison_with_rivals_that_fails_says_why(trained, monkeypatch):
    with_more_labels(trained)
    job = rivals_job.start(projects.get(trained))
    jobs.claim("batch")
    jobs.fail(job, "It was <b> dark.")
    at = show(start(trained), "model")
    assert plain("It was <b> dark.") in [one.value for one in at.error] and at.button(key="rivals_start")


def test_a_better_rival_is_offered_on_export_beside_the_network_and_never_in_its_place(trained, monkeypatch):
    with_better_forest(monkeypatch)
    with_more_labels(trained)
    at = show(start(trained), "export")
    assert "Other predictions" not in texts(at)
    rivals_job.start(projects.get(trained))
    work("batch")
    at = show(at, "model")
    assert "the random forest is 6.0 points better" in texts(at).replace("\\", "")
    assert "you may export the predictions of the random forest instead" in texts(at)
    at = show(at, "export")
    labels_of = [one.proto.label for one in at.get("download_button")]
    assert labels_of.index("Table as CSV") < labels_of.index("With its predictions, as CSV")
    assert "With its predictions, as Parquet" in labels_of
    assert "Other predictions: random forest" in texts(at) and "err on different rows" not in texts(at)
    assert "Local models, maps and model files remain the network's" in texts(at)
