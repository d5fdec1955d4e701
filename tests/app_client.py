"""Uses the app's pages as Streamlit's own test client does, and does what its workers would."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from dami.store import annotations, jobs
from dami.views import projection
from dami.workspace.jobs.worker import complete
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import stored_tables

ROOT = Path(__file__).parents[1]
APP = ROOT / "dami" / "ui" / "main.py"
PAGES = ["data", "model", "label", "explore", "compare", "learn", "workshop", "export"]
ODD = "<script>alert(1)</script> **b** :material/home: $x$ a -> b [l](u) :red[r] `c`"


def start(project: str | None = None) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    if project is not None:
        at.query_params["p"] = project
    return fine(at.run())


def show(at: AppTest, page: str) -> AppTest:
    return fine(at.switch_page(f"../../pages/{page}.py").run())


def unfold(at: AppTest, key: str) -> AppTest:
    """Open an expander whose content is drawn only then."""
    at.session_state[key] = True
    return fine(at.run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [element.stack_trace for element in at.exception]
    return at


def address(at: AppTest) -> str:
    """The project that the address bar names."""
    value = at.query_params["p"]  # text, or a list once the client has set it
    return value if isinstance(value, str) else value[-1]


def component(at: AppTest, key: str) -> Any:
    return next(element.proto for element in at.get("bidi_component") if element.key == key)


def sent(at: AppTest, key: str) -> dict:
    return dict(json.loads(component(at, key).json)[0])


def send(at: AppTest, key: str, state: dict | None = None, **triggers: Any) -> AppTest:
    """Rerun with what the browser would send for a component (AppTest has no public way)."""
    proto, states = component(at, key), at._tree.get_widget_states()
    if state is not None:
        states.widgets.append(WidgetState(id=proto.id, json_value=json.dumps(state)))
    events = json.dumps([{"event": event, "value": value} for event, value in triggers.items()])
    states.widgets.append(WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{proto.id}__events", json_trigger_value=events))
    return fine(at._run(states))


def texts(at: AppTest) -> str:
    """All that is written on the page."""
    kinds = ("text", "caption", "markdown", "info", "warning", "error", "subheader", "title")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))


def button(at: AppTest, label: str) -> Any:
    return next(element for element in at.button if element.label == label)


def work(lane: str = "interactive") -> None:
    """Do what the workers would; the map by principal components, since pages show any alike."""
    import torch

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "project_map", lambda points, previous=None, keep=None: projection.pca_map(points))
        while (job := jobs.claim(lane)) is not None:
            complete(job)


def table_of(frame: pd.DataFrame) -> str:
    return stored_tables.stored.store_table(frame).id


def things() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    kinds = np.arange(40) % 2
    return pd.DataFrame(
        {
            "size": kinds * 3 + rng.normal(size=40),
            "color": rng.choice(["red", "blue"], 40),
            "confidence": rng.integers(0, 50, 40),  # called like a column of ours
            "row number": rng.random(40),
            "kind": np.where(kinds, "big", "small"),
        }
    )


def begin(name: str = "Things") -> str:
    return workspace_projects.begin(table_of(things()), name, target="kind", mode="practise").id


def train(project: str) -> None:
    work()
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(12)]
    annotations.record(project, items)
    workspace_projects.rounds.start(project)
    work()


def choice(at: AppTest, label: str) -> Selectbox:
    return next(one for one in at.selectbox if one.label.replace("\\", "") == label)


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    return fine(at.file_uploader[0].upload(name, data, "application/octet-stream").run())
