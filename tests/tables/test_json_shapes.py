"""What pandas and maps write as JSON comes back as rows; pandas itself is the reference."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables.reading import open_table, read_table

FRAME = pd.DataFrame({"code": ["0012", "0345", "0007", "9999"], "n": [1, 2, 3, 4], "label": ["a", "b", "a", None]})
SHAPES = ["columns", "split", "index", "table", "records"]
WORDS = st.text("abcäЖ日 ,\"'", min_size=1, max_size=6).map(lambda text: f"w{text}w")


def cells(frame: pd.DataFrame) -> dict[str, list[object]]:
    return {name: [None if pd.isna(value) else value for value in frame[name]] for name in frame}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_of_pandas_is_read(shape):
    data = FRAME.to_json(orient=shape)
    assert cells(read_table(data.encode(), "own.json")) == cells(FRAME)
    assert cells(pd.read_json(io.StringIO(data), orient=shape, dtype=False)) == cells(FRAME)  # as pandas does


@pytest.mark.parametrize(
    "data, where",
    [
        (
            r'[{"a": "\ud83d\ude00", "b": 1},\n {"a": "x\uD83D", "b": 2}]'.replace(r"\n", "\n"),
            r"line 2, column 10: \\uD83D",
        ),
        (r'{"a": {"b": ["\udc00"]}}', r"line 1, column 15: \\udc00"),
        (r'[{"a\ud800": 1}]', r"line 1, column 5: \\ud800"),
        (r'[{"a": "\\\ude00\ud83d"}]', r"line 1, column 11: \\ude00"),
    ],
)
def test_half_of_a_character_is_refused_where_it_stands(data: str, where: str) -> None:
    with pytest.raises(TableError, match=rf"^own\.json, {where} is half of a character"):
        open_table(data.encode(), "own.json")


def test_whole_characters_are_no_halves() -> None:
    data = r'[{"a": "\ud83d\ude00", "b": "\\ud83d"}, {"a": "\uDBFF\uDFFF", "b": "\u00e4\ufffd"}]'
    assert open_table(data.encode(), "own.json").written.to_numpy().tolist() == [
        ["😀", r"\ud83d"],
        ["\U0010ffff", "ä\ufffd"],
    ]


def test_numbers_are_written_as_in_the_file():
    cells = ["9007199254740993.5", "1.10", "1e400", "0.1234567890123456789", "-0", "1E5", "2", "3.0", "null"]
    for text in (f'[{", ".join(f"""{{"a": {cell}}}""" for cell in cells)}]', f'{{"a": [{", ".join(cells)}]}}'):
        read = open_table(text.encode(), "own.json")
        assert read.written["a"].tolist() == [*cells[:-1], ""]
        assert read.frame["a"].tolist()[:-1] == [float(cell) for cell in cells[:-1]]
    nested = open_table(b'[{"a": [1.10, {"b": 1e400, "c": [-0, "\xc3\xa4"]}]}, {"a": {"b": 2.50}}]', "own.json")
    assert nested.written["a"].tolist() == ['[1.10, {"b": 1e400, "c": [-0, "ä"]}]', '{"b": 2.50}']
    deep = "[" * 700 + "]" * 700
    assert open_table(f'[{{"a": {deep}}}, {{"a": 1}}]'.encode(), "own.json").written["a"][0] == deep
    plain = open_table(b'[{"a": 1.5, "b": 1}, {"a": 2.25, "b": 2}]', "own.json")
    assert not plain.originals and plain.written["a"].tolist() == ["1.5", "2.25"]


def test_two_columns_of_one_name_are_refused():
    data = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=["a", "b", "a"]).to_json(orient="split")
    with pytest.raises(TableError, match="Two columns of this JSON are called “a”"):
        open_table(data.encode(), "own.json")


@pytest.mark.parametrize("shape", SHAPES)
@given(st.data())
def test_any_frame_comes_back_from_each_shape(shape, data):
    n = data.draw(st.integers(1, 6))
    names = data.draw(st.lists(WORDS.map(str.strip), min_size=1, max_size=4, unique=True))
    values = st.sampled_from([WORDS, st.integers(-99, 99)])
    frame = pd.DataFrame({name: data.draw(st.lists(data.draw(values), min_size=n, max_size=n)) for name in names})
    read = read_table(frame.to_json(orient=shape).encode(), "own.json")
    assert read.to_dict("list") == {" ".join(name.split()): frame[name].tolist() for name in frame}


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "records"])
@pytest.mark.parametrize("labels", [[5, 3, 9, 7], ["r1", "r2", "r3", "r4"], [-1, 0, 1, 2]])
def test_row_names_become_a_column(shape, labels):
    if shape == "table":
        labels = [*map(str, labels)]
    read = read_table(FRAME.set_axis(labels).to_json(orient=shape).encode(), "own.json")
    assert list(read.columns) == ["index", "code", "n", "label"]
    assert [*map(str, read["index"])] == [*map(str, labels)] and cells(read[["code", "n"]]) == cells(
        FRAME[["code", "n"]]
    )


def test_pandas_tight_and_lists_are_read():
    for shape in ("tight", "list"):
        assert cells(read_table(json.dumps(FRAME.to_dict(shape)).encode(), "own.json")) == cells(FRAME)


def test_exact_values_stay_in_a_shape():
    data = b'{"n": {"0": 9007199254740993, "1": 2}, "x": {"0": "1.50", "1": "2"}}'
    assert open_table(data, "own.json").written.to_numpy().tolist() == [["9007199254740993", "1.50"], ["2", "2"]]


def test_what_is_no_table_stays_one_object():
    for text, column in (
        ('{"a": {"x": 1}}', "a"),
        ('{"a": {"x": 1}, "b": {"y": 2}}', "b"),
        ('{"a": 1, "b": [1]}', "b"),
    ):
        assert read_table(text.encode(), "own.json").shape[0] == 1
        assert column in read_table(text.encode(), "own.json")


FEATURES = [
    {
        "type": "Feature",
        "properties": {"n": 0, "label": "a"},
        "geometry": {"type": "Point", "coordinates": [7.1, 50.73]},
    },
    {"type": "Feature", "properties": {"n": 1, "label": None}, "geometry": None},
    {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [6.96, 50.94, 53]}},
    {"type": "Feature", "properties": {"n": 3}, "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}},
]
PLACES = {
    "n": [0, 1, None, 3],
    "label": ["a", None, None, None],
    "longitude": [7.1, None, 6.96, None],
    "latitude": [50.73, None, 50.94, None],
    "altitude": [None, None, 53, None],
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"type": "FeatureCollection", "name": "places", "crs": {}, "features": FEATURES}),
        json.dumps(FEATURES),
        "\n".join(map(json.dumps, FEATURES)),
    ],
    ids=["collection", "list", "lines"],
)
@pytest.mark.parametrize("suffix", [".json", ".geojson"])
def test_features_of_a_map_become_rows(text, suffix):
    read = cells(read_table(text.encode(), f"own{suffix}"))
    geometry = read.pop("geometry")
    assert read == PLACES
    assert geometry[:3] == [None] * 3 and json.loads(geometry[3]) == FEATURES[3]["geometry"]


def test_features_without_places_have_their_properties_alone():
    features = [{"type": "Feature", "properties": {"n": n}, "geometry": None} for n in range(4)]
    data = json.dumps({"type": "FeatureCollection", "features": features})
    assert read_table(data.encode(), "own.json").to_dict("list") == {"n": [0, 1, 2, 3]}


def test_names_of_properties_and_places_do_not_clash():
    feature = FEATURES[0] | {"id": "f1", "properties": {"longitude": "east", "id": 5}}
    data = json.dumps({"type": "FeatureCollection", "features": [feature, feature]})
    read = read_table(data.encode(), "own.json")
    assert read.iloc[0].to_dict() == {
        "id of the feature": "f1",
        "longitude": "east",
        "id": 5,
        "longitude of the feature": 7.1,
        "latitude": 50.73,
    }


@pytest.mark.parametrize("text", ['[{"a": 1, "a": 2}, {"a": 3}]', '{"a": 1, "a": 2}\n{"a": 3}'])
def test_a_name_that_stands_twice_in_an_object_is_said(text):
    read = open_table(text.encode(), "own.json")
    assert read.frame["a"].tolist() == [2, 3]
    assert read.notes == ["A name stands twice in 1 object, such as “a”; the last counts."]


PAGE = {"count": 4, "next": None, "links": {"self": "x"}}


def test_rows_that_a_service_puts_beside_the_number_of_its_page_are_read_and_said() -> None:
    for page in (PAGE, {}, {"tags": ["a", "b"]}):
        text = json.dumps({**page, "results": FRAME.to_dict("records")})
        read = open_table(text.replace("NaN", "null").encode(), "own.json")
        assert cells(read.frame) == cells(FRAME)
        said = [note for note in read.notes if "“results”" in note]
        left_out = ", ".join(f"“{name}”" for name in page)
        sentence = f"The rows are the objects in “results”; what stands beside it was left out: {left_out}."
        assert said == ([sentence] if page else [])


@pytest.mark.parametrize(
    "whole",
    [
        {"id": 7, "total": 3.5, "paid": True, "items": [{"sku": "a"}, {"sku": "b"}]},  # an order is a row
        {"note": "", "items": [{"sku": "a"}]},
        {"a": [{"x": 1}, {"x": 2}, {"x": 3}], "b": [{"x": 1}, {"x": 2}]},  # nobody knows which
    ],
)
def test_an_object_with_a_list_in_it_stays_one_row(whole: dict[str, object]) -> None:
    read = read_table(json.dumps(whole).encode(), "own.json")
    assert [*read] == [*whole] and len(read) == 1
