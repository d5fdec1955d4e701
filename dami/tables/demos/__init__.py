"""Small tables with known labels, to try everything on; licences and sources stand in NOTICE beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dami.errors import TableError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Demo:
    """A table to try things on.

    Attributes
    ----------
    name : key in DEMOS.
    title : what a person sees.
    target : the column with the known labels.
    n_rows, n_columns : size; the columns without the target.
    license, source : where it is from, in words.
    story : one sentence on what a row is and what is to be told.
    """

    name: str
    title: str
    target: str
    n_rows: int
    n_columns: int
    license: str
    source: str
    story: str


DEMOS: dict[str, Demo] = {
    demo.name: demo
    for demo in (
        Demo(
            name="penguins",
            title="Penguins",
            target="label",
            n_rows=344,
            n_columns=6,
            license="CC0 1.0",
            source="Palmer Station LTER; package palmerpenguins (Horst, Hill and Gorman, 2020)",
            story="Three species of penguins on three Antarctic islands, told apart by bill, flipper, weight and sex.",
        ),
        Demo(
            name="wine",
            title="Wine",
            target="label",
            n_rows=178,
            n_columns=13,
            license="BSD-3-Clause (scikit-learn), CC BY 4.0 (UCI)",
            source="UCI Machine Learning Repository, as it comes with scikit-learn",
            story="Wines of three growers in one region of Italy, told apart by thirteen chemical measurements.",
        ),
        Demo(
            name="breast_cancer",
            title="Breast cancer",
            target="label",
            n_rows=569,
            n_columns=30,
            license="BSD-3-Clause (scikit-learn), CC BY 4.0 (UCI)",
            source="UCI Machine Learning Repository (Wisconsin, diagnostic), as it comes with scikit-learn",
            story="Tumours that are malignant or benign, told apart by the shapes of cell nuclei under the microscope.",
        ),
        Demo(
            name="titanic",
            title="Titanic",
            target="label",
            n_rows=1309,
            n_columns=8,
            license="MIT",
            source="package safe-ds-datasets",
            story="Passengers of the Titanic with age, class, fare and cabin: who survived (1) and who did not (0)?",
        ),
        Demo(
            name="german",
            title="German credit",
            target="label",
            n_rows=1000,
            n_columns=20,
            license="Apache-2.0",
            source="UCI Machine Learning Repository (Statlog, Hans Hofmann, 1994); package pysubgroup",
            story="People who asked a German bank for a loan in the 1970s: was the risk good or bad?",
        ),
    )
}


def load_demo(name: str) -> pd.DataFrame:
    """Return a demo table; the known labels stand in the last column, `DEMOS[name].target`.

    Raises
    ------
    TableError : there is no such demo.
    """
    if name not in DEMOS:
        raise TableError(f"There is no demo “{name}”. There are {', '.join(DEMOS)}.")
    if name in ("wine", "breast_cancer"):
        return _from_scikit_learn(name)
    from dami.tables.reading import read_table

    return read_table(FOLDER / f"{name}.csv")


def _from_scikit_learn(name: str) -> pd.DataFrame:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    frame = pd.DataFrame(bunch.data, columns=[str(column) for column in bunch.feature_names])
    frame["label"] = pd.Series([str(bunch.target_names[code]) for code in bunch.target], dtype="str")
    frame.attrs["notes"] = []
    return frame
