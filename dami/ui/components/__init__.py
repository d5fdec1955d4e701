"""Mounts the components that run in the browser; the script of each lies in a folder beside this file.

A component's inline script only loads its module from an immutable, compressed address. So a rerun sends data and no
code.
"""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

from dami.ui.addresses import script_address
from dami.ui.wire import CurveProps, MapProps, PadProps, PulseProps
from dami.views.bitsets import decode_rows, encode_rows

__all__ = ["curve", "decode_rows", "encode_rows", "label_pad", "point_map", "pulse"]


def _component(script: str) -> Any:
    """Make a function that mounts the component of a script; it sends the data inside a list.

    If the data were a mapping, Streamlit would check for each value whether it is a table. A check takes half a
    millisecond, and all checks together longer than all other work for one label.
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
    """Mount the label pad; its outbox arrives in ``st.session_state[key].outbox``."""
    return _label_pad(key=key, data=data, on_outbox_change=on_outbox)


def point_map(
    key: str,
    data: MapProps,
    on_selected: Callable[[], None] | None = None,
    on_clicked: Callable[[], None] | None = None,
) -> Any:
    """Mount the map of rows; a lasso arrives as a bitset (see `decode_rows`), a click as a row."""
    return _map(
        key=key,
        data={"height": 560, **data},
        on_selected_change=on_selected or _ignore,
        on_clicked_change=on_clicked or _ignore,
    )


def pulse(key: str, data: PulseProps, on_changed: Callable[[], None], on_cancel: Callable[[], None]) -> Any:
    """Mount the pulse, which shows the jobs' progress and calls `on_changed` when pages have something new to show."""
    return _pulse(key=key, data=data, on_changed_change=on_changed, on_cancel_change=on_cancel)


def curve(key: str, data: CurveProps) -> Any:
    """Mount the curve of loss and training accuracy; it grows while a network is trained."""
    return _curve(key=key, data=data, height=340)


def _ignore() -> None:
    """Do nothing: Streamlit needs a callback for each event that a component may send."""
