"""Stores the arrays of a trained network for the pages, in files beside the database; all of them are caches."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dami.errors import DamiError
from dami.store import files

Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Artifacts:
    """The arrays of one model, memory-mapped; missing ones are None.

    Rows that were appended to the table after the model's training hold NaN, -1 (whole numbers) or False.

    Attributes
    ----------
    probabilities : (n_rows, n_classes) float32, columns in the order of the summary's ``classes``
    contributions : (n_rows, n_columns) float32, columns in the order of the summary's ``columns``
    distances, nearest : (n_rows,), distance to the nearest center by representation, and the row of that center
    regions : (n_rows,) int32, equal where two rows share a linear region
    changed : (n_rows,) bool, whether the prediction differs from that of the network before
    rival_probabilities : as `probabilities`, by what may predict in place of the network, once they were compared
    """

    folder: Path
    n_rows: int | None = None

    def _array(self, name: str) -> np.ndarray | None:
        try:
            array = files.read_array(self.folder / f"{name}.npy")
        except (OSError, ValueError, DamiError):
            return None
        missing = (self.n_rows or 0) - len(array)
        if missing <= 0:
            return array
        unknown = np.nan if array.dtype.kind == "f" else False if array.dtype.kind == "b" else -1
        return np.concatenate([array, np.full((missing, *array.shape[1:]), unknown, array.dtype)])

    @property
    def probabilities(self) -> np.ndarray | None:
        return self._array("probabilities")

    @property
    def contributions(self) -> np.ndarray | None:
        return self._array("contributions")

    @property
    def distances(self) -> np.ndarray | None:
        return self._array("distances")

    @property
    def nearest(self) -> np.ndarray | None:
        return self._array("nearest")

    @property
    def regions(self) -> np.ndarray | None:
        return self._array("regions")

    @property
    def changed(self) -> np.ndarray | None:
        return self._array("changed")

    @property
    def rival_probabilities(self) -> np.ndarray | None:
        return self._array("rival_probabilities")

    @property
    def layers(self) -> Layers | None:
        """Weights (out, in) and bias (out,) of every layer; None for the cold start, or if the file is damaged."""
        try:
            tensors = load((self.folder / "network.safetensors").read_bytes())
        except (OSError, SafetensorError):
            return None
        return [(tensors[f"weight_{k}"], tensors[f"bias_{k}"]) for k in range(len(tensors) // 2)]

    def write_network(self, layers: Layers) -> None:
        tensors = {}
        for k, (weight, bias) in enumerate(layers):
            tensors[f"weight_{k}"] = np.ascontiguousarray(weight)
            tensors[f"bias_{k}"] = np.ascontiguousarray(bias)
        files.write_atomic(self.folder / "network.safetensors", save(tensors))

    def write(self, **arrays: np.ndarray) -> None:
        for name, array in arrays.items():
            files.write_array(self.folder / f"{name}.npy", array)


def artifacts(project_id: str, number: int, n_rows: int | None = None) -> Artifacts:
    """Return the arrays of a model, extended to `n_rows` rows if that is given."""
    return Artifacts(files.model_dir(project_id, number), n_rows)
