import csv
import io
import zipfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from click.testing import CliRunner

import dami
from dami.__main__ import cli
from dami.tables.demos import load_demo


@pytest.fixture
def penguins(tmp_path):
    """Penguins with the species of the first 40 of a shuffled table, and without it elsewhere."""
    frame = load_demo("penguins").sample(frac=1, random_state=0).reset_index(drop=True)
    target = dami_target()
    frame.loc[40:, target] = None
    path = tmp_path / "penguins.csv"
    frame.to_csv(path, index=False)
    return path


def dami_target():
    from dami.tables.demos import DEMOS

    return DEMOS["penguins"].target


def invoke(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def parse(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("strategy", ["dami", "random", "margin"])
def test_query_picks_what_the_learner_picks(penguins, strategy, few_steps):
    result = invoke("query", penguins, "--target", dami_target(), "-n", 7, "--strategy", strategy, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    frame = dami.read_table(penguins)
    labels = frame.pop(dami_target())
    expected = dami.ActiveLearner(strategy, random_state=3).fit(frame, labels).query(7)
    header, *lines = parse(result.stdout)
    assert header == ["row", "distance", "nearest", "radius"]
    assert [int(line[0]) for line in lines] == expected.indices.tolist()
    np.testing.assert_array_equal([float(line[1]) for line in lines], expected.distances)
    assert [int(line[2]) for line in lines] == expected.nearest.tolist()
    assert "step 8 of 8" in result.stderr


def test_query_starts_cold_where_the_target_is_empty_or_not_named(penguins, few_steps):
    frame = pd.read_csv(penguins)
    frame[dami_target()] = None
    frame.to_csv(penguins, index=False)
    empty = invoke("query", penguins, "--target", dami_target(), "-n", 3)
    assert empty.exit_code == 0 and "cold start" in empty.stderr
    rows = parse(empty.stdout)[1:]
    assert rows[0][1:3] == ["inf", "-1"] and rows[1][2] == rows[0][0]
    frame.drop(columns=dami_target()).to_csv(penguins, index=False)
    assert invoke("query", penguins, "-n", 3).stdout == empty.stdout


def test_query_for_more_than_are_left(penguins, few_steps):
    result = invoke("query", penguins, "--target", dami_target(), "-n", 1000)
    assert len(parse(result.stdout)) == 1 + 344 - 40 and "304 rows" in result.stderr


def test_train_and_predict(penguins, tmp_path):
    model = tmp_path / "penguins.dami"
    network = tmp_path / "penguins.onnx.zip"
    trained = invoke("train", penguins, "--target", dami_target(), "--out", model, "--onnx", network)
    with zipfile.ZipFile(network) as archive:
        assert "network.onnx" in archive.namelist()
    assert trained.exit_code == 0 and trained.stdout == "", trained.stderr
    assert "Members: 5" in trained.stderr and "40 labelled rows" in trained.stderr
    result = invoke("predict", model, penguins)
    assert result.exit_code == 0, result.stderr
    header, *lines = parse(result.stdout)
    classes = ["Adelie", "Chinstrap", "Gentoo"]
    assert header == ["row", "label", "confidence", *(f"probability {name}" for name in classes)]
    assert [int(line[0]) for line in lines] == list(range(344))
    probabilities = np.array([[float(p) for p in line[3:]] for line in lines])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert [line[1] for line in lines] == [classes[k] for k in probabilities.argmax(axis=1)]
    np.testing.assert_allclose([float(line[2]) for line in lines], probabilities.max(axis=1))
    truth = load_demo("penguins").sample(frac=1, random_state=0)[dami_target()]
    assert np.mean([line[1] == name for line, name in zip(lines, truth, strict=True)]) > 0.9
    weights = tmp_path / "weights.csv"
    result = invoke("predict", model, penguins, "--columns", "--weights", weights)
    said, maps = pd.read_csv(io.StringIO(result.stdout)), pd.read_csv(weights)
    assert [*said.columns[:2], *said.columns[-5:]] == ["row", "island", "prediction", *header[2:]]
    assert said["prediction"].tolist() == [line[1] for line in lines]
    assert [*maps.columns[:3], maps.columns[3][:7]] == ["row", "class", "bias", "weight "] and len(maps) == 3 * 344
    renamed = tmp_path / "renamed.csv"
    pd.read_csv(penguins).rename(columns={"island": "place"}).to_csv(renamed, index=False)
    refused = invoke("predict", model, renamed)
    assert refused.exit_code == 2 and "lack the column “island”" in refused.stderr and refused.stdout == ""


def test_train_compares_the_network_with_its_rivals(penguins, tmp_path, few_steps, small_rivals):
    from dami.studies.rivals import CAUTION, compare

    trained = invoke(
        "train", penguins, "--target", dami_target(), "--out", tmp_path / "m.dami", "--seed", 2, "--compare"
    )
    assert trained.exit_code == 0, trained.stderr
    frame = dami.read_table(penguins)
    labels = frame.pop(dami_target())[:40]
    encoder = dami.Encoder().fit(frame)
    ranks = np.array([name.endswith("(rank)") for name in encoder.feature_names_out_])
    assert ranks.any()
    expected = compare(encoder.transform(frame)[:40], np.unique(labels, return_inverse=True)[1], 2, ranks)
    found = pd.read_csv(io.StringIO(trained.stdout))
    assert found.columns.tolist() == [
        *("model", "accuracy", "balanced_accuracy", "log_loss", "difference", "low", "high")
    ]
    assert found["model"].tolist() == [
        *("network", "logistic regression", "random forest", "gradient boosting", "mean of network and random forest")
    ]
    np.testing.assert_allclose(found["accuracy"], [one.accuracy for one in expected.scores])
    np.testing.assert_allclose(found["log_loss"], [one.log_loss for one in expected.scores], rtol=1e-3)
    assert found.iloc[0, 4:].isna().all()
    bounds = [(one.value, one.low, one.high) for one in expected.differences]
    np.testing.assert_allclose(found.iloc[1:4, 4:].astype(float), bounds)
    assert found.iloc[4, 4:].isna().all()  # the mean is no rival: it has no bounds
    assert trained.stderr.splitlines()[-1] == f"{expected.sentence} {CAUTION}"
    assert "75 % compared, now the gradient boosting" in trained.stderr


def test_train_says_when_labels_are_too_few_to_compare(penguins, tmp_path, few_steps):
    frame = pd.read_csv(penguins)
    frame.loc[15:, dami_target()] = None
    frame.to_csv(penguins, index=False)
    trained = invoke("train", penguins, "--target", dami_target(), "--out", tmp_path / "m.dami", "--compare")
    assert trained.exit_code == 0, trained.stderr
    assert trained.stdout == "model,accuracy,balanced_accuracy,log_loss,difference,low,high\n"
    assert "A comparison needs 20 labelled rows" in trained.stderr.splitlines()[-1]


def test_bad_input_is_one_line_and_exit_code_2(penguins, tmp_path):
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (tmp_path / "empty.csv").write_bytes(b"")
    target = dami_target()
    cases = {
        ("query", tmp_path / "absent.csv", "--target", "x"): "absent.csv",
        ("query", penguins, "--target", "nonsense"): "its columns are",
        ("query", picture, "--target", "x"): "",
        ("query", tmp_path / "empty.csv", "--target", "x"): "",
        ("query", penguins, "--target", target, "--strategy", "best"): "there are dami, dami-plus, ",
        ("query", penguins, "--target", target, "-n", "many"): "many",
        ("query", penguins, "--target", target, "-n", "-1"): "-1",
        ("query", penguins, "--target", target, "--seed", "-1"): "-1",
        ("query",): "TABLE",
        ("nonsense",): "nonsense",
        ("train", penguins, "--target", target): "--out",
        ("train", penguins, "--target", target, "--out", tmp_path / "no" / "m.dami"): "does not exist",
        ("predict", penguins, penguins): "no model file",
        ("predict", tmp_path / "absent.dami", penguins): "absent.dami",
    }
    for arguments, words in cases.items():
        result = invoke(*arguments)
        assert result.exit_code == 2, (arguments, result.output)
        assert result.stdout == "" and len(result.stderr.splitlines()) == 1, (arguments, result.stderr)
        assert words in result.stderr and result.stderr.startswith("Error: "), (arguments, result.stderr)
    assert "body_mass_g" in invoke("query", penguins, "--target", "nonsense").stderr


def test_labels_of_one_class_cannot_be_trained_on(penguins, tmp_path):
    frame = pd.read_csv(penguins)
    frame[dami_target()] = "Adelie"
    frame.to_csv(penguins, index=False)
    result = invoke("train", penguins, "--target", dami_target(), "--out", tmp_path / "m.dami")
    assert result.exit_code == 2 and "two classes" in result.stderr and not (tmp_path / "m.dami").exists()


def test_others_can_add_commands_that_fail_as_politely():
    @cli.command("explode")
    def explode():
        raise dami.TableError("Nothing\nto see.")

    try:
        result = invoke("explode")
    finally:
        del cli.commands["explode"]
    assert result.exit_code == 2 and result.stderr == "Error: Nothing to see.\n"


# ---- the data folder ------------------------------------------------------------------------------------------------


@pytest.fixture
def labeled(home):
    """Two projects of one name with some labels each, in a data folder of their own."""
    from dami.store import annotations, database, projects
    from dami.store import tables as stored

    table = stored.store_table(pd.DataFrame({"a": range(60), "b": ["x", "y"] * 30}))
    ids = []
    for shift in (0, 1):
        ids.append(projects.create("Café / birds", table.id, classes=["cat", "dog"]).id)
        items = [{"seq": k, "action": "label", "row": 2 * k + shift, "class": k % 2} for k in range(1, 9)]
        annotations.append(ids[-1], "tab", items)
    yield ids
    database.reset()


def test_doctor_says_what_is_sound_and_what_is_not(labeled):
    from dami.store import files, projects

    result = invoke("doctor")
    assert result.exit_code == 0 and "All 2 projects are sound." in result.stderr
    assert result.stdout.splitlines() == ["Café / birds: 8 labels, 8 events: sound"] * 2
    files.table_path(projects.get(labeled[0]).table_id).unlink()
    result = invoke("doctor")
    assert result.exit_code == 1 and result.stdout.count("damaged") == 2 and result.stdout.count("is gone") == 2


def test_doctor_of_an_empty_folder(home):
    (home / "dami.db").unlink()
    result = invoke("doctor")
    assert result.exit_code != 0 and not (home / "dami.db").exists()


def test_a_backup_restores_every_label_elsewhere(labeled, tmp_path, monkeypatch):
    from dami.store import annotations, database, projects

    before = [annotations.labels(project) for project in labeled]
    result = invoke("backup", tmp_path / "backups")
    assert result.exit_code == 0
    written = result.stdout.split("\n")[:-1]
    assert [path.rpartition("/")[2] for path in written] == [
        *("Café---birds.project.dami.zip", "Café---birds.project-2.dami.zip")
    ]
    database.reset()
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "elsewhere"))
    result = invoke("restore", *written)
    assert result.exit_code == 0 and result.stdout.count("opened as “Café / birds”") == 2
    restored = sorted(projects.listing(), key=lambda project: project.created)
    assert [annotations.labels(project.id) for project in restored] == before
    assert invoke("doctor").exit_code == 0


def test_a_damaged_backup_is_named_and_changes_nothing(labeled, tmp_path):
    from dami.store import projects

    path = tmp_path / "broken.dami.zip"
    path.write_bytes(b"PK\x03\x04 broken")
    result = invoke("restore", path)
    assert result.exit_code == 2 and result.stderr.startswith(f"Error: {path}: This is no DAMI project file")
    assert len(projects.listing()) == 2


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("DAMI_HOME", str(tmp_path))
    for address in ("postgresql://dami:hush@127.0.0.1:1/dami", "postgresql://dami:hush@127.0.0.1:x/dami", "hush"):
        monkeypatch.setenv("DAMI_DATABASE_URL", address)
        for command in (["doctor"], ["backup", str(tmp_path / "out")]):
            done = invoke(*command)
            assert done.exit_code == 2 and done.stdout == ""
            assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
            assert "DAMI_DATABASE_URL" in done.stderr and "hush" not in done.stderr


def test_columns_are_told_and_chosen_and_a_table_is_converted(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "zip,price,x\n" + "".join(f"{10115 + k % 3},{k},{k * k % 7}\n" for k in range(20)) + "10115,n.d.,3\n"
    )

    def told_of(*choices):
        return {row["name"]: row for row in csv.DictReader(io.StringIO(invoke("columns", own, *choices).stdout))}

    told = told_of("--column", "zip=category")
    assert list(told["price"]) == ["name", "kind", "reason", "understood", "example"]
    assert told["zip"]["kind"] == "category" and told["zip"]["reason"] == "you chose it"
    told = told_of("--column", "price=number")
    assert told["price"]["kind"] == "number" and told["price"]["example"] == "n.d."
    assert float(told["price"]["understood"]) == pytest.approx(20 / 21, abs=1e-6)
    grades = tmp_path / "grades.csv"
    grades.write_text("grade,x\n" + "1,a\n3,b\n5,c\n" * 9 + "other,a\n")
    near = "In “grade”, 27 of 28 cells are numbers; not: “other”. Call it a number if this is to count as missing.\n"
    assert invoke("columns", grades).stderr == near
    days = tmp_path / "days.csv"
    days.write_text("day,x\n03/04/2024,1\n05/06/2024,2\n07/08/2024,1\n")
    asked = invoke("columns", days)
    assert 'What is “03/04/2024” in “day”? Say --column "day=date, day first" or --column' in asked.stderr
    answered = invoke("columns", days, "--column", "day=date, month first")
    assert "day,date,you chose it,1.0," in answered.stdout and answered.stderr == ""
    for name in ("copy.xlsx", "copy.parquet"):
        assert invoke("convert", own, tmp_path / name).exit_code == 0
    assert invoke("convert", tmp_path / "copy.xlsx", tmp_path / "again.csv").exit_code == 0
    assert (tmp_path / "again.csv").read_text(encoding="utf-8-sig") == own.read_text()
    for arguments, message in (
        (("columns", own, "--column", "zip"), "Write it as price=number"),
        (("columns", own, "--column", "zap=number"), "no column “zap”"),
        (("columns", own, "--column", "zip=colour"), "cannot be read as 'colour'"),
        (("convert", own, tmp_path / "copy.doc"), "no format that DAMI writes"),
    ):
        failed = invoke(*arguments)
        assert failed.exit_code == 2 and message in failed.stderr


def test_parquet_files_that_a_pattern_names_are_converted_cell_by_cell(tmp_path):
    for name, price, scale in (("one", "1.10", 2), ("two", "2.500", 3)):
        columns = {
            "price": pa.array([Decimal(price), None], pa.decimal128(9, scale)),
            "at": pa.array([1_700_000_000, 0], pa.timestamp("s", "Europe/Berlin")),
            "for": pa.array([90_000, None], pa.duration("s")),
            "tags": pa.array([["a"], []], pa.list_(pa.string())),
            "n": pa.array([1, 2] if name == "one" else [1.5, 2.0]),
        }
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        assert invoke("convert", tmp_path / f"{name}.parquet", tmp_path / f"{name}.csv").exit_code == 0
    told = invoke("convert", tmp_path / "*.parquet", tmp_path / "both.csv")
    assert told.exit_code == 0 and "“for”, times were read as seconds" in told.stderr
    one, two, both = ((tmp_path / f"{name}.csv").read_text() for name in ("one", "two", "both"))
    assert both == one + two.split("\n", 1)[1] and "\n1.10,2023-11-14 23:13:20+01:00," in both and "\n2.500," in both
    refused = invoke("columns", tmp_path / "one.parquet", "--encoding", "cp1252", "--delimiter", ";")
    assert refused.exit_code == 2
    assert (
        "one.parquet has no encoding and delimiter to choose. Leave out --encoding and --delimiter." in refused.stderr
    )
    refused = invoke("convert", tmp_path / "*.parquet", tmp_path / "both.csv", "--sheet", "x", "--skip", "none")
    assert refused.exit_code == 2 and "Leave out --sheet and --skip." in refused.stderr


def test_how_a_file_is_read_is_chosen(tmp_path):
    own, out = tmp_path / "own.txt", tmp_path / "out.csv"
    own.write_bytes("Отчёт||\nимя|'x'|y\n'а|б'|1|2\nв|3|4\nг|5|6\n".encode("cp1251"))
    reading = ("--encoding", "cp1251", "--delimiter", "vertical bar", "--quote", "'")
    assert invoke("convert", own, out, *reading).exit_code == 0
    assert out.read_text(encoding="utf-8-sig") == 'имя,x,y\n"а|б",1,2\nв,3,4\nг,5,6\n'
    assert invoke("convert", own, out, *reading, "--skip", "none").exit_code == 0
    assert out.read_text(encoding="utf-8-sig").startswith("Отчёт,")
    for choices, message in (
        (("--delimiter", "many"), "cannot stand between values"),
        (("--quote", "`"), "cannot stand around values"),
        (("--skip", "rows"), "skip is a list of kinds of rows"),
        (("--encoding", "utf-8"), "is not written in utf-8"),
        ((*reading, "--sheet", "Data"), "own.txt has no sheet to choose. Leave out --sheet."),
    ):
        failed = invoke("columns", own, *choices)
        assert failed.exit_code == 2 and message in failed.stderr and failed.stderr.count("\n") == 1


def test_a_chosen_kind_goes_with_the_model(tmp_path, few_steps):
    own, model = tmp_path / "own.csv", tmp_path / "model.dami"
    own.write_text("code,x,label\n" + "".join(f"{k % 3},{k * k % 11},{'ab'[k % 2]}\n" for k in range(30)))
    done = invoke("train", own, "--target", "label", "--out", model, "--column", "code=category", "--column", "x=out")
    assert done.exit_code == 0, done.stderr
    from dami.selection.model_file import load_model

    encoder = load_model(model).encoder
    assert list(encoder.feature_names_out_) == ["code = 0", "code = 1", "code = 2"]
    assert encoder.kinds_ == {"code": "category", "x": "out"}
    assert invoke("predict", model, own).exit_code == 0


def test_new_rows_are_read_by_the_signs_of_the_training_table_and_what_that_mends_is_said(tmp_path, few_steps):
    own, model, new = tmp_path / "own.csv", tmp_path / "model.dami", tmp_path / "new.csv"
    lines = [f"{k % 12 + 1:02}/{k % 20 + 9:02}/2024;1.{100 + k},{k % 90 + 10};{'ab'[k % 2]}\n" for k in range(40)]
    own.write_text("".join(["when;sum;label\n", *lines]))
    done = invoke("train", own, "--target", "label", "--out", model)
    assert done.exit_code == 0, done.stderr
    said = []
    for when, amount in (("01/02/2024", "1.234"), ("2024-01-02", "1234")):  # the same row, with and without a doubt
        new.write_text(f"when;sum\n{when};{amount}\n{when};n.d.\n")
        result = invoke("predict", model, new)
        assert result.exit_code == 0 and "“n.d.”" in result.stderr
        said.append(result.stdout)
    assert said[0] == said[1]


def test_codes_of_a_statistics_file_are_converted_and_predicted_from(tmp_path):
    frame = pd.DataFrame({"q": [1.0, 2.0, 3.0] * 8, "x": [float(k % 7) for k in range(24)], "y": ["a", "b", "b"] * 8})
    labels = {"q": {1: "never", 2: "some", 3: "always"}}
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), variable_value_labels=labels)
    told = {name: invoke("convert", tmp_path / "s.sav", tmp_path / name).stderr for name in ("s.csv", "s.parquet")}
    assert (
        "s.csv holds the labels of “q”, not their codes." in told["s.csv"]
        and "not their codes" not in told["s.parquet"]
    )
    chosen, model = ("--column", "q=number"), tmp_path / "m.dami"
    assert invoke("train", tmp_path / "s.parquet", "--target", "y", "--out", model, *chosen).exit_code == 0
    new = tmp_path / "new.csv"
    new.write_text("q,x\nnever,1\n2,2\nALWAYS,3\n")
    plain, repeated = invoke("predict", model, new), invoke("predict", model, new, *chosen)
    assert (plain.exit_code, plain.stdout, plain.stderr) == (repeated.exit_code, repeated.stdout, repeated.stderr)
    assert plain.stdout.count("\n") == 4 and "missing" not in plain.stderr
