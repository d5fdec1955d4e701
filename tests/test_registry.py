"""Installed packages add strategies, readers and exporters by entry points; of a broken one there is a sentence."""

import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import dami
from dami.__main__ import cli
from dami.errors import ModelError, ProjectError, TableError
from dami.registry import PluginWarning, Registry
from dami.selection import strategies
from dami.selection.strategies import STRATEGIES, QueryStrategy
from dami.tables import reading
from dami.workspace.transfer import exporters

GOOD = """
import numpy as np
import pandas as pd
import dami
from dami.selection.strategies.explanation import Explanation, Fact
from dami.selection.strategies.pool import without_distances
from dami.tables.reading import Reader, read_text
from dami.workspace.transfer.exporters import Exporter, Preparation


class Last(dami.QueryStrategy):
    name, title, summary = "last", "Last", "The last rows of the table."
    needs_network = False
    facts = (Fact("place", "From the end", lambda place: f"place {place}"),)

    def choose(self, pool, n):
        picks = pool.candidates[::-1][:n]
        return without_distances(picks, "none", self.name, lambda i: Explanation("Late.", {"place": i + 1}))


class Liar(Last):
    name = "honest"


class Nameless(dami.QueryStrategy):
    title = "Nameless"

    def choose(self, pool, n):
        raise NotImplementedError


class Abstract(dami.QueryStrategy):
    name, title, summary = "abstract", "Abstract", "Nothing."


bars = Reader("Bars", lambda data, filename: read_text(data.replace(b"|", b","), filename))

class Fails(Last):
    name = "fails"
    facts = (Fact("place", "From the end", lambda place: place["no"]),)

    def choose(self, pool, n):
        if n > 1:
            raise RuntimeError("two\\nlines")
        return super().choose(pool, n)


def fail(*given):
    return {}["gone"]


def refuse(*given):
    raise dami.DamiError("Label a row first.")


failing_reader = Reader("Failing", fail)
failing_exporter = Exporter("Failing", "x", "text/plain", fail, "project", fail, Preparation("Prepare", fail, fail))
refusing_exporter = Exporter("Refusing", "x", "text/plain", refuse)
rows = Exporter("Number of rows", "rows.txt", "text/plain", lambda project: b"60", section="project")
nowhere = Exporter("Nowhere", "x", "text/plain", lambda project: b"", section="attic")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Installs a package as pip leaves it: modules, and what its metadata say of it."""

    def install(name: str, code: str, **groups: dict[str, str]) -> None:
        (tmp_path / f"{name}.py").write_text(code)
        about = tmp_path / f"{name}-1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = []
        for group, entries in groups.items():
            lines += [f"[dami.{group}]", *(f"{key} = {value}" for key, value in entries.items())]
        (about / "entry_points.txt").write_text("\n".join(lines))
        invalidate_caches()

    monkeypatch.syspath_prepend(tmp_path)
    for module, name in ((strategies, "STRATEGIES"), (reading, "READERS"), (exporters, "EXPORTERS")):
        registry = getattr(module, name)
        own = Registry(registry.kind, registry.group, dict(registry), registry._flaw)
        for attribute in ("_rows", "_broken", "_is_begun", "_is_loaded"):  # the same object is known in many places
            monkeypatch.setattr(registry, attribute, getattr(own, attribute))
    yield install
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def invoke(*arguments: object):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    frame = pd.DataFrame({"a": range(20), "b": [k % 7 for k in range(20)]})
    frame.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def test_a_package_adds_a_strategy_a_reader_and_an_exporter(install, table):
    install(
        "more", GOOD, strategies={"last": "more:Last"}, readers={".bars": "more:bars"}, exporters={"n": "more:rows"}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [*STRATEGIES][-1] == "last" and next(iter(STRATEGIES)) == "dami" and not STRATEGIES.broken
    selection = dami.ActiveLearner("last").fit(dami.read_table(table)).query(2)
    assert selection.indices.tolist() == [19, 18] and selection.explain(1).text == "Late."
    assert STRATEGIES["last"].facts_of(selection.explain(1).numbers) == [("From the end", "place 2")]
    asked = invoke("query", table, "--strategy", "last", "-n", 1)
    assert (asked.exit_code, asked.stdout.splitlines()[1].split(",")[0]) == (0, "19")
    table.with_name("t.bars").write_text("a|b\n1|x\n2|y\n")
    assert dami.read_table(table.with_name("t.bars")).to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert reading.formats().endswith(", Bars")
    assert [*exporters.of_section("project")][-1:] == ["n"]


BROKEN = {
    "it is not there": ("strategies", "x", "gone:X", "gone:X cannot be loaded (ModuleNotFoundError: No module named"),
    "its module lacks it": ("strategies", "x", "more:X", "more:X cannot be loaded (AttributeError: "),
    "another kind of thing": ("strategies", "x", "more:pd", "more:pd is no subclass of dami.QueryStrategy"),
    "it has no name": ("strategies", "x", "more:Nameless", "more:Nameless has no name and no summary"),
    "it has another name": ("strategies", "x", "more:Liar", "more:Liar calls itself 'honest'"),
    "it chooses nothing": ("strategies", "abstract", "more:Abstract", "more:Abstract does not write the method choose"),
    "its name is taken": ("strategies", "margin", "more:Last", "there is a strategy of this name already"),
    "no reader": ("readers", ".x", "more:Last", "more:Last is no dami.tables.reading.Reader"),
    "no end of a name": ("readers", "bars", "more:bars", "more:bars is not named as a file's name ends, like .orc"),
    "a reader that is there": ("readers", ".csv", "more:bars", "there is a reader of this name already"),
    "no exporter": ("exporters", "x", "more:bars", "more:bars is no dami.workspace.transfer.exporters.Exporter"),
    "in no section": ("exporters", "x", "more:nowhere", "is in none of the sections table, rival, send, network, "),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_entry_point_is_one_sentence_and_all_else_works(install, case):
    kinds, name, value, flaw = BROKEN[case]
    registry = {"strategies": STRATEGIES, "readers": reading.READERS, "exporters": exporters.EXPORTERS}[kinds]
    before = dict(registry._rows)
    install("more", GOOD, **{kinds: {name: value}})
    with pytest.warns(PluginWarning) as told:
        assert dict(registry) == before
    [sentence] = registry.broken.values()
    assert [str(one.message) for one in told] == [sentence] and "\n" not in sentence
    assert sentence.startswith(f"The {registry.kind} “{name}” of the package more 1.2 is left out: ")
    assert flaw in sentence and sentence.endswith(". Update or remove the package.")


@pytest.mark.parametrize("code", ["raise RuntimeError('two\\nlines')", "def (", "raise SystemExit(3)", "1 / 0"])
def test_a_package_that_cannot_be_imported_harms_nothing(install, code, table):
    install("bad", code, strategies={"bad": "bad:Bad"}, readers={".bad": "bad:read"})
    fine = invoke("query", table, "--strategy", "random", "-n", 1)
    assert fine.exit_code == 0 and fine.stdout.startswith("row,")
    told = [line for line in fine.stderr.splitlines() if line.startswith("Warning: ")]
    assert [line.split(" ")[2] for line in told] == ["strategy", "reader"]
    assert all("of the package bad 1.2 is left out: bad:" in line for line in told) and "Traceback" not in fine.stderr


def test_whoever_asks_for_a_broken_one_hears_what_is_wrong_with_it(install, table):
    install("bad", "import no_such_thing", strategies={"bad": "bad:Bad"}, readers={".bad": "bad:read"})
    wrong = invoke("query", table, "--strategy", "bad")
    [line] = wrong.stderr.splitlines()
    assert wrong.exit_code == 2 and "of the package bad 1.2 is left out" in line and "no_such_thing" in line
    with pytest.raises(ModelError, match=r"“bad” of the package bad 1\.2 is left out"):
        dami.ActiveLearner("bad").fit(dami.read_table(table))
    table.with_name("t.bad").write_text("a,b\n1,2\n")
    with pytest.raises(TableError, match=r"t\.bad cannot be read\. The reader “\.bad” of the package bad"):
        dami.read_table(table.with_name("t.bad"))


@pytest.fixture
def failing(install) -> None:
    install(
        "more",
        GOOD,
        strategies={"fails": "more:Fails"},
        readers={".fails": "more:failing_reader"},
        exporters={"fails": "more:failing_exporter", "refuses": "more:refusing_exporter"},
    )


def of_package(kind: str, name: str, failure: str) -> str:
    return re.escape(f"The {kind} “{name}” of the package more 1.2 failed to {failure}. Update or remove the package.")


def test_an_error_of_a_package_names_the_package_and_what_failed(failing, table):
    learner = dami.ActiveLearner("fails").fit(dami.read_table(table))
    assert learner.query(1).indices.tolist() == [19]
    with pytest.raises(ModelError, match=of_package("strategy", "fails", "choose rows (RuntimeError: two lines)")):
        learner.query(2)
    asked = invoke("query", table, "--strategy", "fails", "-n", 2)
    assert asked.exit_code == 2 and "of the package more 1.2 failed to choose rows" in asked.stderr
    with pytest.raises(TableError, match=of_package("reader", ".fails", "read a file (KeyError: 'gone')")):
        dami.read_table(b"a,b", "t.fails")
    exporter = exporters.EXPORTERS["fails"]
    tasks = {
        exporter.write: "write its file",
        exporter.missing: "say what its file needs",
        exporter.preparation.is_done: "say whether its file is prepared",
        exporter.preparation.start: "prepare its file",
    }
    for function, task in tasks.items():
        with pytest.raises(ProjectError, match=of_package("exporter", "fails", f"{task} (KeyError: 'gone')")):
            function(None)


def test_a_sentence_of_a_package_and_an_own_fault_stay_as_they_are(failing, monkeypatch):
    with pytest.raises(dami.DamiError, match=r"^Label a row first\.$"):
        exporters.EXPORTERS["refuses"].write(None)
    own = STRATEGIES["margin"]
    monkeypatch.setattr(own, "choose", lambda self, pool, n: 1 / 0)
    monkeypatch.setattr(own, "needs_network", False)
    with pytest.raises(ZeroDivisionError):
        own().query(dami.Pool(np.eye(3)), 1)


def test_numbers_that_a_package_cannot_word_are_in_plain_words(failing, monkeypatch):
    assert strategies.facts_of("fails", {"place": 3}) == [("place", "3")] == strategies.facts_of("gone", {"place": 3})
    monkeypatch.setattr(STRATEGIES["margin"], "facts", STRATEGIES["fails"].facts)
    with pytest.raises(TypeError):
        strategies.facts_of("margin", {"place": 3})


def test_two_packages_with_one_name_are_told_apart(install):
    install("first", GOOD, strategies={"last": "first:Last"})
    install("second", GOOD, strategies={"last": "second:Last"})
    with pytest.warns(PluginWarning, match="of the package second 1.2 is left out: there is a strategy of this name"):
        assert STRATEGIES["last"].__module__ == "first"


def test_a_package_may_look_into_the_registry_while_it_is_loaded(install):
    install("nosy", f"import dami\nknown = [*dami.STRATEGIES]\n{GOOD}", strategies={"last": "nosy:Last"})
    assert "last" in STRATEGIES and "dami" in sys.modules["nosy"].known


def test_many_threads_see_all_rows_or_wait(install):
    install("slow", f"import time\ntime.sleep(0.2)\n{GOOD}", strategies={"last": "slow:Last"})
    seen: list[bool] = []
    threads = [threading.Thread(target=lambda: seen.append("last" in STRATEGIES)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 4


def test_nothing_is_loaded_until_somebody_looks(install):
    install("more", GOOD, strategies={"last": "more:Last"})
    assert strategies.STRATEGIES is STRATEGIES and issubclass(STRATEGIES["dami"], QueryStrategy)
    assert "more" in sys.modules
    other = Registry("strategy", "dami.strategies", {}, lambda name, row: "")
    sys.modules.pop("more")
    other["mine"] = 1
    assert "more" not in sys.modules and other["mine"] == 1 and "more" in sys.modules


def test_a_package_with_a_damaged_list_of_entry_points_hides_those_of_no_other(install, tmp_path):
    install("more", GOOD, strategies={"last": "more:Last"})
    install("torn", "", strategies={})
    (tmp_path / "torn-1.2.dist-info" / "entry_points.txt").write_text("[dami.strategies]\na line without a value\n")
    with pytest.warns(PluginWarning, match="entry points of the package torn cannot be read"):
        assert "last" in STRATEGIES and "dami" in STRATEGIES
    assert list(STRATEGIES.broken) == ["torn"]
