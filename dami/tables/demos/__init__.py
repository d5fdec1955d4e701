"""Holds small tables with known labels, on which a person can try everything. NOTICE states licences and sources."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from dami.errors import TableError

FOLDER = Path(__file__).parent

# Two tables come with scikit-learn: it has their files, whose first lines end with the class names; the column names
# are those of its loaders. The files are read directly, since importing scikit-learn takes a second and a half.
NUCLEUS = (
    *("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points"),
    *("symmetry", "fractal dimension"),
)
OF_SCIKIT_LEARN: dict[str, tuple[str, tuple[str, ...]]] = {
    "wine": (
        "wine_data.csv",
        (
            *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"),
            *("nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines"),
            "proline",
        ),
    ),
    "breast_cancer": (
        "breast_cancer.csv",
        (
            *(f"mean {name}" for name in NUCLEUS),
            *(f"{name} error" for name in NUCLEUS),
            *(f"worst {name}" for name in NUCLEUS),
        ),
    ),
}


@dataclass(frozen=True)
class Demo:
    """A demo table.

    Attributes
    ----------
    name : key in DEMOS.
    title : the name that a person sees.
    target : the column with the known labels.
    n_rows, n_columns : size; the target does not count as a column.
    license, source : licence and origin, in words.
    story : one sentence that says what a row is and what its label tells.
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
    """Return a demo table. Its last column, `DEMOS[name].target`, holds the known labels.

    Raises
    ------
    TableError : there is no such demo, or the installed scikit-learn does not have its table.
    """
    if name not in DEMOS:
        raise TableError(f"There is no demo “{name}”. There are {', '.join(DEMOS)}.")
    if name in OF_SCIKIT_LEARN:
        return _from_scikit_learn(name)
    from dami.tables.reading import read_table

    return read_table(FOLDER / f"{name}.csv")


def _from_scikit_learn(name: str) -> pd.DataFrame:
    """Return the table that `sklearn.datasets.load_<name>` gives, from the same file."""
    filename, columns = OF_SCIKIT_LEARN[name]
    spec = find_spec("sklearn")  # does not import it
    places = (spec.submodule_search_locations if spec else None) or []
    path = next((found for place in places if (found := Path(place, "datasets", "data", filename)).is_file()), None)
    if path is None:
        raise TableError(f"The table of the demo “{name}” is not among the files of scikit-learn. Choose another demo.")
    with path.open(encoding="utf-8", newline="") as lines:
        (_, _, *classes), *rows = csv.reader(lines)
    values = np.array([row[:-1] for row in rows], dtype=np.float64)  # (n, columns)
    frame = pd.DataFrame(values, columns=list(columns))
    frame["label"] = pd.Series([classes[int(row[-1])] for row in rows], dtype="str")
    frame.attrs["notes"] = []
    return frame
