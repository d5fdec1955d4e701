"""The Compare page: one press, a stop, what was found, and what cannot be compared."""

from app_client import button, fine, sent, show, start, table_of, texts, work

from dami.store import annotations, projects
from dami.workspace.comparing import experiment_job
from dami.workspace.comparing.comparison_settings import DEFAULT, Settings
from dami.workspace.projects import begin as workspace_projects


def settle(project: str, **settings: int) -> None:
    """A small comparison, finished."""
    chosen = Settings(("dami", "random"), 4, 2, 2)
    experiment_job.start(projects.get(project), chosen, settings.get("seeds", 2))
    work("batch")


def test_one_press_asks_for_a_comparison_and_stop_takes_it_back(project):
    at = show(start(project), "compare")
    assert "all 40 rows" in texts(at).replace("\\", "") and "Press **Compare**" in texts(at)
    at = fine(button(at, "Compare").click().run())
    [job] = experiment_job.active(project)
    assert job.lane == "batch" and job.payload["seeds"] == 10
    assert tuple(job.payload["settings"]["strategies"]) == DEFAULT
    assert "first seed is under way" in texts(at)
    at = fine(button(at, "Stop").click().run())
    assert experiment_job.active(project) == [] and "Stopped before the first seed" in texts(at)
    assert button(at, "Compare")


def test_a_setting_that_was_changed_just_before_the_press_counts(project):
    at = show(start(project), "compare")
    for label, value in (("Seeds", 3), ("Rounds at most", 1), ("Initial labels", 4), ("Labels a round", 2)):
        next(element for element in at.number_input if element.label == label).set_value(value)
    fine(button(at, "Compare").click().run())  # one run: the page was not drawn in between
    [job] = experiment_job.active(project)
    assert job.payload["seeds"] == 3
    assert {name: job.payload["settings"][name] for name in ("n_initial", "batch_size", "rounds")} == {
        **{"n_initial": 4, "batch_size": 2, "rounds": 1}
    }


def test_too_few_labels_say_how_many_more_of_which_class(frame):
    frame["kind"] = frame["kind"].where(frame.index < 30)
    mine = workspace_projects.begin(table_of(frame), "Mine", target="kind", mode="label").id
    at = show(start(mine), "compare")
    said = at.info[0].value.replace("\\", "")
    assert "30 are labelled now, so label 170 more rows, at least 5 of big and 5 of small" in said
    assert not at.button or "Compare" not in [element.label for element in at.button]


def test_what_was_found_is_shown_and_advanced_goes_on(trained):
    settle(trained)
    at = show(start(trained), "compare")
    assert button(at, "Compared").disabled and "2 seeds" in texts(at)
    assert "too few to judge" in texts(at)
    assert at.dataframe[0].value["strategy"].tolist() in (["DAMI", "Random"], ["Random", "DAMI"])
    picture = sent(at, "compare_map")
    assert len(picture["labels"]["rows"]) == 6 and picture["classes"][0]["name"].startswith("at first")
    at = fine(at.slider[0].set_value(2).run())
    assert len(sent(at, "compare_map")["labels"]["rows"]) == 8
    seeds = next(element for element in at.number_input if element.label == "Seeds")
    at = fine(seeds.set_value(7).run())
    at = fine(button(at, "Go on").click().run())
    work("batch")
    at = show(start(trained), "compare")
    assert "7 seeds" in texts(at) and "95 % between" in texts(at)
    at = fine(next(g for g in at.button_group if g.key == "compare_measure").set_value("accuracy").run())
    assert "95 % between" in texts(at)


def test_settings_that_fit_no_round_are_said(project):
    at = show(start(project), "compare")
    initial = next(element for element in at.number_input if element.label == "Initial labels")
    at = fine(initial.set_value(30).run())
    assert "make these numbers smaller" in texts(at)
    at = fine(button(at, "Compare").click().run())
    assert "make them fewer" in at.error[0].value and experiment_job.active(project) == []


def test_labels_that_changed_since_are_said(project):
    settle(project)
    annotations.record(project, [{"action": "discard", "row": 3, "source": "human"}])
    at = show(start(project), "compare")
    assert "have changed since" in at.warning[0].value and "40" in at.warning[0].value
    assert button(at, "Compare")
