"""The demo tables are what they say."""

import pytest

from dami.errors import TableError
from dami.tables.columns import describe_target, left_out_columns
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
    assert left_out_columns(frame.drop(columns=demo.target)) == {}
    assert demo.license
    assert demo.story.endswith((".", "?"))


def test_every_shipped_table_has_its_notice() -> None:
    notice = (FOLDER / "NOTICE").read_text()
    shipped = sorted(FOLDER.glob("*.csv"))
    assert [path.stem for path in shipped] == ["german", "penguins", "titanic"]
    assert all(path.name in notice for path in shipped)


def test_unknown_demo() -> None:
    with pytest.raises(TableError, match="penguins"):
        load_demo("nothing")
