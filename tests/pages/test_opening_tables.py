"""Tables that are opened on Data, good and odd and bad."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_client import address, button, component, fine, sent, show, start, texts, things, upload, work

from dami.store import annotations, classes, projects
from dami.ui.elements import plain
from dami.workspace.projects import stored_tables
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
    "mixed types": lambda: b"a,label\n" + b"1,x\nred,y\n2020-01-01,x\n2.5,y\n,x\n" * 4,
}


@pytest.mark.parametrize("case", ODD_TABLES)
def test_an_odd_table_can_be_opened_or_says_what_it_lacks(project, case):
    at = upload(show(start(project), "data"), "table.csv", ODD_TABLES[case]())
    assert not at.error and at.session_state.project == project
    if case == "duplicate and empty names":
        assert at.info  # says what was renamed
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


def test_a_numeric_target_is_offered_in_bins_and_works(frame):
    frame = frame.drop(columns="kind").assign(label=np.arange(40) * 1.5)
    at = upload(start(), "things.csv", frame.to_csv(index=False).encode())
    assert "Bin it into a few" in texts(at)
    at = fine(button(at, "Use these classes").click().run())
    assert not at.warning
    at = fine(button(at, "Start practising").click().run())
    work()
    assert len(classes.list_classes(at.session_state.project)) == 3
    assert len(sent(show(at, "label"), "pad")["classes"]) == 3


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
    things().to_csv(tmp_path / "things.csv", index=False)
    monkeypatch.setenv("DAMI_TABLES", str(tmp_path))
    at = start()
    at.selectbox[0].select("things.csv").run()
    button(at, "Open").click().run()
    assert plain("things.csv") in [element.value for element in fine(at).subheader]


def choice(at, label):
    return next(one for one in at.selectbox if one.label == label)


def test_a_column_is_changed_before_and_after_the_project_has_begun(project):
    lines = [f"{10115 + k % 3},{k * k % 11 if k % 9 else 'n.d.'},{'ab'[k % 2]}" for k in range(40)]
    text = "\n".join(["zip,price,label", *lines, ""])
    at = upload(show(start(project), "data"), "own.csv", text.encode())
    fine(choice(at, "Is a column something else?").select("zip").run())
    assert choice(at, "It is").value == "number"
    fine(choice(at, "It is").select("category").run())
    listed = at.dataframe[0].value.set_index("column")
    assert listed.loc["zip", ["holds", "why"]].tolist() == ["category", "you chose it"]
    fine(button(at, "Start practising").click().run())
    begun = projects.get(at.session_state.project)
    assert stored_tables.written(begun.table_id).kinds == {"zip": "category"}
    show(at, "data")
    fine(choice(at, "Is a column something else?").select("price").run())
    fine(choice(at, "It is").select("number").run())
    assert component(at, "pulse") and not at.error  # the progress of the work
    fine(choice(at, "It is").select("text").run())
    assert ["Another column is being read anew" in error.value for error in at.error] == [True]
    work()
    show(at, "data")
    changed = projects.get(begun.id)
    assert stored_tables.written(changed.table_id).kinds == {"zip": "category", "price": "number"}
    listed = at.dataframe[0].value.set_index("column")
    assert listed.loc["price", "understood"] == "35 of 40; not understood: “n.d.”"
    assert listed.loc["zip", "understood"] == "40 of 40"
    fine(choice(at, "Is a column something else?").select("zip").run())
    fine(choice(at, "It is").select("as DAMI found it").run())
    work()
    assert stored_tables.written(projects.get(begun.id).table_id).kinds == {"price": "number"}


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
        pd.DataFrame({"note": ["This file holds"] * 3}).to_excel(writer, sheet_name="Read me", index=False)
        numbers = pd.DataFrame({"x": range(20), "y": range(1, 21), "label": ["a", "b"] * 10})
        numbers.to_excel(writer, sheet_name="Data", index=False)
    at = upload(show(start(project), "data"), "book.xlsx", book.getvalue())
    assert choice(at, "Sheet").value == "Data" and len(stored_tables.table(at.session_state.draft["table"])) == 20
    fine(choice(at, "Sheet").select("Read me").run())
    assert list(stored_tables.table(at.session_state.draft["table"]).columns) == ["note"]
    fine(next(one for one in at.button if one.label == "Another table").click().run())
    text = "город,метка\n" + "Москва,да\nТверь,нет\nПермь,да\n" * 6
    at = upload(at, "towns.csv", text.encode("cp1251"))
    assert list(stored_tables.table(at.session_state.draft["table"]).columns) == ["город", "метка"]
    fine(choice(at, "Encoding").select("koi8-r").run())
    assert list(stored_tables.table(at.session_state.draft["table"]).columns) != ["город", "метка"]
