"""Filters the map's rows: rows without the chosen values of a column are greyed."""

import numpy as np
import pandas as pd
import streamlit as st

from dami.tables.table import Table
from dami.ui import elements
from dami.views.plots import shorten_apart

FEW = 8  # at most so many different numbers are offered one by one, like texts
MOST_VALUES = 200


def row_filter(table: Table, columns: list[str]) -> np.ndarray | None:
    """Ask for a column and its values; return (n_rows,) whether a row keeps its colour, None if nothing is greyed."""
    titles = {"": "Nothing greyed", **dict(zip(columns, shorten_apart(columns), strict=True))}
    column = st.selectbox("Grey all but", list(titles), format_func=titles.__getitem__, width=240)
    if not column:
        return None
    values = table.frame[column]
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > FEW:
        finite = values[np.isfinite(values.to_numpy(dtype=float, na_value=np.nan))]
        low, high = float(finite.min()), float(finite.max())
        bounds = st.slider(elements.plain(column), low, high, (low, high), width=320)
        return values.between(*bounds).to_numpy(dtype=bool, na_value=False)
    texts = table.texts(column).replace("", "(missing)")
    choices = texts.value_counts().index[:MOST_VALUES].tolist()
    wanted = st.multiselect(elements.plain(column), choices, width=320)
    return texts.isin(wanted).to_numpy(dtype=bool) if wanted else None
