"""The records of a model, out of what the database holds of it, and back."""

import json
import secrets
from dataclasses import FrozenInstanceError, asdict, replace

import numpy as np
import pytest
import sqlalchemy as sa

from dami.store import database, models, schema
from dami.store.model_records import (
    Changed,
    CoveringRadii,
    DerivedSetting,
    Pick,
    Quality,
    Reliability,
    ReliabilityBin,
    StoredDoubt,
    StoredSelection,
    Summary,
    TrainingStep,
)

# As the first version with these keys wrote them.
SUMMARY = {
    "classes": ["cat", "dog"],
    "columns": ["size", "word"],
    "history": [[1, 0.693, 0.5], [200, None, 1.0]],
    "left_out": {"id": "every value is another one"},
    "table": "0a1b",
    "n_regions": 40,
    "rows_alone_in_region": 30,
    "largest_region": 7,
    "n_parameters": 4354,
    "layer_sizes": [3, 64, 64, 2],
    "derived": [
        {"name": "Hidden layers", "value": "64 x 64", "rule": "Two."},
        {"name": "Training steps", "value": 200, "rule": "200."},
    ],
    "changed": {"rows": 3, "of": 60, "since": 1},
    "quality": {
        "kind": "cross-validated",
        "note": "cross-validated on 4 labelled rows",
        "n": 4,
        "accuracy": 0.75,
        "balanced_accuracy": 0.75,
        "confusion": [[1, 1], [0, 2]],
        "names": ["cat", "dog"],
    },
    "doubts": [
        {
            **{"row": 7, "given": "cat", "suggested": "dog", "event": 12, "confidence": None},
            **{"agreeing": 0, "neighbors": 5, "by_prediction": False, "by_neighbors": True},
        }
    ],
    "radii": {"labels": [1, 4], "radii": [2.5, 0.5]},
}
SELECTION = {
    "strategy": "dami",
    "rows": [3, 1],
    "distances": [None, 2.5],
    "nearest": [-1, 3],
    "radii": [2.5, 1.0],
    "spaces": ["input", "input"],
    "reasons": ["The first row.", "It is far from row 3."],
    "numbers": [{}, {"distance": 2.5, "nearest": 3}],
}


def store(project, summary, selection):
    """Make a model hold this JSON."""
    models.save_model(project, 0)
    with database.transaction() as connection:
        values = {"summary": summary, "selection": selection, "mark": secrets.token_hex(8)}
        connection.execute(sa.update(schema.model).values(values))


def stored(project, number=0):
    """What the database holds of a model."""
    columns = schema.model.c
    query = sa.select(columns.summary, columns.selection).where(columns.project == project, columns.number == number)
    with database.reading() as connection:
        return connection.execute(query).one()


def test_what_an_earlier_version_stored_is_read_by_name_and_stored_again_as_it_was(project):
    store(project, SUMMARY, SELECTION)
    model = models.get(project, 0)
    summary, selection = model.summary, model.selection
    assert model.is_trained and model.has_seen("0a1b") and not model.has_seen("another")
    assert (summary.classes, summary.columns, summary.layer_sizes) == (("cat", "dog"), ("size", "word"), (3, 64, 64, 2))
    assert summary.history[-1] == TrainingStep(step=200, loss=None, accuracy=1.0)
    assert summary.left_out == {"id": "every value is another one"}
    assert summary.derived[1] == DerivedSetting("Training steps", 200, "200.")
    assert (summary.n_regions, summary.rows_alone_in_region, summary.largest_region) == (40, 30, 7)
    assert summary.changed == Changed(3, 60, 1) and summary.changed.share == 0.05
    assert summary.is_measured and summary.quality is not None and summary.radii == CoveringRadii((1, 4), (2.5, 0.5))
    assert (summary.quality.accuracy, summary.quality.confusion) == (0.75, ((1, 1), (0, 2)))
    assert summary.doubts == (StoredDoubt(7, "cat", "dog", event=12, neighbors=5, by_neighbors=True),)
    assert (selection.strategy, selection.rows, 1 in selection, 2 in selection) == ("dami", (3, 1), True, False)
    assert selection.pick(3) == Pick(3, None, -1, 2.5, "input", "The first row.") and selection.pick(2) is None
    assert selection.pick(1).numbers == {"distance": 2.5, "nearest": 3}

    assert models.save_model(project, 0, summary=summary, selection=selection).summary == summary
    nothing = [None, None]  # an earlier version did not keep these
    later = {"encoding": 1, "untested": [], "reliability": None}
    assert tuple(stored(project)) == ({**SUMMARY, **later}, {**SELECTION, "sentences": nothing, "named": nothing})
    assert models.accuracies(project) == [(0, 0.75)]
    [result] = models.round_results(project)
    assert (result.changed, result.quality, result.radii) == (summary.changed, summary.quality, summary.radii)


def test_what_is_missing_takes_a_default_and_what_is_unknown_is_passed_over(project):
    old = {"classes": ["a"], "quality": None, "doubts": None, "radii": None, "changed": None, "accuracy": 0.5}
    store(project, old, {"rows": [4, 2]})
    model = models.latest(project)
    assert model.summary == Summary(classes=("a",), is_measured=True)
    assert model.has_seen("any") and model.selection == StoredSelection("", (Pick(4), Pick(2)))
    [result] = models.round_results(project)
    assert (result.changed, result.quality, result.radii) == (None, None, None)

    assert Summary.from_json({}) == Summary() and StoredSelection.from_json({}) == StoredSelection()
    unlike = {
        "quality": {"kind": "hidden"},
        "doubts": [{"row": 3}],
        "changed": {"rows": 2},
        "reliability": {"bins": []},
    }
    assert Summary.from_json(unlike) == Summary(is_measured=True)  # half a figure is none


def test_whether_a_network_was_measured_is_kept_also_where_nothing_came_of_it(project):
    cold = Summary(table="0a1b")
    assert not models.save_model(project, 0, summary=cold).summary.is_measured
    assert not {"quality", "doubts", "radii", "is_measured"} & stored(project).summary.keys()
    models.set_summary(project, 0, replace(cold, is_measured=True))
    assert models.get(project, 0).summary == Summary(table="0a1b", is_measured=True)


def test_numbers_of_numpy_may_be_saved_and_those_that_are_none_become_none(project):
    summary = Summary(
        n_regions=np.int64(3),
        history=(TrainingStep(1, np.float32(0.5), np.nan),),
        is_measured=True,
        quality=Quality("hidden", "", np.int64(2), np.float64(0.5), 0.5, tuple(map(tuple, np.eye(2, dtype=int)))),
        doubts=(StoredDoubt(1, "a", "b", confidence=float("nan")),),
    )
    selection = StoredSelection("dami", (Pick(1, np.inf, -1, np.float32(0.5), "input", "", {"distance": np.inf}),))
    saved = models.save_model(project, 0, summary=summary, selection=selection)
    assert saved.summary.history == (TrainingStep(1, 0.5, None),) and saved.summary.doubts[0].confidence is None
    assert saved.summary.quality.confusion == ((1, 0), (0, 1)) and saved.summary.n_regions == 3
    assert saved.selection.pick(1) == Pick(1, None, -1, 0.5, "input", "", {"distance": None})
    assert models.get(project, 0) == saved
    assert json.dumps(asdict(saved), allow_nan=False)


def test_the_reliability_is_read_as_it_was_saved_or_not_at_all(project):
    bins = tuple(ReliabilityBin(0.5, 0.7, 0.6, 20, right, 0.3, 0.9) for right in (12, 14))
    whole = ReliabilityBin(0.5, 0.7, 0.6, np.int64(40), 26, 0.4, 0.8)
    summary = Summary(untested=("owl",), is_measured=True, reliability=Reliability(whole, bins, "under", 1))
    assert models.save_model(project, 0, summary=summary).summary == summary
    assert models.get(project, 0).summary == summary and summary.reliability.whole.share == 0.65
    found = stored(project).summary["reliability"]
    for lacking in ({}, {**found, "whole": None}, {**found, "bins": []}, {**found, "whole": {"n": 3}}):
        assert Reliability.from_json(lacking) is None


@pytest.mark.sqlite
def test_records_are_not_changed():
    for record in (Summary(), Summary(changed=Changed(1, 2)).changed, Pick(1), StoredSelection("dami", (Pick(1),))):
        with pytest.raises(FrozenInstanceError):
            setattr(record, next(iter(asdict(record))), 5)
    with pytest.raises(TypeError):
        StoredSelection.from_json(SELECTION).rows[0] = 9
