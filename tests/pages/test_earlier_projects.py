"""Earlier projects on Data: resumed, renamed, deleted, and back again."""

from app_client import PAGES, address, begin, button, fine, show, start, texts

from dami.store import projects


def test_resume_rename_delete_and_undo(project):
    other = begin("Other")
    at = show(start(project), "data")
    at = fine(at.text_input(key=f"name_{project}").input("  New name ").run())
    assert projects.get(project).name == "New name" and "New name" in texts(at)
    at = fine(at.text_input(key=f"name_{project}").input("   ").run())
    assert projects.get(project).name == "New name"
    at = fine(at.button(key=f"delete_{project}").click().run())
    assert [entry.id for entry in projects.listing()] == [other]
    assert "project" not in at.session_state and "p" not in at.query_params
    assert "Deleted New name." in texts(at)
    at = fine(button(at, "Undo").click().run())
    assert {entry.id for entry in projects.listing()} == {project, other}
    at = fine(at.button(key=f"resume_{other}").click().run())
    assert at.title[0].value == "Label" and address(at) == other


def test_a_project_deleted_in_another_tab_is_said(trained):
    at = show(start(trained), "explore")
    projects.delete(trained)
    at = fine(at.run())
    assert "deleted" in at.warning[0].value
    for page in PAGES:
        show(at, page)
