"""The benchmark: what it runs, that it goes on where it was, and that its page says what the records say."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import dami
from dami.__main__ import cli
from dami.errors import TableError
from dami.studies import benchmark, benchmark_report
from dami.studies.comparison import areas
from dami.studies.experiment import COLUMNS
from dami.studies.record_file import version_file
from dami.tables.demos import DEMOS, load_demo

SAME = [column for column in COLUMNS if not column.endswith("seconds")]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(benchmark, "REGIMES", {"A": (10, 5, 2), "B": (40, 20, 2)})
    benchmark.experiment.cache_clear()
    yield
    benchmark.experiment.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """Penguins with three rows unlabelled, wine, and a table that has no such column."""
    place = tmp_path / "tables"
    place.mkdir()
    load_demo("penguins").assign(label=lambda f: f["label"].where(f.index > 2)).to_csv(
        place / "penguins.csv", index=False
    )
    load_demo("wine").to_csv(place / "wine.csv", index=False)
    pd.DataFrame({"a": [1, 2]}).to_csv(place / "other.csv", index=False)
    (place / "notes.md").write_text("no table")
    return place


def run(*arguments):
    return CliRunner().invoke(cli, ["benchmark", *map(str, arguments)])


def test_records_are_those_of_simulate_whatever_else_is_in_the_field(quick, few_steps, folder, tmp_path):
    out = tmp_path / "out"
    result = run(folder, "--strategies", "random,margin,dami", "--candidate", "dami", "--seeds", 2, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "other, regime A, is left out" in result.stderr and "wine, regime B" in result.stderr  # 59 labels at most
    records = pd.read_csv(out / "records.csv")
    assert set(records.groupby("regime")["table"].unique()["A"]) == {"penguins", "wine"}
    frame = dami.read_table(folder / "penguins.csv")
    labels = frame.pop("label")
    for strategy in ("margin", "dami"):
        expected = dami.simulate(frame, labels, [strategy], 2, 10, 5, 2)
        mine = records.query("table == 'penguins' and regime == 'A' and strategy == @strategy").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine[SAME], expected[SAME], check_dtype=False)


def test_it_goes_on_where_it_was(quick, few_steps, folder, tmp_path):
    out = tmp_path / "out"
    common = (folder, "--seeds", 2, "--regimes", "A", "--only", "wine", "--out", out)
    assert run(*common, "--strategies", "random", "--candidate", "random").exit_code == 0  # which has no rival
    known = out / "A" / "wine" / "random.csv"
    before = known.read_bytes(), known.stat().st_mtime_ns
    result = run(*common, "--strategies", "random,margin")
    assert result.exit_code == 0 and (known.read_bytes(), known.stat().st_mtime_ns) == before
    assert set(pd.read_csv(out / "records.csv")["strategy"]) == {"random", "margin"}
    version_file(known).write_text("3.1")  # as another network's
    old = run(*common, "--strategies", "random,margin")
    assert old.exit_code == 2 and "random.csv holds records of version 3.1" in old.stderr.splitlines()[-1]
    assert known.read_bytes() == before[0]


def test_variants_of_dami_plus_join_the_field_by_name(quick, few_steps, folder, tmp_path):
    variants = ["dami-plus-hidden", "dami-plus-input", "dami-plus-free"]
    assert set(variants) <= set(benchmark.FIELD)
    out = tmp_path / "out"
    result = run(folder, "--only", "penguins", "--strategies", ",".join(variants), "--seeds", 1, "--out", out)
    assert result.exit_code == 0, result.stderr
    records = pd.read_csv(out / "records.csv")
    assert set(records["strategy"]) == set(variants) and set(records["regime"]) == {"A", "B"}
    assert "dami-plus-free" in (out / "report.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategies", "pool"), [(["margin"], ProcessPoolExecutor), (["random", "margin", "dami"], ThreadPoolExecutor)]
)
def test_several_at_once_give_the_same(folder, tmp_path, monkeypatch, strategies, pool):
    """A process knows nothing that it was not told; that several keep their order, threads show without its imports."""
    monkeypatch.setattr(benchmark, "ProcessPoolExecutor", pool)
    if pool is ThreadPoolExecutor:
        monkeypatch.setattr(benchmark, "_one_thread", lambda: None)  # that is for a process of its own
    tables = {"wine": folder / "wine.csv"}
    one, two = (
        benchmark.run_units(benchmark.plan(tables, "label", strategies, ["A"], tmp_path / str(jobs)), range(2), jobs)
        for jobs in (1, 2)
    )
    assert one["strategy"].unique().tolist() == strategies and len(one) == len(strategies) * 2 * 3
    pd.testing.assert_frame_equal(one[SAME], two[SAME])


def test_without_a_folder_the_tables_that_come_with_it(monkeypatch):
    assert list(benchmark.find_tables(None)) == list(DEMOS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--out", "out"], "no folder nowhere"),
        (["empty", "--out", "out"], "holds no table"),
        (["tables", "--only", "wine,absent", "--out", "out"], "no table 'absent' among other, penguins, wine"),
        (["tables", "--only", "other", "--out", "out"], "No table allows the benchmark"),
        (["tables", "--strategies", "random,best", "--out", "out"], "no strategy 'best'"),
    ],
)
def test_bad_input_ends_in_a_sentence(folder, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    result = run(*arguments)
    assert result.exit_code == 2 and words in result.stderr.splitlines()[-1], result.stderr


def test_two_tables_of_one_name_are_refused(folder):
    load_demo("wine").to_csv(folder / "wine.tsv", sep="\t", index=False)
    with pytest.raises(TableError, match="two tables named wine"):
        benchmark.find_tables(folder)


# --- the report -------------------------------------------------------------------------------------------------------


def made_up(levels, tables=8, seeds=5, noise=0.002):
    """Records whose areas of balanced accuracy are the strategies' levels, but for a little noise."""
    rng = np.random.default_rng(0)
    rows = []
    for table in range(tables):
        for strategy, level in levels.items():
            for seed in range(seeds):
                luck = noise * rng.normal()
                for r in range(3):
                    value = level + luck + 0.01 * (r - 1)
                    rows.append(("A", f"t{table}", strategy, seed, r, 30 + 10 * r, value, value, 0.9))
    columns = ["regime", "table", "strategy", "seed", "round", "n_labeled", "accuracy", "balanced_accuracy", "auroc"]
    return pd.DataFrame(rows, columns=columns)


def test_claims_hold_where_the_truth_is_clear_and_only_there():
    levels = {"new": 0.80, "random": 0.75, "core-set": 0.80, "margin": 0.802, "badge": 0.82, "bald": 0.7}
    found = benchmark_report.claims(made_up(levels), "new").set_index("rival")
    assert found["holds"].to_dict() == {
        "random": True, "core-set": False, "margin": True, "badge": False, "bald": False,
    }  # fmt: skip
    assert found["claim"].to_dict()["margin"] == "not inferior" and found["claim"]["bald"] == ""
    assert found["mean"]["random"] == pytest.approx(0.05, abs=0.003)
    assert found["smallest_p"]["random"] == found["p"]["random"] == pytest.approx(2 / 2**8)
    assert found["p_holm"]["random"] == pytest.approx(4 * found["p"]["random"]) and np.isnan(found["p_holm"]["bald"])


def test_the_page_shows_ranks_losses_and_what_was_not_shown():
    levels = {"new": 0.80, "random": 0.75, "margin": 0.83}
    records = made_up(levels, tables=3)
    ranks = benchmark_report.ranks(records)
    assert ranks["strategy"].tolist() == ["margin", "new", "random"]
    assert ranks["balanced_accuracy_rank"].tolist() == [1, 2, 3] and (ranks["auroc_rank"] == 2).all()
    assert ranks["balanced_accuracy"].tolist() == pytest.approx(
        areas(records).groupby("strategy").mean()[["margin", "new", "random"]].tolist()
    )
    page = benchmark_report.markdown(records, "new")
    assert "Regime A: 30 labels to begin with, then 10 a round" in page and "3 tables, 5 seeds" in page
    assert "superior: yes" in page and "not inferior: NOT SHOWN" in page and "0 / 15" in page
    assert "cannot be less than 0.2500" in page
    assert page.count("| **0.8") == 3 and page.count("**") == 6
