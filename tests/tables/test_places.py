"""Places in texts are two numbers for the model, and stay as they were written."""

import io
import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.tables import standalone_encoder
from dami.tables.encoding import Encoder
from dami.tables.encoding_json import describe_encoder
from dami.tables.new_rows import check_rows
from dami.tables.places import places_in
from dami.tables.reading import open_table


def sexagesimal(value: float, sides: str) -> str:
    seconds = round(abs(value) * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60}'{seconds % 60}\"{sides[value < 0]}"


FORMS = {
    "decimal": lambda lat, lon: f"{lat:.6f}, {lon:.6f}",
    "brackets": lambda lat, lon: f"({lat:.6f},{lon:.6f})",
    "semicolon": lambda lat, lon: f"{lat:.6f}; {lon:.6f}",
    "degrees and letters": lambda lat, lon: f"{abs(lat):.6f}° {'NS'[lat < 0]}, {abs(lon):.6f}° {'EW'[lon < 0]}",
    "minutes and seconds": lambda lat, lon: f"{sexagesimal(lat, 'NS')} {sexagesimal(lon, 'EW')}",
    "JSON": lambda lat, lon: json.dumps({"lat": round(lat, 6), "lon": round(lon, 6)}),
    "JSON, turned": lambda lat, lon: json.dumps({"Longitude": round(lon, 6), "Latitude": round(lat, 6)}),
    "a point of GeoJSON": lambda lat, lon: json.dumps({"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}),
    "JSON, spaced": lambda lat, lon: f'{{ "lat" : {lat:.6f} , "lng" : {lon:.6f} }}',
    "JSON, in lines": lambda lat, lon: json.dumps({"lat": round(lat, 6), "lon": round(lon, 6)}, indent=2),
    "JSON, quoted": lambda lat, lon: json.dumps({"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}),
    "JSON, with a height": lambda lat, lon: (
        f'{{"alt": null, "lat": {lat:.6f}, "ele": "1 m", "lon": {lon:.6f}, "alt": 5}}'
    ),
    "JSON, with an exponent": lambda lat, lon: f'{{"lon": {lon / 100:.9f}e+02, "lat": {lat * 10:.6f}E-1}}',
    "as Python prints it": lambda lat, lon: str({"lat": round(lat, 6), "lon": round(lon, 6)}),
    "a point, turned": lambda lat, lon: json.dumps({"coordinates": [round(lon, 6), round(lat, 6)], "type": "Point"}),
    "a point with a height": lambda lat, lon: f"{{'type': 'Point', 'coordinates': [{lon:.6f},{lat:.6f}, 1.5e+1]}}",
    "well-known text": lambda lat, lon: f"POINT ({lon:.6f} {lat:.6f})",
}
DEGREES = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=8)


@given(DEGREES, st.sampled_from(list(FORMS)))
def test_any_place_in_any_form(places: list[tuple[float, float]], form: str) -> None:
    found = places_in(pd.Series([FORMS[form](lat, lon) for lat, lon in places], dtype="str"))
    np.testing.assert_allclose(found, places, atol=1.4e-4)  # half a second


def test_a_hostile_cell_takes_no_longer() -> None:
    cells = ["{" + " " * 200_000 + '"lat"', '{"lat": ' + " " * 200_000, '{"lat": 1' + "0" * 200_000 + "}"]
    start = time.process_time()
    assert np.isnan(places_in(pd.Series(cells, dtype="str"))).all()
    assert time.process_time() - start < 5  # a pattern that tries blanks in two ways takes minutes


def test_berlin() -> None:
    texts = ["52.52, 13.405", "52°31'N 13°24'E", "52°31′12″N, 13°24′18″E", "-33.87 151.21", "52.52N 13.40W", None]
    expected = [[52.52, 13.405], [52 + 31 / 60, 13.4], [52.52, 13.405], [-33.87, 151.21], [52.52, -13.4], [np.nan] * 2]
    np.testing.assert_allclose(places_in(pd.Series(texts, dtype="str")), expected)


def table(n: int = 40) -> tuple[pd.DataFrame, np.ndarray]:
    degrees = np.random.default_rng(2).uniform([-90, -180], [90, 180], (n, 2)).round(4)
    cells = [f"{lat:.4f}, {lon:.4f}" for lat, lon in degrees]
    cells[3] = ""
    return pd.DataFrame({"where": cells, "x": ["a", "b"] * (n // 2)}), degrees


def test_a_column_of_places_is_two_numbers() -> None:
    frame, degrees = table()
    read = open_table(frame.to_csv(index=False).encode(), "own.csv")
    assert read.written.equals(frame.astype("str")) and read.columns[0].kind == "number"
    assert "latitude" in read.columns[0].reason
    said = read.with_kinds({"where": "text"}).with_kinds({"where": "number"})
    assert (
        Encoder().fit(said.frame).feature_names_out_.tolist() == Encoder().fit(read.frame).feature_names_out_.tolist()
    )
    degrees[3] = np.nan
    numbers = pd.DataFrame(degrees, columns=["where (latitude)", "where (longitude)"]).assign(x=read.frame["x"])
    encoder, by_hand = Encoder().fit(read.frame), Encoder().fit(numbers)
    assert encoder.feature_names_out_.tolist() == [
        *("where (latitude)", "where (latitude) (rank)", "where (longitude)", "where (longitude) (rank)"),
        *("where is missing", "x = b"),
    ]
    names = by_hand.feature_names_out_.tolist()
    same = [names.index(name.replace("where is", "where (latitude) is")) for name in encoder.feature_names_out_]
    np.testing.assert_allclose(encoder.transform(read.frame), by_hand.transform(numbers)[:, same])
    again = Encoder.from_bytes(encoder.to_bytes())
    np.testing.assert_array_equal(again.transform(read.frame), encoder.transform(read.frame))
    description = json.loads(json.dumps(describe_encoder(encoder)))
    np.testing.assert_allclose(standalone_encoder.encode(frame, description), encoder.transform(read.frame), atol=2e-5)
    rows = read.frame.head(4).assign(where=["1.25, 2.25", "here", "2.25, 3.25", "3.25, 4.25"])
    assert check_rows(encoder, rows) == ["In “where”, what is no place counts as missing (1 cell, such as “here”)."]


def test_nested_places_of_typed_files_are_places() -> None:
    places = [{"lat": 52.5, "lon": 13}, {"lat": -33.87, "lon": 151.21}] * 5
    rows = [{"at": place, "x": k % 3} for k, place in enumerate(places)]
    buffer = io.BytesIO()
    pd.DataFrame(rows).to_parquet(buffer)
    for data, filename in ((json.dumps(rows).encode(), "own.json"), (buffer.getvalue(), "own.parquet")):
        read = open_table(data, filename)
        assert "latitude" in read.columns[0].reason
        encoder = Encoder().fit(read.frame)
        assert encoder.feature_names_out_.tolist()[:2] == ["at (latitude)", "at (longitude)"]
        features = standalone_encoder.encode(read.frame, json.loads(json.dumps(describe_encoder(encoder))))
        np.testing.assert_allclose(features, encoder.transform(read.frame), atol=2e-5)


@pytest.mark.parametrize(
    "cells",
    [
        ["52.5, 13.4", "48.1, 11.6"],  # one digit each may be anything
        ["120/80", "130/85"],
        ["10.25, 20.75", "11.50, 19.99"],  # two digits each may be prices
        ["1,5", "2,25"],
        ["192.168.0.1", "10.0.0.1"],
        ["91.25, 10.25", "95.50, 12.25"],  # no latitude
        ["12.25", "13.50"],
        ["red, blue", "green, white"],
        ['{"lat": 10.5, "lon": 20.25, "price": 7}', '{"lat": 11.5, "lon": 21.25, "price": 9}'],  # it says more
        ['{"lat": 10.5, "lat": 20.25}', '{"lon": 11.5, "lon": 21.25}'],
    ],
)
def test_what_is_no_place_for_sure_stays(cells: list[str]) -> None:
    frame = pd.DataFrame({"x": cells * 10, "y": range(2 * len(cells) * 5)})
    read = open_table(frame.to_csv(index=False, sep="|").encode(), "own.csv")
    assert "latitude" not in read.columns[0].reason
    assert not any("latitude" in name for name in Encoder().fit(read.frame).feature_names_out_)


def test_a_person_says_what_is_a_place() -> None:
    frame = pd.DataFrame({"x": ["52.5, 13.4", "48, 11", "nowhere"], "y": ["a", "b", "a"]})
    read = open_table(frame.to_csv(index=False).encode(), "own.csv", kinds={"x": "place"})
    column = read.columns[0]
    assert (column.n_understood, column.n_filled, column.not_understood) == (2, 3, ["nowhere"])
    assert [name for name in Encoder().fit(read.frame).feature_names_out_ if "latitude" in name]
