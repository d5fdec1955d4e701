"""How a file is to be read is chosen once: the choice stays with the table and holds for newer files of it."""

import io

import pandas as pd
import pytest

import dami
from dami.store import projects
from dami.tables.read_options import ReadOptions
from dami.workspace.projects import append_rows, begin, change_kinds, stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.transfer import project_file

OPTIONS = ReadOptions(encoding="cp1251", delimiter="~", quote="'", skip=["title"])


def text(n: int) -> bytes:
    rows = [f"{k}~'{'Ёж' if k % 3 else 'Як'} ~ {k % 4}'~{k * 7 % 5}" for k in range(n)]
    return "\n".join(["key~имя~size", *rows, f"Total~~{sum(k * 7 % 5 for k in range(n))}", ""]).encode("cp1251")


def begun(opened: stored_tables.OpenedFile):
    return begin.begin(opened.table, "Own", classes=[ClassDraft("a"), ClassDraft("b")])


def options_of(table_id: str) -> ReadOptions:
    return stored_tables.written(table_id).options


def test_a_choice_stays_with_its_table_and_holds_for_newer_files(desk):
    opened = stored_tables.open_file(text(20), "own.csv", OPTIONS)
    frame = stored_tables.table(opened.table)
    assert len(frame) == 21 and list(frame.columns) == ["key", "имя", "size"]  # the row of totals is a row, as chosen
    assert frame["имя"].tolist()[:2] == ["Як ~ 0", "Ёж ~ 1"]
    project = begun(opened)
    change_kinds.start(project, {"size": "category"})
    desk.work(project)
    project = projects.get(project.id)
    assert options_of(project.table_id) == OPTIONS
    assert options_of(project_file.unpack(project_file.pack(project)).table_id) == OPTIONS
    newer = stored_tables.open_file_beside(text(23), "newer.csv", project.table_id)
    assert newer.options == OPTIONS and newer.notes == []
    grown = append_rows.append(project, newer.table, "key")
    assert len(stored_tables.table(grown.table_id)) == 24 and options_of(grown.table_id) == OPTIONS
    assert stored_tables.written(grown.table_id).kinds == {"size": "category"}


def test_a_newer_file_that_the_choice_does_not_fit_is_read_as_found_and_said(desk):
    def workbook(sheet: str, n: int = 4) -> bytes:
        book = io.BytesIO()
        with pd.ExcelWriter(book, engine="openpyxl") as writer:
            rows = {"key": [f"k{k}" for k in range(n)], "size": [k * k % 5 for k in range(n)]}
            pd.DataFrame(rows).to_excel(writer, sheet_name=sheet, index=False)
            pd.DataFrame({"note": range(20)}).to_excel(writer, sheet_name="Codes", index=False)
        return book.getvalue()

    project = begun(stored_tables.open_file(workbook("May"), "may.xlsx", ReadOptions(sheet="May")))
    again = stored_tables.open_file_beside(workbook("May"), "june.xlsx", project.table_id)
    assert list(stored_tables.table(again.table).columns) == ["key", "size"]
    found = stored_tables.open_file_beside(workbook("June", 5), "june.xlsx", project.table_id)
    assert found.how.sheet == "Codes" and found.options == ReadOptions()
    assert "june.xlsx was not read with the choices made for the table before: june.xlsx has no sheet" in found.notes[0]
    chosen = found.otherwise(options=ReadOptions(sheet="June"))
    assert list(stored_tables.table(chosen.table).columns) == ["key", "size"]
    assert projects.get(project.id).table_id == project.table_id
    grown = append_rows.append(project, chosen.table, "key")
    assert options_of(grown.table_id) == ReadOptions(sheet="June")  # the latest choice holds from now on


def test_a_table_that_was_read_as_found_is_stored_as_ever():
    opened = stored_tables.open_file(b"a,b\n1,2\n3,4\n", "t.csv")
    assert stored_tables.table(opened.table).attrs == {"notes": [], "file": {"delimiter": ","}}
    assert options_of(opened.table) == ReadOptions()
    assert stored_tables.open_file(b"a,b\n1,2\n3,4\n", "t.csv", ReadOptions(delimiter=",")).table != opened.table


@pytest.mark.parametrize("suffix, q", [("csv", [1234, 2345]), ("xlsx", [1.234, 2.345])])
def test_a_stored_file_of_texts_is_told_from_a_typed_one(tmp_path, suffix, q):
    newer = dami.open_table(b"q,z\n1.234,a\n2.345,b\n", "new.csv")
    newer.write(tmp_path / f"new.{suffix}")
    rows = "".join(f"{k},{k % 9}5;{'ab'[k % 2]}\n" for k in range(30))
    encoder = dami.Encoder().fit(dami.open_table(f"q;z\n{rows}".encode(), "old.csv"))
    stored = stored_tables.open_file((tmp_path / f"new.{suffix}").read_bytes(), f"new.{suffix}").table
    assert encoder.read(stored_tables.written(stored)).frame["q"].tolist() == q
