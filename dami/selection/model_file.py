"""Writes and reads a model in one file: a zip of `network.safetensors`, `encoder.skops` and `meta.json`.

Nothing in it is a pickle. Reading checks every part: a file from a stranger may be refused, but it never runs code and
never fills the memory.
"""

from __future__ import annotations

import datetime
import json
import zipfile
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dami.errors import DamiError, ModelError
from dami.networks.mlp import MLP
from dami.networks.regions import layers_of
from dami.selection.label_arrays import array_of

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner
    from dami.tables.encoding import Encoder
    from dami.tables.table import Table

FORMAT = 1
NETWORK, ENCODER, META = "network.safetensors", "encoder.skops", "meta.json"
LIMITS = {NETWORK: 256 * 2**20, ENCODER: 512 * 2**20, META: 4 * 2**20}  # bytes, unpacked
KINDS: dict[str, tuple[type, type]] = {  # of a class -> its type, and the type that stands for it in JSON
    "bool": (bool, bool),
    "int": (int, int),
    "float": (float, float),
    "moment": (pd.Timestamp, str),
    "date": (datetime.date, str),
    "str": (str, str),
}


@dataclass
class Model:
    """A trained network with the encoder of its table: predicts rows of a table with the same columns.

    Attributes
    ----------
    encoder : fitted Encoder
    network : fitted MLP
    classes_ : (C,) the classes of the network's outputs, in their order
    meta : dict that came with the file
    """

    encoder: Encoder
    network: MLP
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def classes_(self) -> np.ndarray:
        return self.network.classes_

    @property
    def columns(self) -> list[str]:
        """The columns of a table that the model reads."""
        return list(dict.fromkeys(str(column) for column in self.encoder.columns_of_))

    def predict_proba(self, frame: Table | pd.DataFrame) -> np.ndarray:
        """Return the probabilities, (n, C). A `Table` is read as the table was that the model was trained on.

        Raises
        ------
        TableError
            If the table has no rows or lacks a column that the model was trained on.
        ModelError
            If the encoder contradicts itself. An encoder from a stranger's file may, and only its use shows it.
        """
        try:
            return self.network.predict_proba(self.encoder.transform(frame))
        except DamiError:
            raise
        except Exception as error:  # of skrub, scikit-learn or pandas, whichever meets the contradiction first
            raise ModelError(
                "The model cannot read this table: its parts do not fit each other or the table."
            ) from error

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the likeliest class of every row, (n,)."""
        return self.classes_[self.predict_proba(frame).argmax(axis=1)]


def save_model(
    target: str | Path | IO[bytes], model: Model | ActiveLearner, meta: dict[str, Any] | None = None
) -> None:
    """Write a model file.

    Parameters
    ----------
    target : path, or a file open for writing bytes
    model : Model, or a fitted ActiveLearner
    meta : further data to keep in the file, fit for JSON

    Raises
    ------
    ModelError
        If the learner has no network or encoder yet.
    """
    from safetensors.numpy import save

    model = as_model(model)
    tensors: dict[str, np.ndarray] = {}
    for k, (w, b) in enumerate(model.network.layers_):
        tensors |= {
            f"{k}.weight": np.ascontiguousarray(w, np.float32),
            f"{k}.bias": np.ascontiguousarray(b, np.float32),
        }
    description = {
        **(model.meta | (meta or {})),
        "format": FORMAT,
        "classes": _describe_classes(model.classes_),
        "columns": model.columns,
        "features": len(model.encoder.columns_of_),
        "versions": {name: version(name) for name in ("skrub", "scikit-learn", "numpy", "pandas")},
    }
    parts = {
        NETWORK: save(tensors),
        ENCODER: model.encoder.to_bytes(),
        META: json.dumps(description, indent=1).encode(),
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # A fixed date: the same model is the same file.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    if isinstance(target, str | Path):
        target = Path(target)
        part = target.with_name(target.name + ".part")
        part.write_bytes(buffer.getvalue())
        part.replace(target)
    else:
        target.write(buffer.getvalue())


def load_model(source: str | Path | bytes | IO[bytes]) -> Model:
    """Read a model file.

    Parameters
    ----------
    source : path, the bytes themselves, or a file open for reading bytes

    Raises
    ------
    ModelError
        If the file cannot be read, is no model file, lacks a part, is too large, or its parts do not fit each other.
    """
    parts = _unpack(source)
    meta = _read_meta(parts[META])
    classes = _read_classes(meta)
    layers = _read_layers(parts[NETWORK], len(classes))
    encoder = _read_encoder(parts[ENCODER], meta)
    n_features = len(encoder.columns_of_)
    if n_features != layers[0][0].shape[1]:
        raise ModelError(
            f"The model file does not fit together: its table gives {n_features} features, its network takes "
            f"{layers[0][0].shape[1]}."
        )
    return Model(encoder, MLP.from_layers(layers, array_of(classes)), meta)


def as_model(model: Model | ActiveLearner) -> Model:
    """Return a model itself, or the model of a fitted learner.

    Raises
    ------
    ModelError
        If the learner has no network or encoder yet.
    """
    if isinstance(model, Model):
        return model
    network, encoder = getattr(model, "network_", None), getattr(model, "encoder_", None)
    if network is None:
        raise ModelError("There is no model yet: it takes labels of at least two classes.")
    if encoder is None:
        raise ModelError("The learner was given encoded rows and no encoder, so its model could not read a table.")
    return Model(encoder, network)


def _describe_classes(classes: np.ndarray) -> dict[str, Any]:
    values = classes.tolist()
    kinds = [next(kind for kind, (own, _) in KINDS.items() if isinstance(value, own)) for value in values]
    return {"kinds": kinds, "values": [v.isoformat() if isinstance(v, datetime.date) else v for v in values]}


def _unpack(source: str | Path | bytes | IO[bytes]) -> dict[str, bytes]:
    if isinstance(source, bytes):
        content = source
    elif isinstance(source, str | Path):
        try:
            content = Path(source).read_bytes()
        except OSError as error:
            raise ModelError(f"The model file {source!s} cannot be read: {error.strerror}.") from None
    else:
        content = source.read()
    parts = {}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            for name, limit in LIMITS.items():
                if name not in names:
                    raise ModelError(f"This is no model file of DAMI: it lacks the part {name}.")
                with archive.open(name) as part:
                    # The size in the header may lie: read at most one byte more than is allowed.
                    parts[name] = part.read(limit + 1)
                if len(parts[name]) > limit:
                    raise ModelError(f"The part {name} of the model file is larger than {limit // 2**20} MB.")
    except DamiError:
        raise
    except Exception:  # of zip or of any of its ways to compress
        raise ModelError("This is no model file of DAMI: it is not a readable zip archive.") from None
    return parts


def _read_meta(content: bytes) -> dict[str, Any]:
    try:
        meta = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelError("The part meta.json of the model file is no JSON, or nested too deeply.") from None
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        found = meta.get("format") if isinstance(meta, dict) else None
        shown = str(found)[:40] if isinstance(found, str | int | float | None) else "of another kind"
        raise ModelError(f"The model file has format {shown}, but this version of DAMI reads format {FORMAT}.")
    return meta


def _read_classes(meta: dict[str, Any]) -> list[Any]:
    described = meta.get("classes")
    kinds, values = (described.get("kinds"), described.get("values")) if isinstance(described, dict) else (None, None)
    if not isinstance(kinds, list) or not isinstance(values, list) or len(kinds) != len(values) or len(values) < 2:
        raise ModelError("The model file does not say what its classes are.")
    try:
        return [_read_class(kind, value) for kind, value in zip(kinds, values, strict=True)]
    except (KeyError, TypeError, ValueError):
        raise ModelError("The model file has a class whose value does not fit its kind.") from None


def _read_class(kind: Any, value: Any) -> Any:
    if type(value) is not KINDS[kind][1]:  # KeyError, or TypeError for what is no name
        raise ValueError(kind)
    if kind == "moment":
        return pd.Timestamp(value)
    return datetime.date.fromisoformat(str(value)) if kind == "date" else value


def _read_layers(content: bytes, n_classes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    from safetensors.numpy import load

    try:
        tensors = load(content)
    except Exception:  # SafetensorError, or KeyError and the like for kinds of numbers that NumPy does not have
        raise ModelError("The network in the model file cannot be read.") from None
    n_layers = len(tensors) // 2
    names = {f"{k}.{part}" for k in range(n_layers) for part in ("weight", "bias")}
    if not n_layers or set(tensors) != names or any(t.dtype != np.float32 for t in tensors.values()):
        raise ModelError("The network in the model file has other parts than weights and biases of layers.")
    try:
        layers = layers_of([(tensors[f"{k}.weight"], tensors[f"{k}.bias"]) for k in range(n_layers)])
    except (ValueError, IndexError):
        raise ModelError("The layers of the network in the model file do not fit each other.") from None
    if len(layers[-1][1]) != n_classes:
        raise ModelError(f"The network in the model file has {len(layers[-1][1])} outputs for {n_classes} classes.")
    if not all(np.isfinite(t).all() for t in tensors.values()):
        raise ModelError("The network in the model file holds numbers that are not finite.")
    return layers


def _read_encoder(content: bytes, meta: dict[str, Any]) -> Encoder:
    from dami.tables.encoding import Encoder

    try:
        return Encoder.from_bytes(content)
    except Exception as error:  # skops raises of many kinds, all of which mean: this file is not usable here
        if isinstance(error, ModelError):
            raise
        versions = meta.get("versions")
        made = versions.get("skrub") if isinstance(versions, dict) else None
        raise ModelError(
            f"The encoder in the model file cannot be read. It was made with skrub {made}; "
            f"installed is {version('skrub')}."
        ) from None
