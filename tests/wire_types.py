"""The scripts' types for what Python sends them, made of the TypedDicts: ``python tests/wire_types.py`` writes them."""

import inspect
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "dami" / "ui" / "components" / "wire.d.ts"
HEAD = "// Made by tests/wire_types.py of the TypedDicts in the Python modules named below: change them there.\n"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null", Any: "unknown"}


def modules() -> list[types.ModuleType]:
    """Those that say what travels, a module's types before those that are made of them."""
    from dami.ui import wire
    from dami.workspace.annotating import pad_wire
    from dami.workspace.exploring import map_wire

    return [pad_wire, map_wire, wire]


def declarations() -> str:
    """The whole file."""
    names: dict[Any, str] = {}
    parts = [[f"// {module.__name__}\n", *_of(module, names)] for module in modules()]
    return "\n".join([HEAD, *(declaration for part in parts for declaration in part)])


def _of(module: types.ModuleType, names: dict[Any, str]) -> Iterator[str]:
    """The declarations of one module's public types; `names` knows those of the modules before."""
    own = {name: value for name, value in vars(module).items() if not name.startswith("_") and _is_type(value)}
    new = {name: value for name, value in own.items() if value not in names}
    for name, value in new.items():
        if not is_typeddict(value):
            yield f"export type {name} = {script_type(value, names)};\n"
            names[value] = name
    names.update({value: name for name, value in new.items()})
    for name, value in new.items():
        if is_typeddict(value):
            yield interface(name, value, names)


def _is_type(value: Any) -> bool:
    return is_typeddict(value) or get_origin(value) in (Literal, tuple)


def interface(name: str, declared: Any, names: dict[Any, str]) -> str:
    """A TypedDict as an interface, with the first line of its docstring."""
    words = [f"/** {inspect.cleandoc(declared.__doc__).splitlines()[0]} */"] if declared.__doc__ else []
    fields = [
        f"  {field}{'?' if get_origin(hint) is NotRequired else ''}: {script_type(hint, names)};"
        for field, hint in get_type_hints(declared, include_extras=True).items()
    ]
    return "\n".join([*words, f"export interface {name} {{", *fields, "}\n"])


def script_type(hint: Any, names: dict[Any, str]) -> str:
    """A type as TypeScript writes it.

    Raises
    ------
    TypeError
        If it is none that JSON has.
    """
    if hint in names:
        return names[hint]
    if hint in PLAIN:
        return PLAIN[hint]
    of, inner = get_origin(hint), get_args(hint)
    if of is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    said = [script_type(one, names) for one in inner]
    if of in (types.UnionType, Union):
        return " | ".join(dict.fromkeys(said))
    if of is NotRequired:
        return said[0]
    if of is list:
        return f"{said[0]}[]" if said[0].isidentifier() else f"({said[0]})[]"
    if of is tuple:
        return f"[{', '.join(said)}]"
    if of is dict and inner[0] is str:
        return f"Record<string, {said[1]}>"
    raise TypeError(f"{hint!r} does not travel as JSON.")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    TARGET.write_text(declarations())
