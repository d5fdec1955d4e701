"""What people gave comes back as it was: every cell of their table, every class as they typed it."""

import csv
import io
import json
from unicodedata import normalize

import pandas as pd
import pytest
from cases import CASES
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dami.errors import ProjectError
from dami.store import projects
from dami.tables.columns import bin_target
from dami.workspace.annotating import row_cards
from dami.workspace.exploring import map_colors
from dami.workspace.projects import append_rows, begin, labels, stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.transfer import exporters, import_labels, match_rows, predict_new_rows, project_file

TABLE = """\
key,year,phone,code,at,amount,flag,=sum
@user1,1950,+4930555000,1E1,2024-01-10T00:30:00+01:00,"1,000.50",TRUE,-
+49 30/1,,601 100 200,2310000E10,2024-01-11,2.50,FALSE,+ve
0012,2024,+4930555001,7,2024-01-12,3,TRUE,=1+1
@user2,1987,030 1,12,2024-01-13,4,FALSE,x
"""
NAMES = [
    *("true", "false", "NA", "n/a", "nan", "null", "None", "1", "1.0", "01", "1e3", "31.01.2024", "+ve", "-", "@x"),
    *("=1+1", "10%", "Yes", "yes", "3.10", "3.1", "café", "'=1", "<b>", "a, b"),
]
OF_EACH_KIND = ("01", "02", "07", "08", "17", "20", "22")  # of the reported files; the others are as these to an export
TABLES = {"csv": "labeled.csv", "plain csv": "labeled.csv", "excel": "labeled.xlsx", "parquet": "labeled.parquet"}


def written(data: bytes, filename: str) -> pd.DataFrame:
    return stored_tables.written(stored_tables.open_file_beside(data, filename).table).written


@pytest.fixture
def cells() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(TABLE), dtype=str, keep_default_na=False)


@pytest.fixture
def owned(desk):
    table_id = stored_tables.open_file(TABLE.encode(), "own.csv").table
    return begin.begin(table_id, "Own", classes=[ClassDraft("a"), ClassDraft("b")])


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_comes_back_as_it_was_written(desk, owned, cells, name):
    desk.press(owned, [{"row": 2, "class": 1}])
    again = written(exporters.EXPORTERS[name].write(owned), TABLES[name])
    pd.testing.assert_frame_equal(again[list(cells)], cells.astype("str"))
    assert again["label"].tolist() == ["", "", "b", ""] and list(again)[len(cells.columns)] == "label"


@pytest.mark.parametrize("case", [case for case in CASES if case.name[:2] in OF_EACH_KIND], ids=lambda case: case.name)
def test_a_reported_file_comes_back_beside_its_labels(desk, case):
    """Through every export and the project file; its last row is labelled."""
    table_id = stored_tables.open_file(case.data, case.name).table
    own = stored_tables.written(table_id)
    project = begin.begin(table_id, "Own", classes=[ClassDraft("3.10"), ClassDraft("NA")])
    opened = project_file.unpack(project_file.pack(project))
    assert opened.table_id == table_id and stored_tables.written(table_id).written.equals(own.written)
    desk.press(opened, [{"row": len(own) - 1, "class": 1}])
    for name in TABLES:
        again = written(exporters.EXPORTERS[name].write(opened), TABLES[name])
        cells = again.iloc[:, : own.frame.shape[1]]
        assert cells.to_numpy().tolist() == own.written.to_numpy().tolist(), name
        assert again["label"].tolist() == [""] * (len(own) - 1) + ["NA"], name


def test_names_that_had_to_be_made_distinct_are_those_of_their_owner_again(desk):
    table_id = stored_tables.open_file(b"a,a,label,label\n1,2,x,y\n3,4,y,z\n", "own.csv").table
    project = begin.begin(table_id, "Own", classes=[ClassDraft("p"), ClassDraft("q")])
    opened = project_file.unpack(project_file.pack(project))
    heads = pd.read_csv(io.BytesIO(exporters.csv(opened)), header=None, encoding="utf-8-sig").loc[0].tolist()
    assert heads[:5] == ["a", "a", "label_in_table", "label (2)", "label"]
    assert pd.read_parquet(io.BytesIO(exporters.parquet(opened))).columns[:2].tolist() == ["a", "a (2)"]


def test_only_the_apostrophe_against_formulas_is_added(owned, cells):
    frame = pd.read_csv(io.BytesIO(exporters.csv(owned)), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    differs = frame.iloc[:, : cells.shape[1]].to_numpy() != cells.to_numpy()
    assert frame.iloc[:, : cells.shape[1]].to_numpy()[differs].tolist() == [
        "'@user1", "'+49 30/1", "'+ve", "'=1+1", "'@user2",
    ]  # fmt: skip
    assert frame.columns[7] == "'=sum"
    plain = pd.read_csv(io.BytesIO(exporters.plain_csv(owned)), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert plain.iloc[:, : cells.shape[1]].equals(cells)


def test_cards_and_search_show_what_was_written(owned):
    shown = {entry["column"]: entry["value"] for entry in row_cards.cards(owned, [0])[0]["values"]}
    assert shown["phone"] == "+4930555000" and shown["code"] == "1E1" and shown["amount"] == "1,000.50"
    assert shown["at"] == "2024-01-10T00:30:00+01:00" and shown["flag"] == "TRUE" and shown["year"] == "1950"
    for query, row in (("2310000E10", 1), ("+4930555001", 2), ("1,000", 0), ("1950", 0), ("2024-01-13", 3)):
        assert row in [hit["row"] for hit in row_cards.search(owned, query)], query
    assert row_cards.line(owned, 1).startswith("+49 30/1 · 601 100 200")


def test_legends_and_filters_name_what_was_written(owned):
    columns = ("year", "amount", "at", "flag")
    legends = {name: json.loads(map_colors.colors(owned, f"column:{name}")) for name in columns}
    assert {*legends["year"]["names"]} == {"1950", "1987", "2024", "(missing)"}
    assert {*legends["amount"]["names"]} == {"1,000.50", "2.50", "3", "4"}
    assert "2024-01-10T00:30:00+01:00" in legends["at"]["names"] and {*legends["flag"]["names"]} == {"TRUE", "FALSE"}


def test_a_project_file_carries_what_was_written(owned, cells):
    opened = project_file.unpack(project_file.pack(owned))
    assert opened.table_id == owned.table_id
    assert stored_tables.written(opened.table_id).written.equals(cells.astype("str"))


def test_appended_rows_come_back_as_they_were_written(owned, cells):
    newer = TABLE.splitlines()[0] + '\n@user3,1950,+4930555009,5E2,2024-01-14,"1,234.50",TRUE,"@y"\n'
    table_id = stored_tables.open_file_beside(newer.encode(), "newer.csv").table
    grown = append_rows.append(owned, table_id, "key")
    again = stored_tables.written(grown.table_id).written
    assert again.iloc[:4].equals(cells.astype("str"))
    assert again.iloc[4].tolist() == ["@user3", "1950", "+4930555009", "5E2", "2024-01-14", "1,234.50", "TRUE", "@y"]


def test_new_rows_come_back_as_they_were_written_beside_their_predictions(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    trained = desk.trained(project)
    rows = frame.drop(columns="kind").head(3).assign(name=["@ann", "007", "1E1"], legs=["2.0", "3", "+4"])
    for text in ("x", "y"):
        rows.insert(len(rows.columns), "extra", [text, "", "=1"], allow_duplicates=True)
    table_id = desk.new_rows(trained, rows.to_csv(index=False).encode(), "rows.csv")
    predict_new_rows.start(trained, table_id)
    desk.work(trained)
    again = written(predict_new_rows.stored_prediction(trained, table_id).rows(), "predictions.csv")
    assert again["name"].tolist() == ["@ann", "007", "1E1"] and again["legs"].tolist() == ["2.0", "3", "+4"]
    assert again["extra (2)"].tolist() == ["y", "", "=1"]
    heads = pd.read_csv(io.BytesIO(predict_new_rows.stored_prediction(trained, table_id).rows()), header=None).loc[0]
    assert (heads == "extra").sum() == 2  # as their owner has them
    found = predict_new_rows.stored_prediction(trained, table_id)
    armed, plain = (
        list(csv.reader(data.decode("utf-8-sig").splitlines())) for data in (found.rows(), found.plain_rows())
    )
    assert armed[0] == [*plain[0], "with_apostrophe"] and armed[1][-1] == "name" and armed[3][-1] == "extra; extra"
    assert plain == [[cell.lstrip("'") for cell in line[:-1]] for line in armed] and "@ann" in plain[1]
    (found.folder / predict_new_rows.PLAIN).unlink()  # as an earlier version left it
    assert predict_new_rows.stored_prediction(trained, table_id) is None


characters = st.characters(exclude_categories=("Cc", "Cn", "Co", "Cs"))
typed = st.text(characters, min_size=1, max_size=12) | st.sampled_from(NAMES)


@pytest.mark.parametrize("name", [*TABLES, "project"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=1, deadline=None)
@given(given=st.lists(typed, min_size=10, max_size=60))
@example(given=[*NAMES, " spaces around ", "cafe\u0301", "e\u0301", "two  spaces"])
def test_a_class_as_somebody_typed_it_survives_every_way_out_and_in(desk, name, given):
    names = list(dict.fromkeys(" ".join(normalize("NFC", text).split()) for text in given if text.strip()))
    assume(len(names) > 1)
    rows = pd.DataFrame({"id": [f"row {k}" for k in range(len(names))], "x": range(len(names))})
    table_id = stored_tables.open_file(rows.to_csv(index=False).encode(), "rows.csv").table
    first = begin.begin(table_id, "First", classes=[ClassDraft(text) for text in given])
    ids = {entry.name: entry.id for entry in labels.class_list(first.id).shown}
    assert list(ids) == names
    desk.press(first, [{"row": row, "class": ids[name]} for row, name in enumerate(names)])
    data = exporters.EXPORTERS[name].write(first)
    if name == "project":
        second = project_file.unpack(data)
    else:
        second = begin.begin(table_id, "Second", classes=[ClassDraft("one"), ClassDraft("other")])
        file = stored_tables.open_file_beside(data, TABLES[name]).table
        key = next(key for key in match_rows.keys(second, file) if key.column == "id")
        import_labels.bring_in(second, file, key, "label", TABLES[name], add_classes=True)
    known, listed = labels.known(projects.get(second.id)), labels.class_list(second.id).names
    assert [listed[known[row]] for row in range(len(names))] == names


def test_labels_in_the_table_are_read_as_they_were_written(desk):
    text = "x,label\n" + "".join(f"{k},{name}\n" for k, name in enumerate(["3.1", "3.10", "", "1.0", "01", "TRUE"]))
    table_id = stored_tables.open_file(text.encode(), "versions.csv").table
    assert [name for name, _ in stored_tables.target(table_id, "label").classes] == ["01", "1.0", "3.1", "3.10", "TRUE"]


def test_labels_that_a_program_wrote_as_fractions_are_the_classes_they_were(desk):
    rows = pd.DataFrame({"id": list("abcd"), "x": range(4), "label": ["0", "1", "", ""]})
    project = begin.begin(
        stored_tables.open_file(rows.to_csv(index=False).encode(), "t.csv").table, "P", target="label"
    )
    theirs = pd.DataFrame({"id": list("cd"), "label": [1.0, None]})
    file = stored_tables.open_file_beside(theirs.to_csv(index=False).encode(), "theirs.csv").table
    [key, *_] = match_rows.keys(project, file)
    seen = import_labels.preview(project, file, key, "label")
    assert seen.new == {2: "1"} and not seen.unknown


NA_CLASS = "x,y,answer\n" + "".join(f"{k},{k * 7 % 5},{('yes', 'no', 'n/a')[k % 3]}\n" for k in range(12))


def test_a_text_such_as_na_is_a_class_if_somebody_says_so():
    table_id = stored_tables.open_file(NA_CLASS.encode(), "answers.csv").table
    asked = stored_tables.target(table_id, "answer")
    assert asked.unread == [("n/a", 4)] and [name for name, _ in asked.classes] == ["no", "yes"]
    changed = stored_tables.with_answers(table_id, "answer", {"n/a": "n/a"})
    said = stored_tables.target(changed, "answer")
    assert said.classes == [("n/a", 4), ("no", 4), ("yes", 4)] and said.unread == [] and said.complete
    assert stored_tables.written(changed).written.equals(stored_tables.written(table_id).written)
    assert stored_tables.target(table_id, "answer", (("n/a", "n/a"),)) == said
    none = stored_tables.target(stored_tables.with_answers(table_id, "answer", {"n/a": None}), "answer")
    assert none.unread == [] and none.missing == 4 and [name for name, _ in none.classes] == ["no", "yes"]


def test_two_spellings_of_a_class_are_one_if_somebody_says_so(desk):
    names = ["Yes", "yes", "no", "caf\u00e9", "cafe\u0301", "Yes ", "No", "caf\u00e9"]
    text = "x,reply\n" + "".join(f"{k},{name}\n" for k, name in enumerate(names))
    table_id = stored_tables.open_file(text.encode(), "answers.csv").table
    asked = stored_tables.target(table_id, "reply")
    assert asked.alike == [["no", "No"], ["Yes", "yes"]] and asked.padded == 1  # caf\u00e9 is one without a question
    answers = {"Yes": "Yes", "yes": "Yes", "no": "no", "No": "No"}  # one class, two classes
    changed = stored_tables.with_answers(table_id, "reply", answers)
    assert stored_tables.target(changed, "reply").alike == []
    project = begin.begin(changed, "P", target="reply")
    given = labels.class_list(project.id)
    assert [entry.name for entry in given.all] == ["caf\u00e9", "No", "no", "Yes"]
    found = [given.names[labels.known(project)[row]] for row in range(8)]
    assert found == ["Yes", "Yes", "no", "caf\u00e9", "caf\u00e9", "Yes", "No", "caf\u00e9"]
    again = written(exporters.plain_csv(project), "labeled.csv")
    assert again["reply"].tolist() == names
    opened = project_file.unpack(project_file.pack(project))
    assert opened.table_id == project.table_id and labels.known(opened) == labels.known(project)


def test_answers_hold_for_appended_rows_and_new_spellings_are_asked_about(desk):
    table_id = stored_tables.open_file(NA_CLASS.encode(), "answers.csv").table
    answers = {"n/a": None, "yes": "yes", "no": "no"}
    project = begin.begin(stored_tables.with_answers(table_id, "answer", answers), "P", target="answer")
    file = b"x,y,answer\n100,1,n/a\n101,2,YES\n102,3,N.A.\n103,4,Maybe\n104,4,maybe\n105,5,null\n"
    newer = stored_tables.open_file_beside(file, "newer.csv").table
    seen = append_rows.preview(project, newer, "x")
    assert seen.classes == ["Maybe", "maybe", "N.A.", "YES"]
    assert append_rows.questions(project, newer, "x") == ([("null", 1)], [["Maybe", "maybe"], ["yes", "YES"]])
    answers = {"null": None, "YES": "yes", "maybe": "Maybe", "Maybe": "Maybe"}
    asked = append_rows.preview(project, newer, "x", answers)
    assert asked.classes == ["Maybe", "N.A."]
    grown = append_rows.append(project, newer, "x", answers)
    names, known = labels.class_list(grown.id).names, labels.known(grown)
    said = [names[known[row]] if row in known else None for row in range(12, 18)]
    assert said == [None, "yes", "N.A.", "Maybe", "Maybe", None]
    later = stored_tables.open_file_beside(b"x,y,answer\n200,1,YES\n201,2,null\n202,2,maybe\n", "later.csv").table
    seen = append_rows.preview(grown, later, "x")
    assert (seen.classes, seen.n_labeled) == ([], 2) and append_rows.questions(grown, later, "x") == ([], [])


def test_numbers_may_be_codes_of_classes(desk):
    text = "x,code\n" + "".join(f"{k},{100 + k % 40}\n" for k in range(120)) + "120,\n121,n/a\n"
    table_id = stored_tables.open_file(text.encode(), "codes.csv").table
    with pytest.raises(ProjectError, match="category"):
        begin.begin(table_id, "P", target="code")
    changed = stored_tables.with_kinds(table_id, {"code": "category"})
    asked = stored_tables.target(changed, "code")
    assert not asked.numeric_many and asked.advice is None and len(asked.classes) == 40 and asked.unread == [("n/a", 1)]
    project = begin.begin(changed, "P", target="code")
    names, known = labels.class_list(project.id).names, labels.known(project)
    assert [names[known[row]] for row in (0, 41, 119)] == ["100", "101", "139"] and len(known) == 120
    newer = stored_tables.open_file_beside(b"x,code\n500,100\n501,7\n", "newer.csv", project.table_id).table
    assert append_rows.preview(project, newer, "x").classes == ["7"]


def test_an_amount_in_ranges_comes_back_as_the_amount():
    text = "x,price\n" + "".join(f"{k},{k * 3 % 17}.50\n" for k in range(40))
    table_id = stored_tables.open_file(text.encode(), "prices.csv").table
    binned = bin_target(stored_tables.table(table_id)["price"], 3)
    project = begin.begin(stored_tables.with_meaning(table_id, "price", binned), "P", target="price")
    assert len(labels.class_list(project.id).all) == 3
    again = written(exporters.plain_csv(project), "labeled.csv")
    assert again["price"].tolist() == stored_tables.written(table_id).written["price"].tolist()


def test_a_text_that_is_a_class_is_one_in_appended_rows_too(desk):
    table_id = stored_tables.open_file(NA_CLASS.encode(), "answers.csv").table
    project = begin.begin(stored_tables.with_answers(table_id, "answer", {"n/a": "n/a"}), "P", target="answer")
    newer = stored_tables.open_file_beside(b"x,y,answer\n100,1,n/a\n101,2,yes\n102,3,\n", "newer.csv").table
    grown = append_rows.append(project, newer, "x")
    names = labels.class_list(grown.id).names
    known = labels.known(grown)
    assert [names[known[row]] if row in known else None for row in (12, 13, 14)] == ["n/a", "yes", None]


def test_classes_of_an_old_table_of_yes_and_no_stay_the_same(desk):
    rows = pd.DataFrame({"x": range(8), "ok": [True, False] * 4})  # stored before there were originals
    project = desk.begin(rows, target="ok", mode="label")
    newer = stored_tables.open_file_beside(b"x,ok\n50,true\n51,false\n", "newer.csv").table
    grown = append_rows.append(project, newer, "x")
    assert [entry.name for entry in labels.class_list(grown.id).all] == ["False", "True"]
    names = labels.class_list(grown.id).names
    assert [names[labels.known(grown)[row]] for row in (8, 9)] == ["True", "False"]


def test_labels_of_an_exported_table_are_in_label_and_what_was_added_is_no_feature(desk):
    text = "x,species\n" + "".join(f"{k},{('cat', 'dog', '')[k % 3]}\n" for k in range(30))
    table_id = stored_tables.open_file(text.encode(), "t.csv").table
    project = begin.begin(table_id, "P", target="species")
    desk.press(project, [{"row": 2, "class": 0}])
    data = exporters.csv(project)
    file = stored_tables.open_file_beside(data, "labeled.csv").table
    [key, *_] = match_rows.keys(project, file)
    assert import_labels.label_columns(project, file, key)[0] == "label"
    opened = stored_tables.open_file(data, "labeled.csv")
    out = {column.name for column in stored_tables.columns(opened.table, "label") if column.left_out}
    assert {"label_source", "labeled_by", "confidence", "note"} <= out


def test_hidden_labels_are_not_among_the_colors_of_a_map(desk, project):
    with pytest.raises(ProjectError, match="no column"):
        map_colors.colors(project, "column:kind")
