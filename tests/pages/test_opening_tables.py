"""Tables that are opened on Data, good and odd and bad."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_client import address, button, choice, component, fine, sent, show, start, texts, things, unfold, upload, work

from dami.store import annotations, classes, jobs, projects
from dami.ui.elements import plain
from dami.workspace.projects import change_kinds, labels, stored_tables
from dami.workspace.transfer import project_file

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + bytes(range(256))
BAD = {
    "empty": ("empty.csv", b""),
    "only spaces": ("spaces.csv", b"  \n \n"),
    "one row": ("one.csv", b"a,b\n1,2\n"),
    "header only": ("header.csv", b"a,b\n"),
    "picture": ("picture.csv", PNG),
    "broken xlsx": ("broken.xlsx", b"PK\x03\x04" + bytes(200)),
    "no workbook": ("text.xlsx", b"a,b\n1,2\n"),
    "broken parquet": ("broken.parquet", b"PAR1" + bytes(50)),
    "a zip": ("some.zip", b"PK\x05\x06" + bytes(18)),
    "foreign project": ("else.dami.zip", b"PK\x05\x06" + bytes(18)),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_sentence_and_the_project_is_kept(project, case):
    at = upload(show(start(project), "data"), *BAD[case])
    assert len(at.error) == 1 and len(at.error[0].value) > 20
    assert "Traceback" not in at.error[0].value and "Error:" not in at.error[0].value
    assert at.session_state.project == project and address(at) == project
    assert "Things" in texts(at)  # the list of projects is there
    show(at, "label")


ODD_TABLES: dict[str, Callable[[], bytes]] = {
    "one column": lambda: b"a\n" + b"".join(b"%d\n" % k for k in range(20)),
    "one class": lambda: b"x,label\n" + b"".join(b"%d,same\n" % (k * k % 17) for k in range(20)),
    "duplicate and empty names": lambda: b"a,a,,label\n" + b"1,2,3,x\n2,1,5,y\n3,8,7,x\n" * 4,
    "200 columns": lambda: (
        pd.DataFrame(np.random.default_rng(0).normal(size=(30, 200)), columns=[f"column {k}" for k in range(200)])
        .assign(label=["x", "y"] * 15)
        .to_csv(index=False)
        .encode()
    ),
    "many notes": lambda: (
        pd.DataFrame({f"c{k}": [f"{row},{k}5" for row in range(20)] for k in range(9)})
        .assign(label=["x", "y"] * 10)
        .to_csv(index=False, sep=";")
        .encode()
    ),
    "mixed types": lambda: b"a,label\n" + b"1,x\nred,y\n2020-01-01,x\n2.5,y\n,x\n" * 4,
}


@pytest.mark.parametrize("case", ODD_TABLES)
def test_an_odd_table_can_be_opened_or_says_what_it_lacks(project, case):
    at = upload(show(start(project), "data"), "table.csv", ODD_TABLES[case]())
    assert not at.error and at.session_state.project == project
    if case == "duplicate and empty names":
        assert at.info  # says what was renamed
    if case == "many notes":
        assert at.info[0].value.count("decimal sign") == 6
        assert "3 more notes about the file" in [one.label for one in at.expander]
    at = fine(button(at, "Start labelling" if case.startswith("one") else "Start practising").click().run())
    if case.startswith("one"):
        assert len(at.error) == 1 and "two classes" in at.error[0].value
        assert at.session_state.project == project
    else:
        assert at.session_state.project != project
        work()
        assert sent(show(at, "label"), "pad")["queue"]


def test_an_empty_target_with_named_classes(frame):
    frame["kind"] = None
    at = upload(start(), "things.csv", frame.rename(columns={"kind": "label"}).to_csv(index=False).encode())
    assert "The column is empty" in texts(at)
    assert "left out because" not in at.dataframe[0].value  # the target is not left out for being empty
    at = fine(button(at, "Start labelling").click().run())
    assert "two classes" in at.error[0].value
    typed = next(element for element in at.text_input if element.label == "Classes")
    at = fine(typed.input("good, bad").run())
    guideline = next(element for element in at.text_input if element.label == "bad")
    at = fine(guideline.input("When it is broken.").run())
    at = fine(button(at, "Start labelling").click().run())
    opened = projects.get(at.session_state.project)
    assert (opened.mode, opened.target, opened.name) == ("label", "label", "things")
    listed = classes.list_classes(opened.id)
    assert [(entry.name, entry.guideline) for entry in listed] == [("good", ""), ("bad", "When it is broken.")]
    assert at.title[0].value == "Label"


def test_a_partly_filled_target_keeps_its_labels(frame):
    frame.loc[frame.index >= 10, "kind"] = None
    at = upload(start(), "things.csv", frame.rename(columns={"kind": "label"}).to_csv(index=False).encode())
    assert "30 rows are without a label" in texts(at).replace("\\", "")
    at = fine(button(at, "Start labelling").click().run())
    work()
    pad = sent(show(at, "label"), "pad")
    assert [entry["count"] for entry in pad["classes"]] == [5, 5]
    assert {entry["row"] for entry in pad["queue"]} == {*range(10, 40)}


@pytest.mark.parametrize(("choice", "n"), [("Use these classes", 3), ("Each of the 40 numbers is a class", 40)])
def test_a_numeric_target_is_offered_in_bins_or_as_it_is(frame, choice, n):
    frame = frame.drop(columns="kind").assign(label=np.arange(40) * 1.5)
    at = upload(start(), "things.csv", frame.to_csv(index=False).encode())
    assert "Bin it into a few" in texts(at)
    at = fine(button(at, choice).click().run())
    assert not at.warning
    at = fine(button(at, "Start practising").click().run())
    work()
    assert len(classes.list_classes(at.session_state.project)) == n
    assert len(sent(show(at, "label"), "pad")["classes"]) == n


def test_spellings_of_a_target_are_asked_about_one_by_one_and_the_answers_kept(frame):
    said = ["Yes", "yes", "No ", "no", "n/a", "NULL", "caf\u00e9", "cafe\u0301"] * 5
    table = frame.drop(columns="kind").assign(label=[*said[:39], ""])
    at = upload(start(), "things.csv", table.to_csv(index=False).encode())
    asked = {box.label: box for box in at.checkbox if "class" in box.label}
    assert [box.value for box in asked.values()] == [False, False, True, True]
    assert "Classes: caf\u00e9 (9), No (10), Yes (10); 11 rows" in texts(at).replace("\\", "")
    assert "Spaces around 5 labels" in texts(at)
    fine(next(box for label, box in asked.items() if "n/a" in label).check().run())
    fine(next(box for box in at.checkbox if "“Yes”" in box.label).uncheck().run())
    assert "n/a (5), No (10), Yes (5), yes (5)" in texts(at).replace("\\", "")
    further = next(one for one in at.text_input if one.label == "Further classes")
    fine(further.input("NO, Caf\u00e9, maybe, maybe").run())
    one, another = (next(box for box in at.checkbox if name in box.label) for name in ("Caf\u00e9", "“NO”"))
    assert one.value and another.value
    fine(another.uncheck().run())
    at = fine(button(at, "Start labelling").click().run())
    project = projects.get(at.session_state.project)
    named = [entry.name for entry in classes.list_classes(project.id)]
    assert named == ["caf\u00e9", "n/a", "No", "Yes", "yes", "NO", "maybe"]
    described = stored_tables.target(project.table_id, "label")
    assert not described.unread and not described.alike
    show(at, "data")
    newer = table.assign(label=["n/a", "no", "YES", "nan"] * 10)
    newer[["size", "row number"]] += 9
    picker = next(one for one in at.file_uploader if one.label == "The newer file")
    fine(picker.upload("newer.csv", newer.to_csv(index=False).encode(), "text/csv").run())
    asked = {box.label: box.value for box in at.checkbox if "class" in box.label}
    assert list(asked.values()) == [False, True] and "“YES”" in list(asked)[1]  # n/a and no are known
    fine(button(at, "Add 40 rows").click().run())
    grown = projects.get(project.id)
    known, names = labels.known(grown), labels.class_list(project.id).names
    assert [names.get(known.get(row)) for row in range(40, 44)] == ["n/a", "No", "Yes", None]


def test_a_target_of_very_many_classes_is_not_offered(frame):
    wide = pd.concat([frame] * 5, ignore_index=True)
    wide["label"] = [f"text number {k}" for k in range(200)]
    at = upload(start(), "things.csv", wide.to_csv(index=False).encode())
    assert "too many" in at.warning[0].value
    assert "Start practising" not in [element.label for element in at.button]


def test_paste_and_go_back():
    at = start()
    at = fine(button(at, "Read").click().run())
    assert "Nothing was pasted" in at.error[0].value
    at = fine(at.text_area(key="paste").input("a\tlabel\n1\tx\n2\ty\n3\tx\n").run())
    at = fine(button(at, "Read").click().run())
    assert "pasted table" in texts(at) and not at.error
    at = fine(button(at, "Another table").click().run())
    assert at.tabs and "What shall it learn" not in texts(at)


def test_a_demo_opens_in_practise():
    at = fine(start().button(key="demo_wine").click().run())
    opened = projects.get(at.session_state.project)
    assert (opened.mode, opened.name) == ("practise", "Wine")
    assert at.title[0].value == "Label" and address(at) == opened.id


def test_a_project_file_opens(trained):
    data = project_file.pack(projects.get(trained))
    at = upload(start(), "Things.project.dami.zip", data)
    assert at.session_state.project != trained
    assert annotations.labels(at.session_state.project) == annotations.labels(trained)
    assert at.title[0].value == "Label"


def test_a_table_on_the_server_opens_where_its_owner_offers_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert not [tab for tab in start().tabs if "server" in tab.label]
    things().to_csv(tmp_path / "things.csv", index=False, sep=";")
    monkeypatch.setenv("DAMI_TABLES", str(tmp_path))
    at = start()
    at.selectbox[0].select("things.csv").run()
    button(at, "Open").click().run()
    assert plain("things.csv") in [element.value for element in fine(at).subheader]
    fine(choice(at, "Between values").select("").run())
    assert len(stored_tables.table(at.session_state.draft["table"]).columns) == 1


def test_a_column_is_changed_before_and_after_the_project_has_begun(project):
    days = [f"0{1 + k % 9}/0{1 + k % 8}/2024" for k in range(40)]
    lines = [f"{10115 + k % 3},{k * k % 11 if k % 9 else 'n.d.'},{days[k]},{'ab'[k % 2]}" for k in range(40)]
    text = "\n".join(["zip,price,when,label", *lines, ""])
    at = upload(show(start(project), "data"), "own.csv", text.encode())
    told = [plain("In “price”, 35 of 40 cells are numbers; not: “n.d.”.") in told.value for told in at.info]
    assert told.count(True) == 1
    assert choice(at, "Is a column something else?").value == "when"  # the page asks what only a person can say
    meaning = choice(at, "“09/01/2024” means")
    assert meaning.value is None and meaning.options == ["9 January 2024 (day first)", "1 September 2024 (month first)"]
    fine(meaning.select("date, month first").run())
    draft = stored_tables.written(at.session_state.draft["table"])
    assert draft.frame["when"][8] == pd.Timestamp(2024, 9, 1) and draft.texts("when").tolist() == days
    fine(choice(at, "Is a column something else?").select("zip").run())
    assert choice(at, "It is").value == "number"
    when = {"when": "date, month first"}
    fine(choice(at, "It is").select("category").run())
    listed = at.dataframe[0].value.set_index("column")
    assert listed.loc["zip", ["holds", "why"]].tolist() == ["category", "you chose it"]
    fine(button(at, "Start practising").click().run())
    begun = projects.get(at.session_state.project)
    assert stored_tables.written(begun.table_id).kinds == {"zip": "category", **when}
    unfold(show(at, "data"), f"columns_of_{begun.id}")
    choice(at, "Is a column something else?").select("price")  # and quicker than the page:
    fine(choice(at, "It is").select("number").run())
    assert component(at, "pulse") and not at.error  # the progress of the work
    fine(choice(at, "It is").select("text").run())
    assert ["Another column is being read anew" in error.value for error in at.error] == [True]
    work()
    show(at, "data")
    changed = projects.get(begun.id)
    assert stored_tables.written(changed.table_id).kinds == {"zip": "category", "price": "number", **when}
    listed = at.dataframe[0].value.set_index("column")
    assert listed.loc["price", "understood"] == "35 of 40; not understood: “n.d.”"
    assert not any("“price”" in told.value for told in at.info)
    assert listed.loc["zip", "understood"] == "40 of 40"
    fine(choice(at, "Is a column something else?").select("zip").run())
    fine(choice(at, "It is").select("as DAMI found it").run())
    work()
    assert stored_tables.written(projects.get(begun.id).table_id).kinds == {"price": "number", **when}


def test_rows_around_a_table_are_shown_and_read_after_all(project):
    rows = [f"I{k},{k % 4},{k * 1.5},{'ab'[k % 2]}" for k in range(12)]
    text = "\n".join(["Sales report 2024,,,", ",,,", "item,qty,price,label", *rows, ""])
    at = upload(show(start(project), "data"), "sales.csv", text.encode())
    draft = stored_tables.table(at.session_state.draft["table"])
    assert list(draft.columns) == ["item", "qty", "price", "label"] and len(draft) == 12
    [around] = [box for box in at.checkbox if "above the column names" in box.label]
    assert around.value and any("Sales report 2024" in str(one.value) for one in at.table)
    fine(around.uncheck().run())
    assert not at.error and "Sales report 2024" in stored_tables.table(at.session_state.draft["table"]).columns
    [around] = [box for box in at.checkbox if "above the column names" in box.label]
    fine(around.check().run())
    assert stored_tables.table(at.session_state.draft["table"]).equals(draft)


def test_another_sheet_and_another_encoding_are_chosen(project):
    book = io.BytesIO()
    with pd.ExcelWriter(book, engine="openpyxl") as writer:
        numbers = pd.DataFrame({"x": range(20), "y": range(1, 21), "label": ["a", "b"] * 10})
        numbers.to_excel(writer, sheet_name="Data", index=False)
        numbers.head(12).to_excel(writer, sheet_name="May", index=False)
    at = upload(show(start(project), "data"), "book.xlsx", book.getvalue())
    assert choice(at, "Sheet").value == "Data" and len(stored_tables.table(at.session_state.draft["table"])) == 20
    fine(choice(at, "Sheet").select("May").run())
    assert len(stored_tables.table(at.session_state.draft["table"])) == 12
    fine(button(at, "Start practising").click().run())
    at = unfold(show(at, "data"), f"columns_of_{at.session_state.project}")
    assert "a newer one is read alike: sheet “May”." in texts(at).replace("\\", "")
    newer = next(one for one in at.file_uploader if one.label == "The newer file")
    fine(newer.upload("newer.xlsx", book.getvalue(), "application/octet-stream").run())
    assert "The table has all rows of this file already" in texts(at) and choice(at, "Sheet").value == "May"
    fine(choice(at, "Sheet").select("Data").run())
    assert "8 rows would be added to the 12" in texts(at)
    at = start()
    text = "город,метка\n" + "Москва,да\nТверь,нет\nПермь,да\n" * 6
    at = upload(at, "towns.csv", text.encode("cp1251"))
    assert list(stored_tables.table(at.session_state.draft["table"]).columns) == ["город", "метка"]
    fine(choice(at, "Encoding").select("koi8_r").run())
    assert list(stored_tables.table(at.session_state.draft["table"]).columns) != ["город", "метка"]
    fine(choice(at, "Encoding").select("utf-8").run())
    assert "not written in utf" in at.error[0].value.replace("\\", "") and choice(at, "Encoding").value == "koi8_r"


def test_another_delimiter_and_other_marks_around_values_are_chosen(project):
    text = "a,b;label\n" + "'1,5;2,3';x\n'2,5;1,4';y\n" * 6
    at = upload(show(start(project), "data"), "own.csv", text.encode())
    assert "How the file was read: semicolon between values" in [one.label for one in at.expander]
    assert len(stored_tables.table(at.session_state.draft["table"]).columns) == 3
    fine(choice(at, "Around values").select("'").run())
    assert plain("semicolon between values, single marks '…' around values") in at.expander[0].label
    assert list(stored_tables.table(at.session_state.draft["table"]).columns) == ["a,b", "label"]
    assert stored_tables.written(at.session_state.draft["table"]).texts("a,b")[0] == "1,5;2,3"
    fine(choice(at, "Between values").select("").run())
    assert "does not close properly" in at.error[0].value and choice(at, "Between values").value == ";"
    assert stored_tables.written(at.session_state.draft["table"]).options.chosen == {"quote": "'"}


def test_a_column_that_was_left_out_of_a_project_is_shown_and_let_in(project):
    name = stored_tables.columns(projects.get(project).table_id, projects.get(project).target)[0].name
    projects.change(project, left_out={name: "left out by you"})
    at = show(start(project), "data")
    assert not any("holds" in table.value for table in at.dataframe)
    at = unfold(at, f"columns_of_{project}")
    listed = next(table.value for table in at.dataframe if "holds" in table.value).set_index("column")
    assert listed.loc[name, ["holds", "why"]].tolist() == ["out", "you left it out"]
    fine(choice(at, "Is a column something else?").select(name).run())
    assert choice(at, "It is").value == "out"
    fine(choice(at, "It is").select("number").run())
    assert change_kinds.KindsRequest.of(jobs.latest(project, change_kinds.KIND)).kinds == {name: "number"}


def test_a_doubt_that_is_settled_is_no_longer_said():
    rows = "".join(f"0{k % 9 + 1}/0{k % 7 + 1}/2024;{'ab'[k % 2]}\n" for k in range(20))
    at = upload(start(), "days.csv", f"when;label\n{rows}".encode())
    assert "cannot be told apart" in at.info[0].value
    asked = next(one for one in at.selectbox if "means" in one.label)
    fine(asked.select("date, month first").run())
    assert not [note for note in at.info if "cannot be told apart" in note.value]
