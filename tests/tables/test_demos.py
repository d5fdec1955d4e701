"""The demo tables are what they say."""

from collections.abc import Callable

import pandas as pd
import pytest
from sklearn import datasets

from dami.errors import TableError
from dami.tables import demos
from dami.tables.columns import describe_columns, describe_target
from dami.tables.demos import DEMOS, FOLDER, load_demo


@pytest.mark.parametrize("name", DEMOS)
def test_demo(name: str) -> None:
    demo, frame = DEMOS[name], load_demo(name)
    assert frame.shape == (demo.n_rows, demo.n_columns + 1)
    target = describe_target(frame, demo.target)
    assert target.complete
    assert 2 <= len(target.classes) <= 3
    assert not target.numeric_many
    assert target.advice is None
    assert not any(column.left_out for column in describe_columns(frame, demo.target))
    assert demo.license
    assert demo.story.endswith((".", "?"))


def test_every_shipped_table_has_its_notice() -> None:
    notice = (FOLDER / "NOTICE").read_text()
    shipped = sorted(FOLDER.glob("*.csv"))
    assert [path.stem for path in shipped] == ["german", "penguins", "titanic"]
    assert all(path.name in notice for path in shipped)


@pytest.mark.parametrize("name", ["wine", "breast_cancer"])
def test_tables_of_scikit_learn_are_what_its_loaders_give(name: str) -> None:
    frame, bunch = load_demo(name), getattr(datasets, f"load_{name}")()
    expected = pd.DataFrame(bunch.data, columns=[str(column) for column in bunch.feature_names])
    expected["label"] = pd.Series([str(bunch.target_names[code]) for code in bunch.target], dtype="str")
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)
    assert frame.attrs == {"notes": []}


def test_tables_of_scikit_learn_do_not_import_it(python: Callable[..., str]) -> None:
    code = (
        "import sys; from dami.tables.demos import load_demo\n"
        "load_demo('wine'); load_demo('breast_cancer')\n"
        "assert not {'sklearn', 'scipy'} & set(sys.modules)"
    )
    python("-c", code)


def test_a_scikit_learn_without_the_table_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos, "find_spec", lambda name: None)
    with pytest.raises(TableError, match="wine"):
        load_demo("wine")


def test_unknown_demo() -> None:
    with pytest.raises(TableError, match="penguins"):
        load_demo("nothing")
