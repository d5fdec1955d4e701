"""What registries hold appears on the pages by itself, and what is missing is said."""

from dataclasses import replace

import pytest
from app_client import PAGES, button, fine, sent, show, start, texts, upload, work

from dami.errors import ModelError, ProjectError
from dami.store import projects
from dami.tables.reading import READERS, Reader
from dami.ui.elements import plain
from dami.workspace.training import rounds
from dami.workspace.transfer import project_file
from dami.workspace.transfer.exporters import EXPORTERS, Exporter, Preparation


def test_boxes_for_uploads_take_all_that_is_read(trained, monkeypatch):
    monkeypatch.setitem(READERS, ".bars", Reader("Bars", READERS[".csv"].read))
    at = start(trained)
    shown = show(at, "data").file_uploader
    assert ", Bars), or a project file" in shown[0].label
    assert [[*one.proto.type] for one in shown] == [[*READERS]] * 3
    [new_rows] = show(at, "export").file_uploader
    assert {".tab", ".xlsm", ".pq", ".arrow", ".bars"} <= {*new_rows.proto.type} == {*READERS}
    assert len(upload(show(start(), "data"), "table.bars", b"a,b\n1,2\n2,x\n").error) == 0


def test_an_exporter_gets_its_button_by_itself(trained, monkeypatch):
    lacking = "There is nothing <b> yet."
    made = Preparation("Prepare the list", lambda project: False, lambda project: None)
    rows = Exporter("Number of rows", "rows.txt", "text/plain", lambda project: b"40", section="send")
    monkeypatch.setitem(EXPORTERS, "rows", rows)
    monkeypatch.setitem(EXPORTERS, "lacks", replace(rows, title="Lacks", section="project", missing=lambda _: lacking))
    monkeypatch.setitem(EXPORTERS, "waits", replace(rows, title="Waits", section="network", preparation=made))
    at = show(start(trained), "export")
    downloads = [one.proto.label for one in at.get("download_button")]
    assert downloads.index("Report") < downloads.index("Number of rows") < downloads.index("Project file")
    assert not {"Lacks", "Waits"} & {*downloads} and button(at, "Prepare the list")
    assert button(at, "Lacks").disabled and button(at, "Lacks").help == plain(lacking)


def test_an_exporter_that_fails_says_so_on_its_button_and_the_others_stay(project, monkeypatch):
    def fail(project):
        raise ProjectError("The exporter “fails” of the package <b> failed.")

    rows = Exporter("Fails", "rows.txt", "text/plain", lambda project: b"40", section="project", missing=fail)
    monkeypatch.setitem(EXPORTERS, "fails", rows)
    made = Preparation("Prepare", fail, fail)
    monkeypatch.setitem(EXPORTERS, "too", replace(rows, title="Too", preparation=made))
    at = show(start(project), "export")
    assert {button(at, title).help for title in ("Fails", "Too")} == {
        plain("The exporter “fails” of the package <b> failed.")
    }
    assert button(at, "Fails").disabled and button(at, "Too").disabled
    assert {"Project file", "Annotation log"} <= {one.proto.label for one in at.get("download_button")}


def test_the_export_page_before_anything_is_trained_offers_what_there_is(project):
    at = show(start(project), "export")
    downloads = [one.proto.label for one in at.get("download_button")]
    assert {"Table as CSV", "Table as Parquet", "Report", "Project file", "Annotation log"} <= {*downloads}
    assert not {"Replay", "Model file", "Network as ONNX"} & {*downloads}
    assert button(at, "Replay").disabled and button(at, "Replay").help == plain("There is no label or no map yet.")
    assert "Not trained yet." in texts(at) and not [one for one in at.button if "Prepare" in one.label]


def test_what_is_wrong_with_a_package_is_said_on_data(project, monkeypatch):
    sentence = (
        "The reader “.bad” of the package <b>bad</b> 1.2 is left out: it is broken. Update or remove the package."
    )
    monkeypatch.setitem(READERS.broken, ".bad", sentence)
    assert [one.value for one in show(start(project), "data").warning] == [plain(sentence)]


def test_a_project_whose_strategy_is_gone_can_be_opened_and_takes_another_one(trained, monkeypatch):
    projects.change(trained, strategy="of-a-package")
    at = show(start(trained), "label")
    assert "no strategy 'of\\-a\\-package'" in at.warning[0].value and sent(at, "pad")["queue"]
    for page in PAGES:
        show(at, page)
    rounds.start(trained)
    with pytest.raises(ModelError, match="no strategy 'of-a-package'; there are dami, "):
        work()
    at = show(at, "label")
    fine(at.radio(key=f"strategy_{trained}").set_value("random").run())
    assert projects.get(trained).strategy == "random"


def test_a_project_file_whose_strategy_is_not_here_is_labelled_once_another_one_is_chosen(trained):
    projects.change(trained, strategy="of-a-package")
    opened = project_file.unpack(project_file.pack(projects.get(trained)))
    with pytest.raises(ModelError, match="no strategy 'of-a-package'; there are dami, "):
        work()
    at = show(start(opened.id), "label")
    assert "no strategy 'of\\-a\\-package'" in at.warning[0].value
    fine(at.radio(key=f"strategy_{opened.id}").set_value("random").run())
    work()
    assert sent(show(at, "label"), "pad")["queue"] and projects.get(opened.id).strategy == "random"
