"""Messages of a browser that cross a run, come late or come twice do no harm."""

from app_client import ODD, begin, button, fine, send, show, start, unfold
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from dami.store import annotations, classes, projects
from dami.ui.elements import notices
from dami.workspace.annotating import corrections


def test_what_a_browser_says_late_of_a_field_that_has_left_the_page_ends_no_run(trained):
    at = show(start(trained), "label")
    hold = next(toggle for toggle in at.toggle if toggle.key == f"hold_{trained}")
    show(at, "explore")  # has a switch of the same name
    show(at, "export")
    states = at._tree.get_widget_states()
    states.widgets.append(WidgetState(id=hold.id, bool_value=True))
    fine(at._run(states))  # the switch's callback runs, and finds no value
    assert "held_maps" not in at.session_state


def test_two_answers_without_sight_of_each_other_are_offered_for_a_choice(trained):
    for client, class_id in (("ann", 0), ("bob", 1)):
        item = {"seq": 1, "action": "label", "row": 30, "class": class_id, "saw": 12}
        annotations.append(trained, client, [item], annotator=ODD if client == "ann" else "bob")
    names = [entry.name for entry in classes.list_classes(trained)]
    at = show(start(trained), "label")
    [link] = [link.proto for link in at.get("page_link")]
    assert link.label.startswith("1 row was answered twice")
    at = show(at, "explore")
    assert "correct_30" not in {box.key for box in at.selectbox}
    at = unfold(at, "second_look")
    assert f"{names[1]} by bob, unaware of {names[0]} by {ODD}" in [text.value for text in at.text]
    at.selectbox(key="correct_30").select(0).run()
    assert annotations.labels(trained)[30] == 0 and annotations.conflicts(trained) == []
    assert "correct_30" not in {box.key for box in fine(at).selectbox}


def test_an_answer_that_a_browser_sends_twice_is_stored_once():
    """As a field does that commits its choice when it is left, and once more for the click that left it."""
    project = projects.get(begin())
    for _ in range(2):
        corrections.label_rows(project, [3], 1, "ann", saw=0)
        corrections.mark_rows(project, [4, 5], "unsure", "ann", saw=0)
    corrections.label_rows(project, [3], 1, "bob", saw=0)
    corrections.label_rows(project, [3], 1, "ann", annotations.last_event(project.id))  # once more, knowingly
    assert [(e.row, e.annotator) for e in annotations.events(project.id)] == [
        (3, "ann"), (4, "ann"), (5, "ann"), (3, "bob"), (3, "ann"),
    ]  # fmt: skip


def test_a_field_that_comes_back_with_what_it_showed_answers_nothing(trained):
    """A browser's message may cross the run in which its field has left the page: to the server, its value is new."""
    for class_id, saw in ((0, 10_000), (1, 0)):  # the second answer is given without sight of the first
        annotations.record(trained, [{"action": "label", "row": 30, "class": class_id, "saw": saw, "source": "human"}])
    at = unfold(show(start(trained), "explore"), "second_look")
    sent_before = WidgetStates(widgets=[at.selectbox(key="correct_30")._widget_state])
    corrections.confirm(projects.get(trained), 30)
    fine(at.run())
    assert "correct_30" not in {box.key for box in at.selectbox}
    fine(at._run(sent_before))
    assert [(e.action, e.class_id) for e in annotations.events(trained)[-2:]] == [("label", 1), ("label", 1)]
    assert sum(e.row == 30 for e in annotations.events(trained)) == 3


def test_a_refused_answer_is_told_until_it_was_seen_although_news_draw_the_page_anew(trained, monkeypatch):
    def told(at):
        return [error.value for error in at.error]

    at = fine(show(start(trained), "explore"))
    for class_id in (0, 1):  # others answer meanwhile
        annotations.record(trained, [{"action": "label", "row": 3, "class": class_id, "source": "human"}])
    at = fine(button(at, "Undo").click().run())
    assert len(told(at)) == 1 and "meanwhile" in told(at)[0]
    assert len(told(send(at, "pulse", changed="new"))) == 1
    at = fine(button(at, "Undo").click().run())  # the person tries again, and it is done
    assert told(at) == []
    annotations.record(trained, [{"action": "label", "row": 3, "class": 0, "source": "human"}])
    at = fine(button(at, "Undo").click().run())
    assert len(told(at)) == 1
    monkeypatch.setattr(notices, "SEEN", 0.0)
    assert told(send(at, "pulse", changed="newer")) == []
