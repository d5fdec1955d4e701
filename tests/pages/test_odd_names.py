"""Names with markup are shown as they were typed."""

from app_client import ODD, PAGES, button, fine, show, start, texts, train, upload

from dami.store import projects
from dami.ui.elements import plain


def test_plain_text_escapes_all_that_markdown_would_change():
    shown = plain(ODD)
    assert shown.replace("\\", "").replace("\u200b", "") == ODD
    assert ":material/" not in shown and ":red[" not in shown and "->" not in shown.replace("\\", "")
    assert plain(" 0.4 to\n 3.6 (95\N{NO-BREAK SPACE}%)").replace("\\", "") == "0.4 to 3.6 (95\N{NO-BREAK SPACE}%)"
    for sign in "*`$[]<>_#":
        assert sign not in shown.replace(f"\\{sign}", "")


def test_names_with_markup_are_shown_as_they_were_typed(frame):
    frame = frame.rename(columns={"size": ODD, "kind": "label"})
    frame["label"] = frame["label"].map({"big": f"big {ODD}", "small": "small"})
    at = upload(start(), f"{ODD.replace('/', ' ')}.csv", frame.to_csv(index=False).encode())
    assert plain(f"big {ODD}") in texts(at)
    labels_of = [element.label for element in at.text_input]
    assert plain(f"big {ODD}") in labels_of
    name = next(element for element in at.text_input if element.label == "Project name")
    at = fine(name.input(ODD).run())
    at = fine(button(at, "Start practising").click().run())
    project = at.session_state.project
    assert projects.get(project).name == ODD
    train(project)
    for page in PAGES:
        at = show(at, page)
        if page not in ("learn", "workshop"):
            assert ODD in [element.value for element in at.get("text")]  # the project's name: text, no Markdown
        for kind in ("caption", "markdown", "info", "warning", "subheader", "title"):
            for element in at.get(kind):
                assert ODD not in str(element.value) and "<script>" not in str(element.value).replace("<style>", "")
    at = show(at, "explore")
    at = fine(at.selectbox[1].select(ODD).run())
    assert at.slider[0].label == plain(ODD)
