"""docs/architecture.md names every room, and only rooms and modules that are there."""

import re
from itertools import dropwhile, takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()


def table(heading: str) -> list[list[str]]:
    """The cells of the first table after a line."""
    after = PAGE[PAGE.index(heading) + 1 :]
    lines = takewhile(lambda line: line.startswith("|"), dropwhile(lambda line: not line.startswith("|"), after))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in list(lines)[2:]]


def named(heading: str) -> set[str]:
    return {name for first, *_ in table(heading) for name in re.findall(r"`(\w+)/`", first)}


def folders(path: Path) -> set[str]:
    return {folder.name for folder in path.iterdir() if (folder / "__init__.py").exists()}


def test_every_room_is_explained():
    assert named("## The rooms") == folders(ROOT / "dami") | {"pages"}


def test_every_folder_of_the_workspace_is_explained():
    assert named("The folders of `workspace/`:") == folders(ROOT / "dami" / "workspace")


def test_the_modules_that_it_names_are_there():
    text = "\n".join(PAGE)
    listed = [
        (*re.findall(r"`(\w+)/`", cells[0])[:1], name)
        for cells in table("## The rooms")
        for name in re.findall(r"`([\w/]+\.py)`", cells[-1])
    ]
    listed += [("", name) for name in re.findall(r"`((?:store|ui|tables|workspace|networks|views)/[\w/]+\.py)`", text)]
    assert len(listed) > 20
    for room, name in listed:
        assert (ROOT / "dami" / room / name).exists(), name


def test_words_are_in_order_and_explained_once():
    words = [cells[0] for cells in table("## Words")]
    assert len(words) > 20 and words == sorted(set(words))
