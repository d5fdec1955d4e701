"""A rerun of fragments does not swallow a click that the server gets in the same moment."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest
    from streamlit.testing.v1.local_script_runner import LocalScriptRunner


def page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from dami.ui.elements.fragments import cover_run, rerun

    def changed() -> None:
        if cover_run(["map", "progress"]):
            rerun(["map", "progress"])

    def crossed(page: str) -> None:
        """Draw the map anew, while a message of the browser has come: the click on a link, or of this page."""
        requests = get_script_run_ctx().script_requests
        requests.request_rerun(RerunData(page_script_hash=page or get_script_run_ctx().page_script_hash))
        rerun(["map"])

    @st.fragment(key="map")
    def show_map() -> None:
        st.session_state.maps = st.session_state.get("maps", 0) + 1

    @st.fragment(key="progress")
    def progress() -> None:
        st.button("News", key="news", on_click=changed)

    @st.fragment(key="dialog")
    def dialog() -> None:
        if st.button("Done", key="done"):
            st.rerun()

    st.session_state.pages = st.session_state.get("pages", 0) + 1
    if st.button("Edit", key="edit"):
        dialog()
    st.button("Leave", key="leave", on_click=crossed, args=("there",))
    st.button("Stay", key="stay", on_click=crossed, args=("",))
    show_map()
    progress()


@pytest.fixture
def asked() -> list[str]:
    """The fragments that the next run draws alone, as after a click inside of them."""
    return []


@pytest.fixture
def app(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> "AppTest":
    """The page with its dialog open. Streamlit is imported here: most tests do without it."""
    from streamlit.testing.v1 import AppTest
    from streamlit.testing.v1.local_script_runner import LocalScriptRunner

    opened = AppTest.from_function(page, default_timeout=60)
    start = LocalScriptRunner.run

    def run(self: "LocalScriptRunner", *args: Any, **settings: Any) -> Any:
        if asked:
            requests, queue = self._requests, opened._fragment_storage.resolve_target(asked)
            asked.clear()
            requests._rerun_data = replace(requests._rerun_data, fragment_id_queue=queue)
            self.request_rerun = lambda data: requests.request_rerun(replace(data, fragment_id_queue=queue))
        return start(self, *args, **settings)

    monkeypatch.setattr(LocalScriptRunner, "run", run)
    opened.run().button(key="edit").click().run()
    assert opened.session_state.pages == 2
    return opened


def test_news_alone_draw_the_fragments_alone(app, asked):
    maps = app.session_state.maps
    asked.append("progress")
    app.button(key="news").click().run()
    assert app.session_state.pages == 2
    assert app.session_state.maps == maps + 1


def test_a_dialog_closes_though_news_come_with_the_click(app, asked):
    asked += ["dialog", "progress"]
    app.button(key="done").click()
    app.button(key="news").click().run()
    assert app.session_state.pages == 3
    assert [button.key for button in app.button] == ["edit", "leave", "stay", "news"]


def test_a_dialog_opens_though_news_come_with_the_click(app):
    app.run()
    assert "done" not in [button.key for button in app.button]
    app.button(key="edit").click()
    app.button(key="news").click().run()
    assert "done" in [button.key for button in app.button]


@pytest.mark.parametrize(("button", "reruns"), [("leave", []), ("stay", [["map"]])])
def test_the_click_on_a_link_outlasts_a_rerun(app, monkeypatch, button, reruns):
    asked_for: list[list[str]] = []
    monkeypatch.setattr("streamlit.rerun", asked_for.append)
    app.button(key=button).click().run()
    assert asked_for == reruns
