"""Explore and Export list cells as their owner wrote them."""

import numpy as np
from app_client import fine, show, start

from dami.workspace.projects import begin, stored_tables
from dami.workspace.projects.begin import ClassDraft

TABLE = "year,price,id,part\n1950,2.50,0012,0.123456\n,3,7,0.5\n2024,3,7,0.25\n"


def test_lists_and_filters_show_cells_as_they_were_written():
    table = stored_tables.open_file(TABLE.encode(), "own.csv").table
    project = begin.begin(table, "Own", classes=[ClassDraft("a"), ClassDraft("b")])
    at = show(start(project.id), "explore")
    for shown in (at.dataframe[0], fine(show(at, "export").toggle[0].set_value(True).run()).dataframe[0]):
        listed = shown.value
        assert listed["price"].tolist() == ["2.50", "3", "3"] and listed["id"].tolist() == ["0012", "7", "7"]
        assert listed["year"].tolist()[::2] == [1950, 2024] and np.isnan(listed["year"][1])
        assert '"part"' in shown.proto.columns and "%g" in shown.proto.columns  # all digits of a fraction
    at = show(at, "explore")
    for column, choices in (("year", ["1950", "(missing)", "2024"]), ("price", ["3", "2.50"])):
        at = fine(at.selectbox[1].select(column).run())
        assert {*at.multiselect[0].options} == {*choices}
    at = fine(at.multiselect[0].select("2.50").run())
    assert not at.exception
