"""The components that live in the browser, each a script beside this file, and what Python says to them.

A component's inline script only loads the module from an immutable, compressed address, so that a rerun carries data
and no code.
"""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

from dami.ui.addresses import script_address
from dami.ui.wire import CurveProps, MapProps, MountedCurve, MountedMap, PadProps, PulseProps
from dami.views.bitsets import decode_rows, encode_rows

__all__ = ["curve", "decode_rows", "encode_rows", "label_pad", "point_map", "pulse"]


def _component(script: str) -> Any:
    """A component of a script, whose data lie in a list: of a mapping's values Streamlit asks whether each is a table.

    That takes it half a millisecond a value, more than all else that a label costs.
    """
    name = PurePosixPath(script).stem
    loader = f"const module = await import(new URL('{script_address(script)}', location.origin));"
    unpack = "export default (component) => module.default({ ...component, data: component.data[0] });"
    mount = st.components.v2.component(f"dami.{name}", js=f"{loader}\n{unpack}", isolate_styles=False)
    return lambda data, **options: mount(data=[data], **options)


_label_pad = _component("label_pad/label_pad.js")
_map = _component("map/map.js")
_pulse = _component("progress/pulse.js")
_curve = _component("progress/curve.js")


def label_pad(key: str, data: PadProps, on_outbox: Callable[[], None]) -> Any:
    """The keyboard label pad; its outbox arrives in ``st.session_state[key].outbox``."""
    return _label_pad(key=key, data=data, on_outbox_change=on_outbox)


def point_map(
    key: str,
    data: MapProps,
    on_selected: Callable[[], None] | None = None,
    on_clicked: Callable[[], None] | None = None,
) -> Any:
    """The map of rows; a lasso arrives as a bitset (`decode_rows`), a click as a row."""
    mounted: MountedMap = {"height": 560, **data, "plotly": script_address("plotly.min.js")}
    return _map(
        key=key,
        data=mounted,
        on_selected_change=on_selected or _ignore,
        on_clicked_change=on_clicked or _ignore,
    )


def pulse(key: str, data: PulseProps, on_changed: Callable[[], None], on_cancel: Callable[[], None]) -> Any:
    """Progress of the project's jobs; tells Python once when something that pages show has changed."""
    return _pulse(key=key, data=data, on_changed_change=on_changed, on_cancel_change=on_cancel)


def curve(key: str, data: CurveProps) -> Any:
    """Loss and training accuracy, moving while a network is trained."""
    mounted: MountedCurve = {**data, "plotly": script_address("plotly.min.js")}
    return _curve(key=key, data=mounted, height=340)


def _ignore() -> None:
    """Streamlit needs a callback for each event that a component may send."""
