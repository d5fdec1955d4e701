"""What another program computes from encoding.json, with numpy and pandas alone, is what the encoder gives."""

import ast
import io
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dami.tables import standalone_encoder
from dami.tables.coded import coded
from dami.tables.demos import DEMOS, load_demo
from dami.tables.encoding import Encoder
from dami.tables.encoding_json import describe_encoder
from dami.tables.reading import open_table, read_table
from dami.tables.table import Table
from dami.tables.yes_no import NO, YES


def messy(n: int = 300) -> str:
    """CSV with dates, texts, codes of many values, gaps in all of them, and a category that is seen late only."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "day": pd.date_range("2020-01-01", periods=n, freq="5D").astype(str),  # has no hour, before one that has
            "when": pd.date_range("2020-01-01", periods=n, freq="31h").astype(str),
            "said": [f"the Quick {rng.integers(100)} fox {rng.integers(999)} jumps Über a lazy dog" for _ in range(n)],
            "kind": rng.choice(["NA ", "null", "x", "y"], n),
            "answer": rng.choice(["yes", "no"], n),
            "amount": rng.normal(size=n).round(4),
            "code": rng.choice([f"k{k}-{k % 7}" for k in range(200)], n),
            "level": rng.choice(["1", "2", "low"], n),
            "flag": rng.choice(["TRUE", "False", ""], n),
            "few": rng.choice(["a", "a", "a", "b", ""], n),
        }
    )
    frame.loc[3:9, "when"] = ""
    frame = frame.astype(object)
    frame.loc[30:39, ["amount", "said", "code"]] = "NA"
    frame.loc[250:, "level"] = "never seen"
    return frame.to_csv(index=False)


TABLES = {"messy": (messy(), None)}
TABLES |= {name: (load_demo(name).to_csv(index=False), DEMOS[name].target) for name in DEMOS}


@pytest.mark.parametrize("name", TABLES)
def test_another_program_gets_the_features_from_the_description_alone(name: str):
    text, target = TABLES[name]
    frame = read_table(text.encode(), filename=f"{name}.csv").drop(columns=[target] if target else [])
    seen = frame.iloc[: int(0.8 * len(frame))]  # the rest holds values that the encoder has not seen
    encoder = Encoder().fit(seen)
    description = json.loads(json.dumps(describe_encoder(encoder)))
    assert [f["name"] for f in description["features"]] == encoder.feature_names_out_.tolist()
    assert [f["column"] for f in description["features"]] == encoder.columns_of_.tolist()
    expected = encoder.transform(frame)
    as_in_the_file = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for rows in (as_in_the_file.iloc[:, ::-1], pd.read_csv(io.StringIO(text))):
        features = standalone_encoder.encode(rows, description)
        assert features.dtype == np.float32 and features.shape == expected.shape
        np.testing.assert_allclose(features, expected, atol=2e-5)


WRITTEN = {  # how the table writes its values, and cells of new rows
    "decimal comma": ([f"1{k},5{k % 3}" for k in range(20)], ["12,50", "1.234,5", "3,25", "", "n.d.", "<0,5", "1.234"]),
    "currency": ([f"€ 1{k}.50" for k in range(20)], ["€ 12.50", "12.50", "(3.5)", "-", "-€ 4", "7 €", "1,234.5"]),
    "day first": ([f"{k + 1:02}/02/2024 8:30 PM" for k in range(20)], ["03/12/2024 12:05 am", "3/12/24", "13/13/2024"]),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_texts_are_read_as_those_of_the_table(name: str):
    seen, new = WRITTEN[name]
    table, rows = (
        open_table(
            pd.DataFrame({"cell": cells, "z": np.arange(len(cells)) % 7}).to_csv(index=False, sep=";").encode(), "a.csv"
        )
        for cells in (seen, new)
    )
    encoder = Encoder().fit(table)
    description = json.loads(json.dumps(describe_encoder(encoder)))
    assert description["columns"]["cell"]["read_as"] in ("number", "date")
    expected = encoder.transform(rows)
    for some in (rows.written, encoder.read(rows).frame):  # texts, and their values
        np.testing.assert_allclose(standalone_encoder.encode(some, description), expected, atol=2e-5)


def test_values_of_every_type_are_those_of_the_encoder():
    n = 40
    frame = pd.DataFrame(
        {
            "day": pd.Series(pd.date_range("2024-01-01", periods=4).tolist() * 10),
            "moment": pd.Series([pd.Timestamp("2024-01-01 10:00"), pd.Timestamp("2024-01-02")] * 20),
            "lasted": pd.to_timedelta(np.arange(n) * 1.5, unit="h"),
            "flag": pd.Series([True, False, None, True] * 10, dtype="boolean"),
            "price": [Decimal(k) / 7 for k in range(n)],
            "at": pd.date_range("2024-01-01", periods=n, tz="Europe/Berlin"),
        }
    )
    encoder = Encoder(kinds={"day": "category", "moment": "category"}).fit(frame)
    description = json.loads(json.dumps(describe_encoder(encoder)))
    for rows in (frame, frame.iloc[:3].assign(lasted=pd.NaT, price=Decimal("1.5"))):
        np.testing.assert_allclose(standalone_encoder.encode(rows, description), encoder.transform(rows), atol=2e-5)


def test_every_way_to_take_a_feature_is_explained_and_occurs_in_these_tables():
    text, _ = TABLES["messy"]
    description = describe_encoder(Encoder().fit(read_table(text.encode(), filename="messy.csv")))
    taken = {feature["take"] for feature in description["features"]}
    assert taken == {
        *("value", "seconds", "year", "month", "day", "hour", "weekday", "is missing", "equals", "component"),
    }
    explained = {word.strip() for how in description["how"] for word in how.partition(":")[0].split(",")}
    assert taken <= explained


def test_words_of_yes_and_no_stand_in_the_description_and_older_descriptions_are_read():
    frame = pd.DataFrame({"x": ["Yes", "no", "maybe", "YES ", None, "TRUE"] * 5, "y": np.arange(30) % 7 + 0.5})
    encoder = Encoder(kinds={"x": "yes/no"}).fit(frame)
    description = json.loads(json.dumps(describe_encoder(encoder)))
    new = pd.DataFrame({"x": ["yes", "true", " No", "0", "ja", "maybe", None, "NA"], "y": 1.5})
    np.testing.assert_allclose(standalone_encoder.encode(new, description), encoder.transform(new), atol=2e-5)
    assert description["format"] == "dami-encoding-4"
    with pytest.raises(ValueError, match="dami-encoding-5"):
        standalone_encoder.encode(new, description | {"format": "dami-encoding-5"})
    third = description | {"format": "dami-encoding-3"}  # which knows the words of what a person calls yes/no alone
    del third["signs"]
    np.testing.assert_allclose(standalone_encoder.encode(new, third), encoder.transform(new), atol=2e-5)
    second = description | {"format": "dami-encoding-2"}  # which knows no codes
    np.testing.assert_allclose(standalone_encoder.encode(new, second), encoder.transform(new), atol=2e-5)
    older = description | {"format": "dami-encoding-1"}
    about = older["columns"]["x"]
    del about["spellings"]
    about["others_missing"] = True
    plain = new.assign(x=["true", "true", "no", "no", "true", "maybe", None, "NA"])
    np.testing.assert_allclose(standalone_encoder.encode(plain, older), encoder.transform(new), atol=2e-5)


ALIKE = {  # what the table has, and what new rows mean by it in another spelling
    "yes/no": (["yes", "no"], {"YES": "yes", " Ja ": "yes", "да": "yes", "1.00": "yes", "FALSE": "no", "nein": "no"}),
    "two letters": (["Y", "N"], {"y": "Y", "yes": "Y", "TRUE": "Y", "n": "N", "0.0": "N", "-": None, "?": None}),
    "truth values": (["TRUE", "FALSE"], {"yes": "TRUE", "Oui": "TRUE", "no": "FALSE", "0": "FALSE", "1.0": "TRUE"}),
    "codes": (["1", "2", "low"], {"1.0": "1", "2.00": "2", " 2": "2", "low ": "low", "01": "x", "Low": "x", "-": None}),
    "codes of a float": (["1.0", "2.0", "low"], {"1": "1.0", "2": "2.0", "2.00": "2.0", "1.5": "x", "+1": "x"}),
    "accents": (["caf\u00e9", "the\u0301", "eau"], {"cafe\u0301": "caf\u00e9", "th\u00e9": "the\u0301"}),
}


def each_of(rows: pd.DataFrame) -> list[pd.DataFrame]:
    return [rows.iloc[[k]] for k in range(len(rows))]


@pytest.mark.parametrize("name", ALIKE)
def test_other_spellings_mean_the_same_to_another_program(name: str) -> None:
    values, other = ALIKE[name]
    own = pd.DataFrame({"x": [*(values * 12)[:24], ""], "z": [f"{k * k % 7}.5" for k in range(25)]})
    encoder = Encoder().fit(open_table(own.to_csv(index=False).encode(), "own.csv"))
    description = json.loads(json.dumps(describe_encoder(encoder)))
    plain = own.iloc[[0] * len(other)].assign(x=list(other.values()))
    expected = standalone_encoder.encode(plain, description)
    rows = plain.assign(x=list(other))
    np.testing.assert_array_equal(standalone_encoder.encode(rows, description), expected)
    read = [encoder.transform(open_table(one.to_csv(index=False).encode(), "new.csv")) for one in each_of(rows)]
    np.testing.assert_allclose(np.vstack(read), expected, atol=2e-5)  # what a cell means does not lie in the others
    read = [encoder.transform(open_table(rows.to_csv(index=False).encode(), "new.csv"))]
    np.testing.assert_allclose(np.vstack(read), expected, atol=2e-5)


SAID = [
    [a.upper() if up else a, b] for a, b in (("yes", "no"), ("t", "f"), ("true", "false"), ("0", "1")) for up in (0, 1)
]
CODES = ["1", "2", "3", "1.0", "2.0", "01", "-1", "0", "3.10", "low", "k1", "A", "7", "2.5", "1e3", "-4", "0.50"]
CELLS = [*sorted(YES | NO), *CODES, "YES ", " Ja", "True", "1.00", " 1", "2.", "+1", "", "NA", "-", "?", "maybe"]


@settings(max_examples=settings.default.max_examples // 4)
@given(
    columns=st.lists(
        st.tuples(
            st.sampled_from(SAID) | st.lists(st.sampled_from(CODES), min_size=2, max_size=4, unique=True),
            st.sampled_from([None, "yes/no", "category", "number"]),
            st.booleans(),
            st.lists(st.sampled_from(CELLS), min_size=3, max_size=3),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_a_new_file_holds_has_the_features_of_the_encoder(columns: list) -> None:
    own = {f"x{k}": [*(values * 9)[:18], "" if gap else values[0]] for k, (values, _, gap, _) in enumerate(columns)}
    kinds = {f"x{k}": kind for k, (_, kind, _, _) in enumerate(columns) if kind}
    own["z"] = [f"{k * k % 7}.5" for k in range(19)]
    encoder = Encoder().fit(open_table(pd.DataFrame(own).to_csv(index=False, sep="|").encode(), "own.csv", kinds))
    description = json.loads(json.dumps(describe_encoder(encoder)))
    rows = pd.DataFrame({**{f"x{k}": cells for k, (*_, cells) in enumerate(columns)}, "z": "3.5"})
    expected = encoder.transform(open_table(rows.to_csv(index=False, sep="|").encode(), "new.csv"))
    np.testing.assert_allclose(standalone_encoder.encode(rows, description), expected, atol=2e-5)


def test_fewer_pieces_of_text_than_components_and_no_text_at_all():
    frame = pd.DataFrame({"code": [f"{k:02d}" for k in range(40)] * 2, "size": np.arange(80) % 7 + 0.5})
    frame["code"] = "x" + frame["code"].astype("str") + "y"
    encoder = Encoder(left_out=[]).fit(frame)
    description = json.loads(json.dumps(describe_encoder(encoder)))
    np.testing.assert_allclose(standalone_encoder.encode(frame, description), encoder.transform(frame), atol=2e-5)
    numbers = Encoder(left_out=["code"]).fit(frame)
    assert list(describe_encoder(numbers)["columns"]) == ["size"]


N = 40
AS_PEOPLE_WRITE = {
    "decimal comma": [f"{k},5" for k in range(N)],
    "thousands": [f"1.{100 + k},50" for k in range(N)],
    "thousands by comma": [f"1,{100 + k}.50" for k in range(N)],
    "thousands by space": [f"1\u202f{100 + k},50" for k in range(N)],
    "a currency behind": [f"{k},25 €" for k in range(N)],
    "a currency before": [f"CHF {k % 9 + 1}'000.75" for k in range(N)],
    "percent": [f"{k % 9} %" for k in range(N)],
    "typographers": [f"\u2212{k}.5" for k in range(N)],
    "brackets": [f"(${k}.5)" if k % 2 else f"${k}.5" for k in range(N)],
    "below the limit": [f"{k},5" if k % 20 else "<0,5" for k in range(N)],
    "powers of ten": [f"{k}.5e3" for k in range(N)],
    "times": [f"{k % 24}:{k:02}" for k in range(N)],
    "half days": [f"{k % 12 + 1}:05 {'ap'[k % 2]}m" for k in range(N)],
    "durations": [f"PT{k}H30M" for k in range(N)],
    "days": [f"{1 + k % 28:02}.{1 + k % 12:02}.2024" for k in range(N)],
    "short years": [f"{1 + k % 28}.{1 + k % 12}.{10 + k % 14}" for k in range(N)],
    "days first": [f"{1 + k % 28:02}/{1 + k % 12:02}/2024" for k in range(N)],
    "months first": [f"{1 + k % 12:02}/{1 + k % 28:02}/2024 {k % 12 + 1}:30 PM" for k in range(N)],
    "months": [f"{1 + k % 28}. August {2010 + k % 14}" for k in range(N)],
    "zones": [f"31/01/2024 {k % 24}:30+01:00" for k in range(N)],
    "ISO": [f"2024-01-{1 + k % 28:02}T00:30:00+01:00" for k in range(N)],
}


@pytest.mark.parametrize("name", AS_PEOPLE_WRITE)
def test_another_program_reads_texts_as_they_stand_in_a_file(name: str) -> None:
    cells = AS_PEOPLE_WRITE[name]
    days = [f"2024-{1 + k % 12:02}-{1 + k % 5:02}" for k in range(N)]  # without hours, unlike other dates
    rows = pd.DataFrame({"x": cells, "z": [f"{k * k % 7}.5" for k in range(N)]})
    if name in ("days", "zones", "ISO"):  # between plain days, which have no hour
        rows = rows.assign(early=days, late=days[::-1])[["early", "x", "late", "z"]]
    table = open_table(rows.to_csv(index=False, sep="|").encode(), "own.csv")
    assert table.frame["x"].dtype.kind in "ifM"
    encoder = Encoder().fit(table)
    description = json.loads(json.dumps(describe_encoder(encoder)))
    odd = [rows.iloc[[3]].assign(x=text) for text in (f" {cells[5]} ", "soon", "", "NA")]
    for some in (pd.concat([rows, *odd]), rows.iloc[[7]]):
        as_file = open_table(some.to_csv(index=False, sep="|").encode(), "new.csv")
        expected = encoder.transform(as_file)
        np.testing.assert_allclose(standalone_encoder.encode(some, description), expected, atol=2e-5)
    np.testing.assert_allclose(standalone_encoder.encode(table.frame, description), encoder.transform(table), atol=2e-5)


SURVEYS = {
    "labels": ([1.0, 2.0, 3.0, 1.0, 5.0, 1.5], {1: "never", 2: "Often", 3: "often", 5: "always "}),
    "labels that are other codes": ([1, 2, 3, 4, 5], {1: "5", 2: "4", 3: "x", 4: "2", 5: "1"}),
    "labels that are codes below": ([1, 2, 5, 7, 1], {1: "0", 2: "1", 5: "2", 7: "3"}),
    "labels and a word that are codes below": ([1, 2, 5, 7, 1], {1: "0", 2: "1", 5: "2", 7: "more"}),
    "letters": (["m", "f", "d", "m", "x"], {"m": "male", "f": "Female"}),
    "a word that means missing": ([1, 2, 99, 1, 2], {1: "no", 2: "yes", 99: "N/A"}),
    "few labels": ([31.5, 45.0, 99.0, 22.5, 60.0], {99: "refused"}),
    "text": ([*range(40)], {k: f"the word {k * 7 % 40}" for k in range(40)}),
}
NEW = ["1", "1.0", "01", " 2", "2.0", "5", "99", "31.5", "never", " NEVER ", "Often", "OFTEN", "always", "M", "f", "x"]
NEW += ["female", "refused", "N/A", "yes", "the word 7", "7.00", "4", "", "nobody"]


KINDS = [(name, kind) for name in SURVEYS for kind in (None, "number")]
KINDS += [("labels", "category"), ("labels that are codes below", "category")]  # the others are categories by the rules


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_codes_and_labels_mean_the_same_to_another_program_and_in_a_bare_frame(name: str, kind: str | None) -> None:
    codes, labels = SURVEYS[name]
    codes = (codes * 8)[:40]
    table = Table(pd.DataFrame({"q": [None] * 40, "z": np.arange(40) ** 2 % 17})).with_cells("q", coded(codes, labels))
    table = table.with_kinds({"q": kind})
    encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
    description = json.loads(json.dumps(describe_encoder(encoder)))
    new = pd.DataFrame({"q": NEW, "z": 3})
    by_number = pd.DataFrame({"q": [1.0, 2.0, 5.0, 1.5, 99.0, 22.5, 7.0], "z": 3})
    of_codes = pd.DataFrame({"q": ["1", "2.0", "5", "7", "more"], "z": 3})  # as a whole
    for rows in (new, of_codes) if "that are" in name else (new, of_codes, by_number):  # there a number may be either
        expected = encoder.transform(open_table(rows.to_csv(index=False).encode(), "new.csv"))
        np.testing.assert_array_equal(encoder.transform(rows), expected)
        np.testing.assert_allclose(standalone_encoder.encode(rows, description), expected, atol=2e-5)
    np.testing.assert_array_equal(encoder.transform(table.frame), encoder.transform(table))
    assert table.frame.equals(encoder.by_codes(table.frame))


def test_the_program_needs_nothing_of_ours():
    imported = set()
    for node in ast.walk(ast.parse(Path(standalone_encoder.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert imported == {"base64", "re", "collections", "datetime", "typing", "unicodedata", "numpy", "pandas"}


def test_what_a_file_calls_missing_is_missing_to_another_program() -> None:
    cells = coded(
        [1, 2, None, 9] * 10, {1: "no", 2: "yes", 9: "refused"}, ["9", "8", ".a"], [None, None, ".a", None] * 10
    )
    table = Table(pd.DataFrame({"q": [None] * 40, "z": np.arange(40) ** 2 % 17})).with_cells("q", cells)
    rows = pd.DataFrame({"q": ["no", "YES", "refused", "9.0", "8", ".a", ""], "z": 3})
    for kind in (None, "number"):
        encoder = Encoder().fit(table.with_kinds({"q": kind}))
        X = standalone_encoder.encode(rows, json.loads(json.dumps(describe_encoder(encoder))))
        np.testing.assert_allclose(
            X, encoder.transform(open_table(rows.to_csv(index=False).encode(), "n.csv")), atol=2e-5
        )
        np.testing.assert_array_equal(X[2:], X[[2] * 5])
