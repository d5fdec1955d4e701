"""A comparison as a use case: when it may begin, what it runs on, what stays of it, and when it is out of date."""

import numpy as np
import pandas as pd
import pytest

from dami import simulate
from dami.errors import Cancelled, ProjectError
from dami.selection.strategies import STRATEGIES, Pool
from dami.store import annotations, files, jobs, projects
from dami.studies.experiment import COLUMNS, Experiment
from dami.workspace.annotating import audit_sample
from dami.workspace.comparing import comparison_settings, experiment_job, findings
from dami.workspace.comparing.comparison_settings import Settings
from dami.workspace.jobs.worker import KINDS, NICE, WARM_UPS
from dami.workspace.projects import labels
from dami.workspace.training.encoded_pool import encoded

SMALL = Settings(("dami", "random"), 6, 3, 2)
SAME = [column for column in COLUMNS if not column.endswith("seconds")]


def birds(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    kinds = np.arange(n) % 2
    frame = pd.DataFrame({"weight": kinds * 2 + rng.normal(size=n), "wing": rng.normal(size=n)})
    return frame.assign(kind=pd.Series([None] * n, dtype="object"))


def label(project, rows, class_of=lambda row: row % 2, **more):
    items = [{"action": "label", "row": row, "class": class_of(row), "source": "human", **more} for row in rows]
    assert not annotations.record(project.id, items, annotator=more.get("annotator")).refused


@pytest.fixture
def own(desk):
    """300 birds of two kinds, none labelled yet."""
    return desk.begin(birds(300), mode="label", classes=("duck", "goose"))


def compare(desk, project, settings=SMALL, seeds=3):
    experiment_job.start(project, settings, seeds)
    done = desk.work(project, "batch")
    assert [job.state for job in done] == ["done"], done[0].message
    return findings.last(project)


# ---- when it may begin ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "of_second", "ready"), [(200, 20, True), (199, 20, False), (200, 19, False)])
def test_own_labels_allow_it_from_200_rows_and_20_of_each_class_on(own, n, of_second, ready):
    label(own, range(n), lambda row: int(row >= n - of_second))
    state = experiment_job.readiness(own)
    assert (state.ready, state.n_rows) == (ready, n)
    if ready:
        assert experiment_job.start(own, SMALL, 2)
        return
    with pytest.raises(ProjectError, match="from 200 rows on, 20 of every class"):
        experiment_job.start(own, SMALL, 2)
    assert ("1 more rows" in state.sentence) == (n == 199)
    assert ("1 of goose" in state.sentence) == (of_second == 19)
    assert "duck" not in state.sentence


def test_it_says_how_many_are_missing_of_which_class(own):
    label(own, range(30), lambda row: int(row < 3))
    sentence = experiment_job.readiness(own).sentence
    assert "30 are labelled now, so label 170 more rows, at least 17 of goose" in sentence
    assert "duck" not in sentence


def test_a_whole_table_is_ready_at_once_and_a_tiny_one_is_not(desk, frame):
    state = experiment_job.readiness(desk.begin(frame))
    assert state.ready and state.n_rows == 60 and not state.caution
    assert experiment_job.readiness(desk.begin(frame, mode="label")).ready
    few = desk.begin(frame.head(29))
    assert not experiment_job.readiness(few).ready and "29" in experiment_job.readiness(few).sentence
    same = desk.begin(frame.assign(kind=np.where(np.arange(60) < 1, "owl", "cat")))
    assert experiment_job.readiness(same).ready
    annotations.record(same.id, [{"action": "discard", "row": 0, "source": "human"}])
    assert "of 1 class" in experiment_job.readiness(same).sentence


def test_defaults_follow_the_protocol_and_shrink_with_the_pool():
    assert comparison_settings.defaults(4601) == Settings(comparison_settings.DEFAULT, 30, 10, 20)
    penguins = comparison_settings.defaults(344)
    assert (penguins.n_initial, penguins.batch_size, penguins.rounds) == (30, 10, 8)
    for n in range(experiment_job.LEAST_OF_TABLE, 400):
        made = comparison_settings.defaults(n)
        comparison_settings.check(made, 1, n)
        half = (n - n // 3) // 2
        assert made.n_initial + made.batch_size * made.rounds <= half
        assert made.rounds >= min(8, half // 2)
    assert set(comparison_settings.DEFAULT) <= set(STRATEGIES)


@pytest.mark.parametrize(
    ("settings", "seeds", "said"),
    [
        (Settings((), 6, 3, 2), 3, "at least one strategy"),
        (Settings(("magic",), 6, 3, 2), 3, "magic"),
        (Settings(("random",), 0, 3, 2), 3, "at least 1"),
        (Settings(("random",), 18, 3, 2), 3, "half of the pool of 40 rows"),
        (SMALL, 0, "from 1 to"),
    ],
)
def test_settings_that_allow_no_run_are_refused_in_words(project, settings, seeds, said):
    with pytest.raises(ProjectError, match=said):
        experiment_job.start(project, settings, seeds)
    assert experiment_job.active(project.id) == []


# ---- what it runs on ------------------------------------------------------------------------------------------------


def test_it_is_what_dami_simulate_finds_on_the_same_table(desk, project, frame):
    label(project, range(8), lambda row: 0)  # what a person answers in Practise is not what answers here
    found = compare(desk, project)
    assert found.finished == [0, 1, 2] and not found.stale and found.state == "done"
    expected = simulate(
        frame.drop(columns="kind"), frame["kind"], list(SMALL.strategies), 3, SMALL.n_initial, SMALL.batch_size, 2
    )
    pd.testing.assert_frame_equal(found.records[SAME[:4]], expected[SAME[:4]], check_dtype=False)
    for measure in ("accuracy", "balanced_accuracy", "auroc"):  # networks trained together or apart: float32
        np.testing.assert_allclose(found.records[measure], expected[measure], atol=0.05)


def test_own_labels_are_used_as_they_count_now(desk, own):
    label(own, range(220))
    label(own, [0, 2], lambda row: 1)
    found = compare(desk, own, seeds=1)
    rows = np.arange(220)
    values = np.array(["duck", "goose"])[rows % 2]
    values[[0, 2]] = "goose"
    experiment = Experiment.encoded(encoded(own).X[rows], values, SMALL.strategies, 6, 3, 2)
    pool, _, initial = experiment.split(0)
    kept = findings.picks(own, found, "random", 0)
    assert kept[:6].tolist() == pool[initial].tolist()
    asked = STRATEGIES["random"]().query(Pool(experiment.X[pool], initial, seed=0), 3)
    assert kept[6:9].tolist() == pool[asked.indices].tolist()


def test_discarded_rows_and_those_of_an_audit_are_not_used(desk, own):
    label(own, range(230))
    annotations.record(own.id, [{"action": "discard", "row": row, "source": "human"} for row in range(5)])
    desk.trained(own)
    audit_sample.draw(own, 10)
    audited = sorted(labels.audit_rows(own))
    label(own, audited)
    known = experiment_job.known_labels(own)
    assert known.rows.tolist() == sorted(set(range(5, 230)))
    found = compare(desk, own, seeds=1)
    used = set(files.read_array(files.comparison_dir(own.id, found.key) / "rows.npy").tolist())
    assert used == set(range(5, 230)) and not used & set(audited)
    assert found.facts.n_rows == 225


def test_the_hidden_labels_of_practise_leave_out_what_was_discarded(project, frame):
    annotations.record(project.id, [{"action": "discard", "row": 7, "source": "human"}])
    known = experiment_job.known_labels(project)
    assert 7 not in known.rows and len(known.rows) == 59
    names = [entry.name for entry in labels.class_list(project.id).shown]
    assert [names[k] for k in known.ids] == frame["kind"].drop(index=7).tolist()


def test_the_caution_counts_who_chose_the_rows_and_how(desk):
    frame = birds(300)
    frame.loc[:39, "kind"] = np.array(["duck", "goose"])[np.arange(40) % 2]
    project = desk.begin(frame, mode="label")
    label(project, range(40, 140), strategy="dami", annotator="Ann")
    label(project, range(140, 200), strategy="chosen by hand", annotator="Ben")
    label(project, range(200, 210), strategy="audit", annotator="Ben")
    state = experiment_job.readiness(project)
    assert state.ready
    for part in (
        "These 210 rows",
        "100 asked for by dami",
        "60 found by the person",
        "40 came with the table",
        "10 drawn at random for an audit",
        "Ann (100) and Ben (70)",
        "may not hold on the whole table",
    ):
        assert part in state.caution
    assert compare(desk, project, seeds=1).facts.caution == state.caution


# ---- what stays of it -----------------------------------------------------------------------------------------------


def test_the_same_press_goes_on_where_it_was(desk, project):
    first = compare(desk, project, seeds=2)
    path = files.comparison_dir(project.id, first.key) / "records.csv"
    before = path.read_text()
    again = compare(desk, project, seeds=2)
    assert path.read_text() == before and again.finished == [0, 1]
    known = experiment_job.known_labels(project)
    assert findings.comparison_status(project, known, SMALL, 2).left == 0
    assert findings.comparison_status(project, known, SMALL, 4).button == "Go on"
    more = compare(desk, project, seeds=4)
    assert path.read_text().startswith(before) and more.finished == [0, 1, 2, 3] and more.key == first.key
    other = compare(desk, project, Settings(("random",), 6, 3, 2), seeds=1)
    assert other.key != first.key and other.finished == [0]
    assert compare(desk, project, seeds=2).finished == [0, 1]  # no more than were asked for


def test_a_cancel_keeps_the_seeds_that_are_finished(desk, project):
    experiment_job.start(project, SMALL, 10)
    job = jobs.claim("batch")
    told = []
    told_before = experiment_job.Reporter.__call__

    def report(self, share, stage, place=""):
        told.append(place)
        if share > 0.35:
            experiment_job.stop(project.id)
        self.interval = 0.0
        told_before(self, share, stage, place)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr(experiment_job.Reporter, "__call__", report)
        KINDS[job.kind](job)
    jobs.cancelled(job.id)
    found = findings.last(project)
    assert found.state == "cancelled" and found.finished == [0, 1, 2]
    assert all(findings.picks(project, found, "dami", seed) is not None for seed in found.finished)
    assert any(place.endswith(" left") for place in told)
    whole = compare(desk, project, seeds=4)
    assert whole.finished == [0, 1, 2, 3]
    pd.testing.assert_frame_equal(whole.records[whole.records["seed"] < 3].reset_index(drop=True), found.records)


def test_one_comparison_of_a_project_at_a_time(project):
    first = experiment_job.start(project, SMALL, 3)
    assert experiment_job.start(project, SMALL, 3) == first
    jobs.claim("batch")
    second = experiment_job.start(project, SMALL, 5)
    assert second != first and jobs.get(first).cancel
    experiment_job.stop(project.id)
    assert jobs.get(second).state == "cancelled"


def test_new_labels_make_it_stale_and_the_old_ones_fresh_again(desk, own):
    label(own, range(220))
    found = compare(desk, own, seeds=1)
    assert not found.stale
    label(own, [220])
    old = findings.last(own)
    assert old.stale and old.finished == [0] and old.facts.n_rows == 220
    assert findings.comparison_status(own, experiment_job.known_labels(own), SMALL, 1).button == "Compare"
    label(own, [220, 5], lambda row: 0)
    assert findings.last(own).stale  # another label of an old row
    [*_, first, second] = annotations.history(own.id)
    for event in (second, first):
        annotations.record(own.id, [{"action": "undo", "undoes": event.id}])
    last = annotations.history(own.id)[-1]
    annotations.record(own.id, [{"action": "undo", "undoes": last.id}])
    assert not findings.last(own).stale


def test_labels_that_change_before_it_begins_are_no_ground_to_run_on(desk, own):
    label(own, range(220))
    experiment_job.start(own, SMALL, 1)
    label(own, [220])
    [job] = desk.work(own, "batch")
    assert job.state == "failed" and "press Compare again" in job.message
    assert findings.last(own).finished == []


def test_files_that_are_gone_are_no_results(desk, project):
    found = compare(desk, project, seeds=1)
    folder = files.comparison_dir(project.id, found.key)
    (folder / "picks-0.npy").unlink()
    assert findings.picks(project, found, "dami", 0) is None
    (folder / "facts.json").unlink()
    assert findings.last(project).finished == []
    for wrong in ("../x", "0" * 33, "g" * 16 + "-" + "0" * 16):
        with pytest.raises(ProjectError):
            files.comparison_dir(project.id, wrong)


# ---- what it says ---------------------------------------------------------------------------------------------------


def made_up(seeds: int, ahead: float = 0.1) -> findings.Compared:
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(seeds):
        level = rng.normal(0.7, 0.1)
        for name, more in (("dami", ahead), ("random", 0.0), ("margin", 2 * ahead)):
            for number in range(3):
                value = level + (more + rng.normal(0, 0.01)) * number
                rows.append([name, seed, number, 10 + 5 * number, value, value, 0.5, 0.25 * (number > 0), 0.5])
    records = pd.DataFrame(rows, columns=COLUMNS)
    settings = Settings(("dami", "random", "margin"), 10, 5, 2)
    return findings.Compared("k", settings, seeds, records, False, "done", {"n_rounds": 2})


def test_a_verdict_needs_six_seeds():
    said = findings.verdicts(made_up(8), "accuracy")
    assert len(said) == 1
    assert said[0].startswith("DAMI is better than random: ahead on 8 of 8 seeds, +") and "95 % between" in said[0]
    assert "margin is better still" in said[0]
    early = findings.verdicts(made_up(5), "accuracy")
    assert early[0].startswith("After 5 seeds: DAMI is ahead of random on 5 of 5") and "too few" in early[-1]
    assert not any("better than" in sentence for sentence in early)
    assert findings.ranking(made_up(5), "accuracy")["bounds"].isna().all()
    assert findings.verdicts(made_up(0), "accuracy") == []


def test_the_table_ranks_counts_and_times():
    found = made_up(8)
    table = findings.ranking(found, "accuracy").set_index("strategy")
    assert table.index.tolist() == ["Margin", "DAMI", "Random"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table.loc["DAMI", "record"] == "8 / 0 / 0" and pd.isna(table.loc["Random", "record"])
    of_dami = found.records[found.records["strategy"] == "dami"].pivot(index="seed", columns="round", values="accuracy")
    area = ((of_dami[0] + of_dami[1]) / 2 + (of_dami[1] + of_dami[2]) / 2) / 2
    assert table.loc["DAMI", "area"] == pytest.approx(100 * area.mean())
    assert table.loc["DAMI", "seconds"] == pytest.approx(0.5 + 0.25 * 2 / 3)


def test_a_step_marks_the_rows_labelled_by_then():
    rows, settings = np.arange(100, 130), Settings(("dami",), 9, 3, 7)
    early = findings.step(rows, settings, 7, 0, False)
    assert early["labels"] == {"rows": list(range(100, 109)), "classes": [0] * 9}
    later = findings.step(rows, settings, 7, 3, False)
    assert later["labels"]["classes"] == [0] * 9 + [1] * 6 + [2] * 3
    assert later["classes"] == early["classes"]  # the map only takes in more points
    by_round = findings.step(rows, settings, 7, 7, True)
    names = [by_round["classes"][k]["name"] for k in by_round["labels"]["classes"]]
    assert names[9:15] == ["in rounds 1 to 2"] * 6 and names[-3:] == ["in round 7"] * 3
    assert len({entry["color"] for entry in by_round["classes"]}) == len(by_round["classes"])


def test_the_step_view_in_words_and_what_was_held_out(desk, project):
    from dami.views.bitsets import decode_rows

    found = compare(desk, project, seeds=1)
    held = decode_rows(findings.held_out(project, found, 0, 60))
    mine, others = (findings.picks(project, found, name, 0) for name in ("dami", "random"))
    assert len(held) == 20 and not set(held) & {*mine, *others}
    assert mine[:6].tolist() == others[:6].tolist()
    shared = len(set(mine[6:9]) & set(others[6:9]))
    text = findings.step_in_words(project, found, "dami", 0, 1)
    assert "round 1 of 2: 9 labels" in text and f"Of the 3 rows that it asked for, random drew {shared} too" in text


def test_the_batch_lane_gives_way_and_costs_nothing_until_it_is_wanted():
    assert NICE["batch"] > 10 and "batch" not in WARM_UPS
    assert KINDS[experiment_job.KIND] is experiment_job.run
    assert experiment_job.duration(3) == "about 5 s" and experiment_job.duration(130) == "about 2 min"
    assert experiment_job.duration(2 * 3600) == "about 2.0 h"


def test_a_deleted_project_ends_its_comparison_in_words(project):
    experiment_job.start(project, SMALL, 1)
    job = jobs.claim("batch")
    projects.delete(project.id)
    with pytest.raises(ProjectError):
        KINDS[job.kind](job)
