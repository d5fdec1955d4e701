"""The README's code does what it says, and names files that are there."""

import re
import shlex
from pathlib import Path

import pandas as pd
from click.testing import CliRunner

from dami.__main__ import cli

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_python_example_asks_a_network(monkeypatch):
    monkeypatch.chdir(ROOT)
    [code] = blocks("python")
    names: dict = {}
    exec(code, names)  # the README's own text
    assert len(names["selection"].indices) == 10
    assert set(names["selection"].space) == {"representation"}
    assert "labelled" in names["selection"].explain(0).text


def test_the_commands_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = [line for block in blocks("sh") for line in block.splitlines() if " -m dami " in line]
    assert len(commands) == 5
    frame = pd.read_csv(ROOT / "dami" / "tables" / "demos" / "titanic.csv")
    printed = []
    frame.assign(label=frame["label"].where(frame.index < 30)).to_csv(tmp_path / "my-table.csv", index=False)
    for command in commands:
        words = shlex.split(command.partition(" > ")[0].replace("dami/tables/demos", str(ROOT / "dami/tables/demos")))
        assert words[1:3] == ["-m", "dami"]
        if "benchmark" in words:
            words += ["--seeds", "1", "--strategies", "random,dami-plus", "--only", "penguins"]  # not half an hour
        done = CliRunner().invoke(cli, words[3:])  # in this process, which has loaded torch
        assert done.exit_code == 0, done.output
        printed.append(len(done.stdout.splitlines()))
    assert (tmp_path / "titanic.dami").is_file()
    assert printed[:4] == [0, len(frame) + 1, 11, 0]  # train, predict, query for ten rows, simulate
    assert (tmp_path / "benchmark" / "report.md").read_text().count("\n") == printed[4]
    assert len(pd.read_csv(tmp_path / "records.csv")) == 2 * 5 * 9  # half of the pool is labelled after 8 rounds


def test_the_files_that_it_names_are_there():
    for name in re.findall(r"\]\(((?!http)[^)]+)\)", TEXT) + re.findall(r"`((?:dami|docs|tests)/[\w./]+)`", TEXT):
        assert (ROOT / name).exists(), name
