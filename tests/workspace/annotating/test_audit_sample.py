"""The audit, the advice, what a round changed, doubts, guesses and near duplicates, on real projects."""

import base64
import json

import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.networks.regions import linear_regions
from dami.store import annotations, audits, classes, models, projects
from dami.store.model_records import Changed
from dami.workspace.annotating import audit_sample, model_guess, near_duplicates, pad, row_cards, stopping_advice
from dami.workspace.exploring import map_colors, maps
from dami.workspace.projects.labels import known, oracle, predictions, shown_predictions
from dami.workspace.training import rounds
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.transfer.labeled_table import labeled_table


@pytest.fixture
def trained(desk, frame, once):
    """60 animals in Practise after two rounds of right labels."""

    def make():
        project = desk.begin(frame)
        for _ in range(2):
            desk.work(project)
            desk.label_queue(project, frame["kind"], 10)
        return desk.trained(project)

    return once(make)


def judge(desk, project, n=None, **more):
    """Answer rows of the audit as the queue asks for them."""
    for entry in pad.pad(project.id)["queue"][:n]:
        assert entry["audit"] and entry["strategy"] == "audit" and entry["nearest"] is None
        desk.press(project, [{"row": entry["row"], "class": oracle(project, entry["row"]), **more}])


def test_an_audit_is_drawn_from_the_rows_without_an_answer(desk, trained):
    answered = set(annotations.current(trained.id))
    drawn = audit_sample.draw(trained, 12)
    assert len(set(drawn.rows)) == 12 and not set(drawn.rows) & answered
    assert drawn.n_remainder == len(audit_sample.remainder(trained)) == 60 - len(answered)
    shown = pad.pad(trained.id)
    assert [entry["row"] for entry in shown["queue"]][:12] == drawn.rows
    assert shown["audit"] == {"size": 12, "answered": 0}
    with pytest.raises(ProjectError, match="open already"):
        audit_sample.draw(trained, 3)


def test_every_row_is_as_likely_to_be_drawn(desk, trained, monkeypatch):
    counts = np.zeros(60)
    for seed in range(300):
        monkeypatch.setattr(audits, "draw", lambda _, drawn, n: counts.__setitem__(drawn, counts[drawn] + 1))
        changed = projects.change(trained.id, seed=seed)
        audit_sample.draw(changed, 10)
    pool = audit_sample.remainder(trained)
    assert counts.sum() == 3000 and counts[pool].sum() == 3000
    expected = 3000 / len(pool)
    # The statistic of a uniform draw has the mean len(pool) and about twice that as variance.
    assert ((counts[pool] - expected) ** 2 / expected).sum() < len(pool) + 4 * np.sqrt(2 * len(pool))


def test_nothing_is_said_of_an_audits_rows_until_it_is_released(trained):
    drawn = sorted(audit_sample.draw(trained, 7).rows)
    model = models.latest(trained.id)
    said, shown = predictions(trained, model), shown_predictions(trained, model)
    assert (said.codes >= 0).all() and np.flatnonzero(shown.codes < 0).tolist() == drawn
    others = np.setdiff1d(np.arange(60), drawn)
    np.testing.assert_array_equal(shown.probabilities[others], said.probabilities[others])
    for by in ("prediction", "confidence"):
        answer = json.loads(map_colors.colors(trained, by))
        codes = np.frombuffer(base64.b64decode(answer.get("codes") or answer["values"]), "u1")
        assert np.flatnonzero(codes == 255).tolist() == drawn
    audit_sample.release(trained)
    assert (shown_predictions(trained, model).codes >= 0).all()


def test_audited_rows_are_neither_learnt_from_nor_asked_for_nor_centres(desk, trained, frame):
    drawn = audit_sample.draw(trained, 15)
    before = models.latest(trained.id)
    judge(desk, trained, 15)
    assert pad.pad(trained.id)["round_done"] == 0
    rounds.start(trained.id)
    desk.work(trained)
    after = models.latest(trained.id)
    assert after.number == before.number + 1 and after.n_labeled == before.n_labeled == 20
    assert not set(after.selection.rows) & set(drawn.rows)
    nearest = artifacts(trained.id, after.number).nearest
    assert set(np.unique(nearest)) <= set(annotations.labels(trained.id)) - set(drawn.rows)
    audit_sample.release(trained)
    desk.work(trained)
    assert models.latest(trained.id).n_labeled == 35


def test_the_result_counts_what_the_network_gets_right(desk, trained):
    drawn = audit_sample.draw(trained, 10)
    assert audit_sample.result(trained).labeled == 0 and not audit_sample.result(trained).complete
    judge(desk, trained, 6)
    wrong, unsure, gone, late = [row for row in drawn.rows if row not in annotations.current(trained.id)]
    said = predictions(trained, models.latest(trained.id))
    desk.press(trained, [{"row": wrong, "class": (said.classes[said.codes[wrong]].id + 1) % 3}])
    desk.press(trained, [{"row": unsure, "action": "unsure"}, {"row": gone, "action": "discard"}])
    desk.press(trained, [{"row": late, "action": "later"}])
    assert audit_sample.open_rows(trained) == [late]
    labels = known(trained)
    right = sum(said.classes[said.codes[row]].id == labels[row] for row in drawn.rows if row in labels)
    result = audit_sample.result(trained)
    assert (result.size, result.labeled, result.unsure, result.correct) == (9, 7, 1, right)
    assert right < 7 and not result.complete
    assert audit_sample.progress(trained) == {"size": 9, "answered": 8}
    desk.press(trained, [{"row": late, "class": oracle(trained, late)}])
    assert audit_sample.result(trained).complete
    assert not any(entry.get("audit") for entry in pad.pad(trained.id)["queue"])
    [event] = [event for event in annotations.history(trained.id) if event.row == unsure]
    assert event.strategy is None  # sent without a model: nobody asked


def test_no_audit_without_a_network_or_rows(desk, trained, frame):
    fresh = desk.begin(frame)
    desk.work(fresh)
    with pytest.raises(ProjectError, match="No network"):
        audit_sample.draw(fresh, 5)
    for size in (0, 41):
        with pytest.raises(ProjectError, match="40 rows"):
            audit_sample.draw(trained, size)


def test_a_round_says_what_it_changed(desk, trained, frame):
    first, second = models.listing(trained.id)[-2:]
    one, two = (artifacts(trained.id, m.number).probabilities.argmax(1) for m in (first, second))
    names = [np.array(m.summary.classes)[codes] for m, codes in ((first, one), (second, two))]
    expected = names[0] != names[1]
    assert second.summary.changed == Changed(int(expected.sum()), 60, first.number)
    assert (artifacts(trained.id, second.number).changed == expected).all()
    assert '"changed", "the same"' in map_colors.colors(trained, "changed")


def test_the_advice_follows_the_rounds(desk, trained, frame):
    assert stopping_advice.status(trained).advice.verdict == "unknown"
    for _ in range(3):
        desk.label_queue(trained, frame["kind"], 10)
        desk.work(trained)
    status = stopping_advice.status(trained)
    shares = [m.summary.changed.rows / 60 for m in models.listing(trained.id) if m.summary.changed]
    assert [share for _, share in status.changes] == shares and len(shares) == 4
    assert [labels for labels, _ in status.changes] == [20, 30, 40, 50]
    assert status.advice.verdict == ("settled" if max(shares[-3:]) <= 0.02 else "go on")
    radii = status.radii.radii
    model = models.latest(trained.id)
    net = artifacts(trained.id, model.number)
    representation = linear_regions(net.layers, cached(trained).X).representation.astype(float)
    order = [event.row for event in annotations.history(trained.id)]
    for labels, radius in zip(status.radii.labels, radii, strict=True):
        gaps = np.linalg.norm(representation[:, None] - representation[order[:labels]], axis=2).min(axis=1)
        assert radius == pytest.approx(gaps.max(), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("trained_briefly", ["no"])
def test_a_wrong_label_is_listed_for_a_second_look(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 30)
    row = next(row for row in range(60) if row not in annotations.labels(project.id))
    wrong = (oracle(project, row) + 1) % 3
    desk.press(project, [{"row": row, "class": wrong}])
    rounds.start(project.id)
    desk.work(project)
    values = [entry.value for entry in classes.list_classes(project.id)]
    # Near the top: with 31 labels, networks doubt some right ones as well, and rounding decides which come before.
    doubt = next(doubt for doubt in models.latest(project.id).summary.doubts[:3] if doubt.row == row)
    assert (doubt.given, doubt.suggested) == (values[wrong], frame["kind"][row])
    assert doubt.event == annotations.current(project.id)[row].id


def test_the_guess_is_the_networks_and_its_columns_add_up(desk, trained):
    model, pool = models.latest(trained.id), cached(trained)
    place = artifacts(trained.id, model.number)
    for row in (0, 7, 31):
        found = model_guess.guess(trained, row)
        shares = place.probabilities[row]
        best = np.argsort(-shares)
        names = {entry.id: entry.value for entry in classes.list_classes(trained.id)}
        assert [names[one["class"]] for one in found["classes"]] == [model.summary.classes[k] for k in best]
        assert [one["probability"] for one in found["classes"]] == pytest.approx(shares[best], abs=1e-5)
        local = row_cards.local_model(trained, row)
        at = {name: k for k, name in enumerate(local.classes)}
        w = local.weights[at[names[found["favored"]]]] - local.weights[at[names[found["other"]]]]
        medians = np.median(pool.X, axis=0)
        for name, value in found["columns"].items():
            parts = [w[j] * (pool.X[row, j] - medians[j]) for j, c in enumerate(pool.columns_of) if c == name]
            assert value == pytest.approx(sum(parts), abs=1e-4)


def test_no_guess_on_audited_rows_nor_before_a_network(desk, trained, frame):
    row = audit_sample.draw(trained, 5).rows[0]
    with pytest.raises(ProjectError, match="would lead you"):
        model_guess.guess(trained, row)
    fresh = desk.begin(frame)
    desk.work(fresh)
    with pytest.raises(ProjectError, match="No network"):
        model_guess.guess(fresh, 0)


def test_near_duplicates_are_unanswered(desk, frame):
    frame.loc[[40, 41, 42], frame.columns.drop("name")] = frame.loc[3, frame.columns.drop("name")].to_numpy()
    project = desk.begin(frame.drop(columns="name"))
    assert near_duplicates.find(project, 3)["rows"] == []  # nothing has been read yet
    desk.work(project)
    found = near_duplicates.find(project, 3)
    assert found["rows"] == [40, 41, 42] and found["why"] == "3 more rows have the same values."
    desk.press(project, [{"row": 41, "class": 0}])
    assert near_duplicates.find(project, 3)["rows"] == [40, 42]
    with pytest.raises(ProjectError, match="no row 60"):
        near_duplicates.find(project, 60)


def test_merged_classes_count_as_one_everywhere(desk, trained, frame):
    kinds = {entry.name: entry.id for entry in classes.list_classes(trained.id)}
    before = predictions(trained, models.latest(trained.id))
    place = {entry.name: k for k, entry in enumerate(before.classes)}
    classes.merge_class(trained.id, kinds["dog"], kinds["cat"])
    shown = pad.pad(trained.id)
    assert [entry["name"] for entry in shown["classes"]] == ["cat", "owl"]
    expected = annotations.labels(trained.id)
    assert sum(entry["count"] for entry in shown["classes"]) == len(expected)
    assert {entry["class"] for entry in shown["history"]} <= {kinds["cat"], kinds["owl"]}
    after = predictions(trained, models.latest(trained.id))
    column = [entry.name for entry in after.classes].index("cat")
    total = before.probabilities[:, place["cat"]] + before.probabilities[:, place["dog"]]
    assert np.allclose(after.probabilities[:, column], total)
    assert oracle(trained, frame.index[frame["kind"] == "dog"][0]) == kinds["cat"]
    rounds.start(trained.id)
    desk.work(trained)
    assert sorted(models.latest(trained.id).summary.classes) == ["cat", "owl"]
    table = labeled_table(projects.get(trained.id))
    assert set(table["label"].dropna()) == {"cat", "owl"}
    classes.part_class(trained.id, kinds["dog"])
    assert known(trained) == expected


def test_discarded_rows_leave_the_map(desk, trained):
    desk.press(trained, [{"row": 4, "action": "discard"}])
    assert maps.data(trained)["gone"] is not None
    rounds.start(trained.id)
    desk.work(trained)
    desk.work(trained, "map")
    packed = np.frombuffer(maps.positions(trained.id, maps.data(trained)["name"]), "<u2").reshape(60, 2)
    assert (packed[4] == 0).all() and (packed.any(axis=1).sum()) == 59


def test_a_held_map_stays_and_says_so(desk, trained, frame):
    desk.work(trained, "map")
    held = maps.data(trained)
    desk.label_queue(trained, frame["kind"], 10)
    desk.work(trained)
    desk.work(trained, "map")
    still, new = maps.data(trained, held=held["model"]), maps.data(trained)
    assert still["name"] == held["name"] != new["name"]
    assert f"Held: the map of network {held['model']}" in still["caption"] and "Held" not in new["caption"]
    assert maps.data(trained, held=99)["name"] == new["name"]


def test_notes_are_shown_and_exported(desk, trained):
    desk.press(trained, [{"row": 9, "action": "note", "note": "<b>odd</b>"}])
    [card] = row_cards.cards(trained, [9])
    assert card["note"] == "<b>odd</b>" and card["class"] == known(trained).get(9)
    table = labeled_table(trained)
    assert table["note"][9] == "<b>odd</b>" and table["note"].notna().sum() == 1
    assert pad.pad(trained.id)["history"][-1]["note"] == "<b>odd</b>"
    assert pd.isna(table["answer"][9]) == (9 not in annotations.current(trained.id))
