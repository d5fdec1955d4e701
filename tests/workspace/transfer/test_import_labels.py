"""Labels from a file: every row of it is counted once, and what is imported is one batch that one undo takes back."""

import io

import pandas as pd
import pytest

from dami.errors import DamiError, ProjectError
from dami.store import annotations, classes, models
from dami.workspace.annotating import corrections
from dami.workspace.projects import append_rows, begin, edit_classes, labels, stored_tables
from dami.workspace.training import rounds
from dami.workspace.transfer import exporters, import_labels, match_rows, project_file
from dami.workspace.transfer.import_labels import ImportConflict
from dami.workspace.transfer.match_rows import Key


@pytest.fixture
def owls(desk, frame):
    """60 animals to be labelled for real; rows 0 to 5 have an answer: five labels, one discarded."""
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["cat", "dog", "owl"], annotator="Ada")
    desk.press(project, [{"row": row, "class": row % 3} for row in range(5)] + [{"row": 5, "action": "discard"}])
    return project


def stored(frame: pd.DataFrame, filename: str = "theirs.csv") -> str:
    return stored_tables.open_file_beside(frame.to_csv(index=False).encode(), filename).table


def shown(project) -> list[str]:
    return [entry.name for entry in labels.class_list(project.id).shown]


def by_name(frame: pd.DataFrame, said: dict[int, str]) -> pd.DataFrame:
    named = pd.DataFrame({"who": frame["name"].iloc[list(said)].to_numpy(), "name": "", "kind": list(said.values())})
    return named.assign(name=named["who"]).drop(columns="who")


THEIRS = {0: "cat", 1: "owl", 5: "cat", 7: "dog", 8: "lynx", 9: "lynx", 11: "", 12: "owl"}


def test_the_preview_counts_every_row_of_the_file_once(desk, frame, owls):
    said = by_name(frame, THEIRS)
    said.loc[len(said)] = ["nobody knows me", "cat"]
    table = stored(said.sample(frac=1, random_state=0))
    [key] = match_rows.keys(owls, table)
    assert (key.column, key.kind) == ("name", "column")
    assert import_labels.label_columns(owls, table, key) == ["kind"]
    seen = import_labels.preview(owls, table, key, "kind")
    assert seen.new == {7: "dog", 8: "lynx", 9: "lynx", 12: "owl"} and seen.same == 1
    assert seen.conflicts == [ImportConflict(1, "dog", "owl"), ImportConflict(5, "(discarded)", "cat")]
    assert seen.not_found == ["nobody knows me"] and seen.unlabeled == 1 and seen.predicted == 0
    assert seen.unknown == {"lynx": 2}
    assert len(seen.new) + seen.same + len(seen.conflicts) + len(seen.not_found) + seen.unlabeled == len(said)
    assert [seen.n_imported(*answers) for answers in ((0, 0), (0, 1), (1, 0), (1, 1))] == [2, 4, 4, 6]


@pytest.mark.parametrize("take_theirs", [False, True])
@pytest.mark.parametrize("add_classes", [False, True])
def test_an_import_is_one_batch_with_the_name_of_its_file(desk, frame, owls, take_theirs, add_classes):
    table = stored(by_name(frame, THEIRS))
    key = Key("name", "column")
    before, log = labels.known(owls), annotations.events(owls.id)
    answers = {"take_theirs": take_theirs, "add_classes": add_classes}
    n = import_labels.bring_in(owls, table, key, "kind", "from Bo.csv", annotator="Bo", **answers)
    names = labels.class_list(owls.id).names
    after = {row: names[given] for row, given in labels.known(owls).items()}
    expected = {row: names[given] for row, given in before.items()} | {7: "dog", 12: "owl"}
    expected |= ({1: "owl", 5: "cat"} if take_theirs else {}) | ({8: "lynx", 9: "lynx"} if add_classes else {})
    assert after == expected and (5 in after) == take_theirs
    assert ("lynx" in {entry.name for entry in classes.list_classes(owls.id)}) == add_classes
    new = annotations.events(owls.id)[len(log) :]
    assert len(new) == n and len({event.batch for event in new}) == 1 and new[0].batch
    assert {(event.source, event.annotator, event.strategy) for event in new} == {("imported", "Bo", "import")}
    assert all("from Bo.csv" in (event.reason or "") for event in new)
    assert "from Bo.csv" in exporters.log(owls).decode() and annotations.events(owls.id)[: len(log)] == log
    corrections.undo(owls)
    assert labels.known(owls) == before and annotations.current(owls.id)[5].action == "discard"
    assert shown(owls) == ["cat", "dog", "owl"]
    assert import_labels.preview(owls, table, key, "kind").unknown == {"lynx": 2}
    corrections.redo(owls)
    assert shown(owls)[3:] == ["lynx"] * add_classes
    assert {row: names[given] for row, given in labels.known(owls).items()} == expected


def test_what_dami_exports_comes_back_without_the_predictions(desk, frame):
    truth = frame["kind"].copy()
    project = desk.begin(frame, mode="practise", annotator="Ada")
    desk.work(project)
    desk.label_queue(project, truth, 12)
    desk.work(project)
    other = desk.begin(frame.drop(columns="kind"), None, "label", classes=["cat", "dog", "owl"])
    table = stored_tables.open_file_beside(exporters.csv(project), "exported.csv").table
    key = match_rows.keys(other, table)[0]
    assert key.column == "name" and import_labels.label_columns(other, table, key)[0] == "label"
    seen = import_labels.preview(other, table, key, "label")
    assert len(seen.new) == 12 and seen.predicted == 48 and not seen.unknown
    import_labels.bring_in(other, table, key, "label", "exported.csv")
    assert labels.known(other) == labels.known(project)
    with pytest.raises(ProjectError, match="nothing to import"):
        import_labels.bring_in(other, table, key, "label", "exported.csv", take_theirs=True)


def test_row_numbers_of_ours_and_the_mere_order_find_rows_too(desk, frame, owls):
    numbered = pd.DataFrame({"row": [59, 3, 10, 60], "prediction": ["owl", "cat", "dog", "dog"]})
    table = stored(numbered)
    key, other = match_rows.keys(owls, table)
    assert (key, other) == (Key("row", "row number"), Key("row", "row number", 1))
    seen = import_labels.preview(owls, table, key, "prediction")
    assert seen.new == {59: "owl", 10: "dog"} and seen.same == 1 and seen.not_found == ["60"]
    ordered = stored(pd.DataFrame({"x": ["cat", "dog"] * 30}))
    [key] = match_rows.keys(owls, ordered)
    assert key.kind == "order"
    assert import_labels.preview(owls, ordered, key, "x").new[59] == "dog"
    assert match_rows.keys(owls, stored(pd.DataFrame({"x": ["cat", "dog"]}))) == []


def test_keys_that_a_spreadsheet_spoilt_and_values_of_renamed_classes(desk):
    frame = pd.DataFrame(
        {"id": [f"{k:03d}" for k in range(40)], "a": range(40), "kind": ["cat", None, "cow", None] * 10}
    )
    project = desk.begin(frame, mode="label")
    classes.rename_class(project.id, 0, "Felis")
    classes.add_class(project.id, "dog")
    table = stored_tables.open_file_beside(b"id;label\n1;cat\n3;Felis\n5;dog\n", "sheet.csv").table
    key = match_rows.keys(project, table)[0]
    seen = import_labels.preview(project, table, key, "label")
    assert key.column == "id" and seen.new == {1: "Felis", 3: "Felis", 5: "dog"} and not seen.unknown


def test_too_many_new_classes_are_refused_and_nothing_is_stored(desk, frame, owls, monkeypatch):
    table = stored(pd.DataFrame({"name": frame["name"], "kind": [f"class {k}" for k in range(60)]}))
    monkeypatch.setattr(edit_classes, "MOST_CLASSES", 20)
    before = annotations.events(owls.id), classes.list_classes(owls.id)
    with pytest.raises(DamiError, match="54 new classes"):
        import_labels.bring_in(owls, table, Key("name", "column"), "kind", "many.csv", add_classes=True)
    assert (annotations.events(owls.id), classes.list_classes(owls.id)) == before
    with pytest.raises(DamiError, match="no column"):
        import_labels.preview(owls, table, Key("name", "column"), "absent")
    assert pd.read_csv(io.BytesIO(exporters.csv(owls)))["label"].notna().sum() == 5


COLORS = b"color,size\n" + b"red,0\nblue,1\nred,2\nblue,3\n" * 3  # no row differs from the fourth below it
WARM = b"nr,label\n" + b"".join(b"%d,%s\n" % (k, (b"cold", b"warm")[k % 2]) for k in range(1, 13))


@pytest.fixture
def colors():
    table_id = stored_tables.open_file(COLORS, "colors.csv").table
    return begin.begin(table_id, "Colors", classes=[begin.ClassDraft("warm"), begin.ClassDraft("cold")])


def test_rows_that_are_counted_from_one_find_the_rows_they_mean(colors):
    table = stored_tables.open_file_beside(WARM, "labels.csv").table
    key, *others = match_rows.keys(colors, table)
    assert key == Key("nr", "row number", 1) and [other.kind for other in others] == ["order"]
    assert "counted from 1" in key.words
    seen = import_labels.preview(colors, table, key, "label")
    assert seen.new == {row: ("warm", "cold")[row % 2] for row in range(12)} and not seen.not_found
    pairs = match_rows.pairs(colors, table, key)
    assert [(pair.theirs, pair.row, pair.ours) for pair in pairs] == [
        ("1 · warm", 0, "red · 0"),
        ("7 · warm", 6, "red · 2"),
        ("12 · cold", 11, "blue · 3"),
    ]


@pytest.mark.parametrize(
    ("name", "numbers", "first"),
    [
        ("nr", [1, 2, 3], [1]),
        ("anything", [1, 2, 3], [1]),  # 1, 2, 3 in the order of the file
        ("anything", [0, 1, 2], [0]),
        ("id", [3, 0, 7], [0]),  # counted from 0, since there is a 0
        ("id", [12, 3], [1]),  # the table has 12 rows
        ("id", [5, 3], [1, 0]),  # either: the pairs show which
        ("score", [5, 3, 9], []),
        ("score", [1, 3, 2], []),
        ("id", [1, 300, 200], []),
        ("row", [2, 0], [0]),
        ("row", [1, 2, 3], [0, 1]),  # as DAMI's own are counted, or as people do
        ("row", [12, 3], [0, 1]),
        ("row", [*range(1, 13)], [1]),  # from the first of the table's 12 rows to the last
    ],
)
def test_only_what_counts_rows_is_taken_for_row_numbers(colors, name, numbers, first):
    file = stored(pd.DataFrame({name: numbers, "label": "warm"}))
    assert [key.first for key in match_rows.keys(colors, file) if key.kind == "row number"] == first


def test_a_class_that_came_with_an_import_goes_with_it_unless_somebody_uses_it(desk, frame, owls):
    table, key = stored(by_name(frame, THEIRS)), Key("name", "column")
    import_labels.bring_in(owls, table, key, "kind", "theirs.csv", add_classes=True)
    lynx = next(entry.id for entry in labels.class_list(owls.id).shown if entry.name == "lynx")
    edit_classes.rename(owls, lynx, "Lynx lynx")
    batch = annotations.events(owls.id)[-1]
    desk.press(owls, [{"row": 20, "class": lynx}])
    desk.press(owls, [{"action": "undo", "undoes": batch.id}], client="another tab")
    assert shown(owls) == ["cat", "dog", "owl", "Lynx lynx"]  # row 20 has it
    corrections.undo(owls)
    assert shown(owls) == ["cat", "dog", "owl"]
    again = project_file.unpack(project_file.pack(owls))
    assert shown(again) == ["cat", "dog", "owl"]
    edit_classes.merge(again, 1, 0)
    with pytest.raises(ProjectError, match="At least two"):
        edit_classes.merge(again, 2, 0)  # the lynx, which is gone, is no second class
    edit_classes.part(again, 1)
    assert edit_classes.add(again, "Lynx lynx").id == lynx and shown(again)[3:] == ["Lynx lynx"]  # the same, for good
    assert import_labels.preview(again, table, key, "kind").unknown == {}
    import_labels.bring_in(owls, table, key, "kind", "theirs.csv", add_classes=True)
    assert shown(owls)[3:] == ["Lynx lynx"] and len(classes.list_classes(owls.id)) == 4
    corrections.undo(owls)
    assert shown(owls) == ["cat", "dog", "owl"]


def test_a_network_that_learnt_a_class_of_an_import_is_trained_anew_without_it(desk, frame, owls):
    table, key = stored(by_name(frame, {9: "lynx", 10: "lynx"})), Key("name", "column")
    import_labels.bring_in(owls, table, key, "kind", "theirs.csv", add_classes=True)
    desk.work(owls)
    rounds.start(owls.id)
    desk.work(owls)
    assert "lynx" in models.trained(owls.id).summary.classes
    corrections.undo(owls)
    desk.work(owls)
    assert list(models.trained(owls.id).summary.classes) == ["cat", "dog", "owl"]
    rounds.start_if_due(owls)
    assert desk.work(owls) == []


def test_rows_with_two_labels_stay_out_and_other_spellings_are_asked_about(desk, frame, owls):
    said = pd.DataFrame(
        {
            "name": frame["name"].iloc[[7, 7, 8, 9, 10, 11, 11, 0]].to_numpy(),
            "kind": ["cat", "owl", "Cat", " OWL ", "lynx", "dog", "Dog", "CAT"],
        }
    )
    table = stored(said)
    [key] = match_rows.keys(owls, table)
    assert key == Key("name", "column")
    seen = import_labels.preview(owls, table, key, "kind")
    assert seen.ambiguous == [7, 11] and seen.new == {8: "Cat", 9: "OWL", 10: "lynx"} and seen.n_found == 8
    assert seen.padded == 1
    unread, alike = import_labels.questions(owls, table, key, "kind")
    assert not unread and alike == [["cat", "Cat", "CAT"], ["dog", "Dog"], ["owl", "OWL"]]
    assert [conflict.row for conflict in seen.conflicts] == [0] and seen.n_imported(False, False) == 0
    answers = {name: ours for ours, *others in alike for name in others}
    asked = import_labels.preview(owls, table, key, "kind", answers)
    assert (asked.ambiguous, asked.conflicts, asked.same) == ([7], [], 1)  # a mere spelling contradicts nothing
    assert asked.new == {8: "cat", 9: "owl", 10: "lynx", 11: "dog"}
    import_labels.bring_in(owls, table, key, "kind", "theirs.csv", answers=answers)
    names = labels.class_list(owls.id).names
    known = labels.known(owls)
    assert {row: names[known[row]] for row in (8, 9, 11)} == {8: "cat", 9: "owl", 11: "dog"} and 10 not in known
    assert [entry.name for entry in classes.list_classes(owls.id)] == ["cat", "dog", "owl"]


def test_accents_in_either_form_are_one_class(desk, frame):
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["café", "dog"])
    table = stored(pd.DataFrame({"name": frame["name"].iloc[:1], "kind": ["cafe\u0301"]}))
    seen = import_labels.preview(project, table, Key("name", "column"), "kind")
    assert seen.new == {0: "café"} and not seen.unknown
    classes.add_class(project.id, "e\u0301t\u0301")  # as an older DAMI did
    table = stored(pd.DataFrame({"name": frame["name"].iloc[:2], "kind": ["\u00e9t\u0301", "e\u0301t\u0301"]}))
    seen = import_labels.preview(project, table, Key("name", "column"), "kind")
    assert seen.new == dict.fromkeys((0, 1), "e\u0301t\u0301") and not seen.unknown
    assert import_labels.questions(project, table, Key("name", "column"), "kind") == ([], [])
    for change in (edit_classes.add, lambda *name: edit_classes.rename(project, 1, name[-1])):
        with pytest.raises(ProjectError, match="already"):
            change(project, "\u00e9t\u0301")


def test_a_text_that_may_be_missing_is_asked_about_and_the_tables_answers_hold(desk, frame, owls):
    said = pd.DataFrame({"name": frame["name"].iloc[7:11], "kind": ["cat", "n/a", "n/a", "dog"]})
    table, key = stored(said), Key("name", "column")
    seen = import_labels.preview(owls, table, key, "kind")
    assert import_labels.questions(owls, table, key, "kind") == ([("n/a", 2)], [])
    assert seen.unlabeled == 2 and set(seen.new) == {7, 10}
    asked = import_labels.preview(owls, table, key, "kind", {"n/a": "n/a"})
    assert asked.unknown == {"n/a": 2}
    known = frame.assign(kind=["cat", "Cat", "dog", None] * 15)
    table_id = stored_tables.with_answers(stored(known, "ours.csv"), "kind", {"Cat": "cat", "cat": "cat", "n/a": None})
    project = begin.begin(table_id, "Ours", target="kind")
    assert shown(project) == ["cat", "dog"]
    theirs = stored(pd.DataFrame({"name": frame["name"].iloc[[3, 7]], "kind": ["Cat", "n/a"]}))
    seen = import_labels.preview(project, theirs, key, "kind")
    assert seen.new == {3: "cat"} and import_labels.questions(project, theirs, key, "kind") == ([], [])


@pytest.mark.parametrize(
    ("ours", "theirs", "rows", "respelled"),
    [
        (["1.1", "1.10", "2.1", "2.10"], ["1.10", "2.1"], [1, 2], []),
        (["007", "7", "12", "70"], ["7", "007"], [1, 0], []),
        (["001", "002", "120", "121"], ["1", "120"], [0, 2], [("1", "001")]),
        (["1.10", "2.10", "x", "y"], ["1.1", "1.10"], [-1, 0], []),
        (["1.0", "2.0", "3.0", "4.0"], ["1", "9"], [0, -1], [("1", "1.0")]),
    ],
)
def test_keys_are_compared_as_written_and_by_value_only_where_that_finds_nothing(ours, theirs, rows, respelled):
    table = stored(pd.DataFrame({"code": ours, "x": [5, 5, 6, 6]}), "ours.csv")
    file = stored_tables.open_file_beside(
        ("code,label\n" + "".join(f"{key},a\n" for key in theirs)).encode(), "theirs.csv"
    ).table
    project = begin.begin(table, "P", classes=[begin.ClassDraft("a"), begin.ClassDraft("b")])
    assert match_rows.keys(project, file)[0] == Key("code", "column")
    found = match_rows.matched(table, file, Key("code", "column"))
    assert found.rows.tolist() == rows and found.respelled == respelled
    assert import_labels.preview(project, file, Key("code", "column"), "label").respelled == respelled


def test_the_name_of_a_key_may_differ_in_capitals(desk, frame, owls):
    file = stored(pd.DataFrame({"NAME": frame["name"].iloc[7:9], "kind": ["cat", "dog"]}))
    [key] = match_rows.keys(owls, file)
    assert key == Key("name", "column") and import_labels.label_columns(owls, file, key) == ["kind"]
    assert import_labels.preview(owls, file, key, "kind").new == {7: "cat", 8: "dog"}


def test_classes_of_one_import_that_look_alike_stay_apart(desk, frame, owls):
    said = {7: "big cat", 8: "big  cat", 9: "x" * 200 + "1", 10: "x" * 200 + "2"}
    table, key = stored(by_name(frame, said)), Key("name", "column")
    for _ in range(2):  # the second time, the classes are gone and come again
        import_labels.bring_in(owls, table, key, "kind", "theirs.csv", add_classes=True)
        names, known = labels.class_list(owls.id).names, labels.known(owls)
        assert {row: names[known[row]] for row in said} == said
        corrections.undo(owls)
    assert len(classes.list_classes(owls.id)) == 3 + len(said)


def test_a_class_that_is_gone_comes_again_under_its_new_name(desk, frame, owls):
    key = Key("name", "column")
    import_labels.bring_in(owls, stored(by_name(frame, {7: "lynx"})), key, "kind", "theirs.csv", add_classes=True)
    edit_classes.rename(owls, 3, "bobcat")
    corrections.undo(owls)
    said = {7: "bobcat", 8: "lynx"}
    import_labels.bring_in(owls, stored(by_name(frame, said)), key, "kind", "theirs.csv", add_classes=True)
    names, known = labels.class_list(owls.id).names, labels.known(owls)
    assert {row: names[known[row]] for row in said} == said and known[7] == 3


def test_a_class_takes_the_name_of_one_that_is_gone_which_comes_again_beside_it(desk, frame, owls):
    key = Key("name", "column")
    import_labels.bring_in(owls, stored(by_name(frame, {7: "lynx"})), key, "kind", "theirs.csv", add_classes=True)
    corrections.undo(owls)
    assert edit_classes.rename(owls, 0, "lynx").name == "lynx"
    corrections.redo(owls)
    names, known = labels.class_list(owls.id).names, labels.known(owls)
    assert (names[0], names[known[7]]) == ("lynx", "lynx (2)")


def test_a_class_that_is_added_by_hand_is_none_that_was_renamed_and_taken_back(desk, frame, owls):
    table, key = stored(by_name(frame, {7: "lynx"})), Key("name", "column")
    import_labels.bring_in(owls, table, key, "kind", "theirs.csv", add_classes=True)
    edit_classes.rename(owls, 3, "bobcat")
    corrections.undo(owls)
    lynx = edit_classes.add(owls, "lynx", "has tufts")
    assert (lynx.name, lynx.guideline) == ("lynx", "has tufts") and shown(owls)[3:] == ["lynx"]
    again = edit_classes.add(owls, "bobcat", "has none")
    assert (again.id, again.guideline) == (3, "has none") and sorted(shown(owls)[3:]) == ["bobcat", "lynx"]
    assert import_labels.preview(owls, table, key, "kind").new == {7: "lynx"}


def test_a_class_that_appended_rows_hold_stays_when_the_import_that_brought_it_is_taken_back(desk, frame):
    project = desk.begin(frame.assign(kind=frame["kind"].where(frame.index < 50)), mode="label")
    table, key = stored(by_name(frame, {55: "lynx"})), Key("name", "column")
    import_labels.bring_in(project, table, key, "kind", "theirs.csv", add_classes=True)
    newer = stored(pd.DataFrame([{**frame.iloc[0].to_dict(), "name": "new", "kind": "lynx"}]), "newer.csv")
    project = append_rows.append(project, newer, "name")
    corrections.undo(project)
    names, known = labels.class_list(project.id).names, labels.known(project)
    assert shown(project) == ["cat", "dog", "owl", "lynx"] and names[known[60]] == "lynx" and 55 not in known


def test_a_file_of_others_that_says_where_its_labels_come_from_is_not_damis_own(desk, frame, owls):
    said = pd.DataFrame({"name": frame["name"].iloc[7:12], "label": ["cat", "n/a", "cow", "Cow", "dog"]})
    key = Key("name", "column")
    for more in ({"label_source": "expert"}, {"label_source": "expert", "labeled_at": "2024-01-02"}):
        table = stored(said.assign(**more))
        assert import_labels.questions(owls, table, key, "label") == ([("n/a", 1)], [["cow", "Cow"]])
        assert 8 not in import_labels.preview(owls, table, key, "label").new
    table = stored(said.assign(label_source=["human", "human", "human", "imported", "model"], labeled_at=None))
    assert import_labels.questions(owls, table, key, "label") == ([], [])
    assert import_labels.preview(owls, table, key, "label").new == {7: "cat", 8: "n/a", 9: "cow", 10: "Cow"}
