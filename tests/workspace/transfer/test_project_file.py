import io
import json
import zipfile
from dataclasses import asdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dami.errors import ProjectError
from dami.store import annotations, audits, classes, database, jobs, projects
from dami.store.records import Class
from dami.workspace.projects import begin
from dami.workspace.projects.stored_tables import table
from dami.workspace.transfer import exporters, project_file
from dami.workspace.transfer.labeled_table import labeled_table

VISIBLE = ("name", "weight", "legs", "color", "age")
AUDIT = {"number": 1, "rows": [1, 2], "n_remainder": 50, "created": 1.0, "released": 2.0}
KEPT_OF_EVENT = ("client", "seq", "row", "action", "class_id", "note", "source", "annotator", "pressed", "committed")


@pytest.fixture
def packed(desk, frame):
    """A project file with a target, guidelines, labels, an undo, an undone undo, an unsure row; and its project."""
    frame = frame.astype({"legs": "Int64"})
    frame.loc[4, "legs"] = pd.NA
    frame.loc[frame.index >= 10, "kind"] = None
    frame.attrs["notes"] = ["Two blank lines were skipped."]
    project = desk.begin(frame, mode="label", annotator="Ada", left_out=["color"], goal=42)
    classes.set_guideline(project.id, 1, "It barks.")
    desk.press(project, [{"row": row, "class": row % 3, "pressed": 1e9 + row} for row in (20, 21, 22)])
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 2}}])
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 3}}, {"row": 30, "action": "unsure"}])
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 5}}], client="tab")
    desk.press(project, [{"row": 40, "class": 2, "note": "ümlaut"}], client="other tab")
    return project_file.pack(project), project


def events_of(project):
    """The log, with what an undo takes back by client and number, since ids differ elsewhere."""
    events = annotations.events(project.id)
    origin = {event.id: (event.client, event.seq) for event in events}
    return [
        {**{name: getattr(event, name) for name in KEPT_OF_EVENT}, "undoes": origin.get(event.undoes)}
        for event in events
    ]


def test_a_project_opens_in_another_data_folder_as_it_was(packed, tmp_path, monkeypatch):
    data, project = packed
    frame, log, current = table(project.table_id), events_of(project), annotations.labels(project.id)
    listed, exported = classes.list_classes(project.id), labeled_table(project)
    assert current == {20: 2, 22: 1, 40: 2} and len(log) == 8
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "elsewhere"))
    opened = project_file.unpack(data)
    assert opened.table_id == project.table_id
    pd.testing.assert_frame_equal(table(opened.table_id), frame)
    assert table(opened.table_id).attrs == frame.attrs
    assert classes.list_classes(opened.id) == listed and listed[1].guideline == "It barks."
    assert events_of(opened) == log
    assert annotations.labels(opened.id) == current
    pd.testing.assert_frame_equal(labeled_table(opened), exported)
    kept = {name: value for name, value in asdict(project).items() if name in project_file.KEPT}
    assert {name: asdict(opened)[name] for name in kept} == kept
    assert opened.id != project.id and opened.access_token != project.access_token
    assert jobs.latest(opened.id, "train") is not None  # its first network is under way
    again = project_file.unpack(project_file.pack(opened))
    assert events_of(again) == log
    database.reset()


def test_merges_audits_and_batches_travel(desk, frame, tmp_path, monkeypatch):
    project = desk.begin(frame, mode="label")
    for name in ("dog", "wolf"):
        if name not in [entry.name for entry in classes.list_classes(project.id)]:
            classes.add_class(project.id, name)
    a, b, c, *_ = (entry.id for entry in classes.list_classes(project.id))
    classes.merge_class(project.id, a, b)
    classes.merge_class(project.id, b, c)  # a chain: a counts as b, which counts as c
    audits.draw(project.id, [5, 3, 9], 40)
    audits.release(project.id)
    audits.draw(project.id, [7, 8], 30)
    together = [{"row": row, "action": "label", "class": c} for row in (1, 2)]
    annotations.record(project.id, together, annotator="Ada", batch=True)
    data = project_file.pack(project)
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "elsewhere"))
    opened = project_file.unpack(data)
    assert classes.list_classes(opened.id) == desk_classes(data)
    assert [(x.rows, x.n_remainder, x.released is None) for x in audits.listing(opened.id)] == [
        ([5, 3, 9], 40, False),
        ([7, 8], 30, True),
    ]
    one, two = annotations.events(opened.id)
    assert one.batch is not None and one.batch == two.batch
    database.reset()


def desk_classes(data: bytes):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [Class(**entry) for entry in json.loads(archive.read("project.json"))["classes"]]


def test_a_file_from_before_there_were_audits_opens(packed):
    def older(described):
        del described["audits"]
        for entry in described["classes"]:
            del entry["merged_into"]

    data, _ = packed
    opened = project_file.unpack(changed(data, older))
    assert audits.listing(opened.id) == [] and annotations.labels(opened.id) == {20: 2, 22: 1, 40: 2}


def test_a_file_whose_strategy_is_not_installed_here_opens_and_keeps_its_name(packed):
    data, _ = packed
    opened = project_file.unpack(changed(data, setting("project", "strategy", value="of-a-package")))
    assert opened.strategy == "of-a-package" and annotations.labels(opened.id) == {20: 2, 22: 1, 40: 2}
    assert begin.choose_strategy(opened, "random").strategy == "random"


def test_the_file_holds_no_token_and_no_id(packed):
    data, project = packed
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["project.json", "table.parquet"]
        text = archive.read("project.json").decode()
    assert project.id not in text and project.access_token not in text


def changed(data: bytes, change=None, **parts: bytes | None) -> bytes:
    """The project file with its description changed by a function, or parts replaced (None: left out)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "project.json" and change is not None:
                described = json.loads(content)
                content = json.dumps(change(described) or described).encode()
            content = parts.get(name.replace(".", "_"), content)
            if content is not None:
                new.writestr(name, content)
    return buffer.getvalue()


def refuse(data: bytes) -> str:
    """The sentence with which a file is refused; no project is left behind."""
    before = {project.id for project in projects.listing()}
    with pytest.raises(ProjectError) as caught:
        project_file.unpack(data)
    assert {project.id for project in projects.listing()} == before
    assert len(str(caught.value)) > 20
    return str(caught.value)


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame), buffer)
    return buffer.getvalue()


def setting(*path, value):
    def change(described):
        place = described
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def test_damaged_and_foreign_files_are_refused(packed):
    data, _ = packed
    rng = np.random.default_rng(0)
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    cases = [b"", b"PK", rng.bytes(5000), data[: len(data) // 2], foreign.getvalue()]
    cases += [changed(data, project_json=None), changed(data, table_parquet=None)]
    cases += [changed(data, project_json=b"{"), changed(data, table_parquet=b"PAR1 not"), changed(data, lambda d: [1])]
    cases += [changed(data, project_json=b"[" * 100_000), changed(data, table_parquet=parquet(pd.DataFrame()))]
    for metadata in ({"dami.kinds": "{"}, {"dami.options": "[1]"}, {"dami.options": '{"skip": ["rows"]}'}):
        odd = pa.table({"kind": ["cat", "dog"]}).replace_schema_metadata(metadata)
        cases.append(changed(data, table_parquet=parquet(odd)))
    middle = bytearray(data)
    middle[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    cases.append(bytes(middle))
    for case in cases:
        assert "export it again" in refuse(case) or "no DAMI project file" in refuse(case)


def test_a_bomb_is_refused_by_what_it_says_it_unpacks_to(packed):
    data, _ = packed
    directory = data.index(b"PK\x01\x02")  # the size unpacked stands 24 bytes into each entry
    bomb = data[: directory + 24] + (3 * 2**30).to_bytes(4, "little") + data[directory + 28 :]
    assert "2 GB" in refuse(bomb)


def test_a_table_that_grows_when_it_is_read_is_refused(packed, monkeypatch):
    data, _ = packed
    small = parquet(pd.DataFrame({"kind": ["cat"] * 200_000}))
    assert len(small) < 10_000  # for 1.6 MB
    monkeypatch.setattr(project_file, "LARGEST", 10**6)
    assert "2 GB" in refuse(changed(data, table_parquet=small))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (setting("format", value="other"), "another kind"),
        (setting("version", value=99), "another version"),
        (setting("project", "target", value="nowhere"), "target column"),
        (setting("project", "target", value=["kind"]), "target column"),
        (setting("project", "mode", value="play"), "mode"),
        (setting("project", "goal", value=0), "goal"),
        (setting("project", "goal", value=10**30), "wrong kind"),
        (setting("project", "goal", value="12"), "wrong kind"),
        (setting("project", "seed", value=-1), "wrong kind"),
        (setting("project", "seed", value=1.5), "wrong kind"),
        (setting("project", "round_size", value=0), "round size"),
        (setting("project", "left_out", value=["age"]), "wrong kind"),
        (setting("project", "name", value="\ud800"), "wrong kind"),
        (setting("project", "name", value="  "), "name"),
        (setting("project", "strategy", value=["dami"]), "wrong kind"),
        (setting("project", value=3), "description"),
        (setting("classes", value="cat"), "classes"),
        (setting("classes", value=[3]), "classes"),
        (setting("classes", value=[]), "at least two classes to tell apart: none is there"),
        (lambda described: described["classes"].__delitem__(slice(1, None)), "two classes to tell apart: only 'cat'"),
        (
            setting("project", "left_out", value=dict.fromkeys([*VISIBLE, "kind"], "left out by you")),
            "no column to learn from",
        ),
        (
            setting("project", "left_out", value=dict.fromkeys(VISIBLE, "left out by you")),
            "no column to learn from",
        ),
        (setting("classes", 1, "id", value=5), "gaps"),
        (setting("classes", 1, "name", value="cat"), "cat"),
        (setting("classes", 1, "name", value=None), "proper name"),
        (setting("classes", 0, "merged_into", value=9), "merged"),
        (setting("classes", 0, "merged_into", value=0), "merged"),
        (setting("classes", 0, "merged_into", value="1"), "merged"),
        (setting("audits", value=3), "audits"),
        (setting("audits", value=[AUDIT | {"rows": [1, 60]}]), "Audit 1"),
        (setting("audits", value=[AUDIT | {"rows": [1, 1]}]), "Audit 1"),
        (setting("audits", value=[AUDIT | {"rows": [True]}]), "Audit 1"),
        (setting("audits", value=[AUDIT | {"n_remainder": 1}]), "Audit 1"),
        (setting("audits", value=[AUDIT | {"created": "now"}]), "Audit 1"),
        (setting("audits", value=[AUDIT | {"released": None}, AUDIT]), "Audit 1"),
        (setting("events", value={}), "log"),
        (setting("events", value=[3]), "log"),
        (setting("events", 0, "row", value=60), "row 60"),
        (setting("events", 0, "row", value=-1), "row"),
        (setting("events", 0, "row", value="20"), "row"),
        (setting("events", 0, "class_id", value=3), "class 3"),
        (setting("events", 0, "class_id", value="cat"), "class"),
        (setting("events", 0, "action", value="explode"), "explode"),
        (setting("events", 0, "client", value=7), "client"),
        (setting("events", 0, "note", value="\ud800"), "log"),
        (setting("events", 1, "seq", value=1), "number"),
        (setting("events", 3, "undoes", value=10**9), "take"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_in_words(packed, change, says):
    data, _ = packed
    assert says in refuse(changed(data, change))


def test_a_table_that_does_not_fit_is_refused(packed):
    data, _ = packed
    short = pd.DataFrame({"kind": ["cat", "dog"], "a": [1, 2]})
    assert "row 20" in refuse(changed(data, table_parquet=parquet(short)))
    refuse(changed(data, table_parquet=parquet(short.rename(columns={"kind": "other"}))))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
PLACES = [
    *[("project", name) for name in project_file.KEPT],
    *[("classes", 0, name) for name in ("id", "name", "value", "guideline")],
    *[("events", 0, name) for name in (*KEPT_OF_EVENT, "id", "model", "step", "distance", "reason", "nearest")],
    *[("events", 3, name) for name in ("undoes", "row", "action", "id")],
    *[(name,) for name in ("project", "classes", "events", "format", "version", "notes")],
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=anything)
def test_wrong_kinds_anywhere_are_refused_or_harmless(packed, place, value):
    data, _ = packed
    before = {project.id for project in projects.listing()}
    try:
        opened = project_file.unpack(changed(data, setting(*place, value=value)))
    except ProjectError:
        assert {project.id for project in projects.listing()} == before
    else:
        exporters.csv(opened)
        exporters.log(opened)
        project_file.pack(opened)
        projects.delete(opened.id)


def test_project_files_are_known_by_their_name():
    assert project_file.is_project_file("a.DAMI.zip") and not project_file.is_project_file("a.zip")
    assert exporters.EXPORTERS["project"].suffix.endswith(project_file.SUFFIX.lstrip("."))
