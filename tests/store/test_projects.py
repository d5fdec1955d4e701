import dataclasses
import time

import pandas as pd
import pytest
import sqlalchemy as sa

from dami.errors import ProjectError
from dami.store import annotations, classes, database, files, jobs, models, projects, records, schema, tables
from dami.store.model_records import Pick, StoredSelection, Summary


def make_old(project, days):
    with database.transaction() as connection:
        columns = schema.project.c
        connection.execute(
            sa.update(schema.project).where(columns.id == project).values(deleted=time.time() - days * 86_400)
        )


def test_a_project_comes_back_as_it_was_made(table):
    made = projects.create(
        "Penguins",
        table.id,
        filename="penguins.csv",
        target="species",
        mode="practise",
        goal=300,
        seed=7,
        round_size=5,
        annotator="ada",
        strategy="random",
        left_out={"id": "differs in every row"},
    )
    assert projects.get(made.id) == projects.by_access_token(made.access_token) == made
    assert (made.goal, made.seed, made.mode, made.left_out) == (300, 7, "practise", {"id": "differs in every row"})
    assert files.PROJECT_ID.fullmatch(made.id)
    assert made.id != made.access_token
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "x"


def test_ids_and_seeds_differ(table):
    made = [projects.create("P", table.id) for _ in range(20)]
    for field in ("id", "access_token", "seed"):
        assert len({getattr(project, field) for project in made}) == 20


def test_what_cannot_be_made_is_said_in_words(table):
    for wrong in (
        {"table_id": "0" * 64},
        {"mode": "play"},
        {"name": "  "},
        {"goal": 0},
        {"classes": ["a", "a"]},
        {"classes": ["a", " "]},
        {"classes": ["a", {"name": "b", "value": "a"}]},
    ):
        with pytest.raises(ProjectError):
            projects.create(**{"name": "P", "table_id": table.id, **wrong})
    assert projects.listing() == []


def test_the_last_opened_is_listed_first(table):
    a, b, c = [
        projects.create(name, table.id, annotator=who).id for name, who in (("a", "ada"), ("b", "bob"), ("c", "ada"))
    ]
    revision = projects.revision(a)
    projects.opened(a)
    assert projects.revision(a) == revision
    assert [project.id for project in projects.listing()] == [a, c, b]
    assert [project.id for project in projects.listing(annotator="ada")] == [a, c]


def test_changes(project):
    before = projects.get(project)
    after = projects.change(project, goal=50, left_out={"b": "not for the model"}, strategy="margin")
    assert (after.goal, after.left_out, after.strategy) == (50, {"b": "not for the model"}, "margin")
    assert after.revision > before.revision
    assert projects.rename(project, "Beasts") == projects.get(project)
    with pytest.raises(TypeError):
        projects.change(project, access_token="mine")
    for wrong in ({"mode": "play"}, {"name": ""}, {"round_size": 0}):
        with pytest.raises(ProjectError):
            projects.change(project, **wrong)


def test_deleted_is_hidden_and_can_be_undone(project):
    annotations.append(project, "tab", [{"seq": 0, "row": 1, "action": "label", "class": 0}])
    token = projects.get(project).access_token
    projects.delete(project)
    assert projects.listing() == []
    assert [hidden.id for hidden in projects.listing(deleted=True)] == [project]
    for ask in (
        projects.get,
        projects.revision,
        projects.opened,
        projects.delete,
        lambda p: projects.by_access_token(token),
        lambda p: projects.rename(p, "x"),
        lambda p: annotations.append(p, "tab", []),
        lambda p: classes.add_class(p, "x"),
        lambda p: models.save_model(p, 0),
    ):
        with pytest.raises(ProjectError):
            ask(project)
    assert projects.restore(project).name == "Animals"
    assert annotations.labels(project) == {1: 0}
    with pytest.raises(ProjectError):
        projects.restore("nosuchprojectatall")


def test_purge_takes_what_was_deleted_long_ago_and_nothing_else(table):
    other_table = tables.store_table(pd.DataFrame({"z": [1, 2]}))
    kept, recent, old, alone = [
        projects.create(name, one.id, classes=["a"]).id
        for name, one in (("kept", table), ("recent", table), ("old", table), ("alone", other_table))
    ]
    for project in (kept, recent, old, alone):
        annotations.append(
            project,
            "tab",
            [
                {"seq": 0, "row": 1, "action": "label", "class": 0},
                {"seq": 1, "action": "undo", "undoes": {"client": "tab", "seq": 0}},
            ],
        )
        models.save_model(project, 0)
        jobs.submit(project, "map", "umap")
        files.write_atomic(files.model_dir(project, 0) / "a.bin", b"x")
    for project in (recent, old, alone):
        projects.delete(project)
    make_old(old, 31)
    make_old(alone, 31)
    assert sorted(projects.purge()) == sorted([old, alone])
    assert projects.purge() == []
    assert (
        not files.project_dir(old).exists() and files.project_dir(recent).exists() and files.project_dir(kept).exists()
    )
    assert files.table_path(table.id).exists() and not files.table_path(other_table.id).exists()
    with pytest.raises(ProjectError):
        tables.load_table(other_table.id)
    assert len(annotations.events(kept)) == len(annotations.events(recent)) == 2
    with database.reading() as connection:
        for one in (schema.event, schema.model, schema.job, schema.class_):
            assert set(connection.execute(sa.select(one.c.project)).scalars()) == {kept, recent}
    assert projects.restore(recent).name == "recent"
    assert tables.store_table(pd.DataFrame({"z": [1, 2]})).id == other_table.id  # and it can come again
    assert tables.load_table(other_table.id)["z"].tolist() == [1, 2]


def test_purge_takes_tables_that_a_project_grew_out_of(table):
    grown = tables.store_table(pd.DataFrame({"a": range(1001)}))
    waiting = tables.store_table(pd.DataFrame({"new": [1, 2]}))
    project = projects.create("growing", table.id, classes=["a"]).id
    projects.replace_table(project, grown.id, table.id)
    projects.purge()
    assert files.table_path(table.id).exists()  # a training may be reading it still
    with database.transaction() as connection:
        of_old = schema.table_.c.id.in_([table.id, grown.id])
        connection.execute(sa.update(schema.table_).where(of_old).values(created=0.0))
    projects.purge()
    assert not files.table_path(table.id).exists()
    assert files.table_path(grown.id).exists() and files.table_path(waiting.id).exists()
    assert len(tables.load_table(grown.id)) == 1001


def test_ids_stay_while_classes_change(project):
    assert [(one.id, one.name, one.value) for one in classes.list_classes(project)] == [
        (0, "cat", "cat"),
        (1, "dog", "dog"),
        (2, "owl", "owl"),
    ]
    annotations.append(project, "tab", [{"seq": 0, "row": 1, "action": "label", "class": 1}])
    revision = projects.revision(project)
    assert classes.rename_class(project, 1, " wolf ") == records.Class(1, "wolf", "dog", "")
    assert projects.revision(project) > revision
    assert classes.add_class(project, "yak", value="4", guideline="long hair") == records.Class(
        3, "yak", "4", "long hair"
    )
    assert classes.set_guideline(project, 0, "purrs").guideline == "purrs"
    assert annotations.labels(project) == {1: 1}
    assert [one.id for one in classes.list_classes(project)] == [0, 1, 2, 3]
    for wrong in (
        lambda: classes.add_class(project, "cat"),
        lambda: classes.add_class(project, ""),
        lambda: classes.rename_class(project, 0, "wolf"),
        lambda: classes.rename_class(project, 77, "x"),
        lambda: classes.add_class(project, "x", value="4"),
    ):
        with pytest.raises(ProjectError):
            wrong()
    assert classes.rename_class(project, 0, "cat").name == "cat"


def test_models_are_numbered_from_the_cold_start(project):
    assert (models.latest(project), models.next_number(project), models.listing(project)) == (None, 0, [])
    first = models.save_model(project, 0, selection=StoredSelection("dami", (Pick(3, float("inf")), Pick(1, 2.5))))
    assert first.selection == StoredSelection("dami", (Pick(3, None), Pick(1, 2.5))) and not first.is_trained
    revision = projects.revision(project)
    second = models.save_model(project, 1, through_event=12, n_labeled=10, summary=Summary(classes=("a", "b")))
    assert projects.revision(project) > revision
    assert models.get(project, 1) == models.latest(project) == second and second.is_trained
    assert models.get(project, 0) == first
    assert models.next_number(project) == 2
    again = models.save_model(project, 1, n_labeled=11)
    assert models.listing(project) == [first, again]
    with pytest.raises(ProjectError):
        models.get(project, 9)


def test_a_map_is_named_later(project):
    models.save_model(project, 0)
    revision = projects.revision(project)
    assert models.set_map(project, 0, "map-0").map_name == "map-0" == models.get(project, 0).map_name
    assert projects.revision(project) > revision
    with pytest.raises(ProjectError):
        models.set_map(project, 5, "map-5")
