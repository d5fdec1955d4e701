"""Holds registries: tables of rows by name to which installed packages add rows (strategies, readers, exporters)."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from functools import partial, wraps
from importlib.metadata import EntryPoint, distributions, entry_points
from typing import Any, TypeVar

from dami.errors import DamiError

Row = TypeVar("Row")
Code = Callable[..., Any]
Guard = Callable[[Code, str], Code]


class PluginWarning(UserWarning):
    """An installed package offers a row that DAMI cannot use."""


class Registry(MutableMapping[str, Row]):
    """Maps names to DAMI's own rows, then to rows of other packages, which are loaded at the first look.

    A package adds a row by an entry point of the group; the entry point has the name of the row. An entry point that is
    broken, or whose name is taken, adds no row: the registry puts a sentence into `broken` and gives a PluginWarning.

    Parameters
    ----------
    kind : what a row is, in the singular: "strategy"
    group : the group of entry points: "dami.strategies"
    rows : DAMI's own rows
    flaw : callable(name, row) -> what is wrong with the row of another package, as the end of a sentence; "" if nothing
    guarded : callable(row, guard) -> the row of another package, with each function that DAMI calls put through
        guard(function, "read a file"): its errors become a DamiError that names the package and what it failed to do
    error : the class of these errors
    """

    def __init__(
        self,
        kind: str,
        group: str,
        rows: Mapping[str, Row],
        flaw: Callable[[str, Any], str],
        guarded: Callable[[Row, Guard], Row] = lambda row, guard: row,
        error: type[DamiError] = DamiError,
    ) -> None:
        self.kind, self.group, self._flaw, self._guarded, self._error = kind, group, flaw, guarded, error
        self._own, self._rows, self._broken = dict(rows), dict(rows), dict[str, str]()
        self._lock, self._is_begun, self._is_loaded = threading.RLock(), False, False

    @property
    def broken(self) -> dict[str, str]:
        """The names of the rows that cannot be used, each with a sentence that says why, and what to do."""
        self._load()
        return self._broken

    def lacks(self, name: object) -> str:
        """Return a sentence that says why there is no row of this name."""
        self._load()
        listed = f"There is no {self.kind} {name!r}; there are {', '.join(self)}."
        return self._broken.get(name, listed) if isinstance(name, str) else listed

    def is_own(self, name: str) -> bool:
        """Return whether the row of this name is DAMI's own, which neither a package nor a caller has added."""
        return name in self._own and self[name] is self._own[name]

    def _load(self) -> None:
        if self._is_loaded:
            return
        with self._lock:
            if self._is_begun:  # another thread has loaded all, or a package looks while it is being loaded
                return
            self._is_begun = True
            for entry in sorted(self._entries(), key=lambda entry: (entry.name, entry.value)):
                if flaw := self._add(entry):
                    self._tell(entry.name, f"{self._described(entry)} is left out: {flaw}.")
            self._is_loaded = True

    def _entries(self) -> Iterable[EntryPoint]:
        """Return the group's entry points. One package whose list of them is damaged hides those of no other."""
        try:
            return entry_points(group=self.group)
        except Exception:  # it does not say of which package
            found: dict[tuple[str, str], EntryPoint] = {}
            for package in distributions():
                try:
                    found |= {
                        (entry.name, entry.value): entry for entry in package.entry_points.select(group=self.group)
                    }
                except Exception as error:
                    name = package.name or "without a name"
                    self._tell(name, f"The entry points of the package {name} cannot be read ({_in_a_line(error)}).")
            return found.values()

    def _tell(self, name: str, sentence: str) -> None:
        """Keep a sentence about a row that cannot be used, after what was said of that name before."""
        sentence = f"{sentence} Update or remove the package."
        self._broken[name] = " ".join([*filter(None, [self._broken.get(name)]), sentence])
        warnings.warn(sentence, PluginWarning, stacklevel=4)

    def _add(self, entry: EntryPoint) -> str:
        """Add the row of an entry point; return what is wrong if it cannot be added, else an empty text."""
        if entry.name in self._rows:
            return f"there is a {self.kind} of this name already"
        try:
            row = entry.load()
            flaw = self._flaw(entry.name, row)
        except (Exception, SystemExit) as error:  # code of others may raise anything
            return f"{entry.value} cannot be loaded ({_in_a_line(error)})"
        if not flaw:
            self._rows[entry.name] = self._guarded(row, partial(self._guard, self._described(entry)))
        return flaw and f"{entry.value} {flaw}"

    def _described(self, entry: EntryPoint) -> str:
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist and entry.dist.name else entry.value
        return f"The {self.kind} “{entry.name}” of the package {package}"

    def _guard(self, described: str, function: Code, task: str) -> Code:
        """Return the function, but with a DamiError that names the package in place of any other error."""

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except DamiError:
                raise
            except (Exception, SystemExit) as error:
                failed = f"{described} failed to {task} ({_in_a_line(error)})."
                raise self._error(f"{failed} Update or remove the package.") from error

        return call

    def __getitem__(self, name: str) -> Row:
        self._load()
        return self._rows[name]

    def __setitem__(self, name: str, row: Row) -> None:
        self._rows[name] = row

    def __delitem__(self, name: str) -> None:
        self._load()
        del self._rows[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(self._rows)

    def __len__(self) -> int:
        self._load()
        return len(self._rows)


def _in_a_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
