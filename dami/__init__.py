"""DAMI: deep active learning by model interpretability, for tables.

A name is imported when it is first used (PEP 562), so ``import dami`` loads neither torch nor umap nor skrub.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dami.errors import Cancelled, DamiError, ModelError, ProjectError, TableError

if TYPE_CHECKING:
    from dami.networks.geometry import RegionPolygon, region_polygons
    from dami.networks.mlp import MLP
    from dami.networks.regions import LinearRegions, linear_regions
    from dami.selection.k_center import KCenter, k_center
    from dami.selection.learner import ActiveLearner
    from dami.selection.model_file import Model, load_model, save_model
    from dami.selection.onnx_file import save_onnx
    from dami.selection.strategies import STRATEGIES, Explanation, Pool, QueryStrategy, Selection
    from dami.studies.record_frame import Records
    from dami.studies.simulation import simulate
    from dami.tables.encoding import Encoder
    from dami.tables.read_options import ReadOptions
    from dami.tables.reading import open_table, read_table
    from dami.tables.table import Table
    from dami.views.projection import project_map

__version__ = "0.1.0"

_HOMES = {
    "open_table": "dami.tables.reading",
    "read_table": "dami.tables.reading",
    "ReadOptions": "dami.tables.read_options",
    "Table": "dami.tables.table",
    "Encoder": "dami.tables.encoding",
    "MLP": "dami.networks.mlp",
    "LinearRegions": "dami.networks.regions",
    "linear_regions": "dami.networks.regions",
    "RegionPolygon": "dami.networks.geometry",
    "region_polygons": "dami.networks.geometry",
    "KCenter": "dami.selection.k_center",
    "k_center": "dami.selection.k_center",
    "ActiveLearner": "dami.selection.learner",
    "STRATEGIES": "dami.selection.strategies",
    "Explanation": "dami.selection.strategies",
    "Pool": "dami.selection.strategies",
    "QueryStrategy": "dami.selection.strategies",
    "Selection": "dami.selection.strategies",
    "Model": "dami.selection.model_file",
    "load_model": "dami.selection.model_file",
    "save_model": "dami.selection.model_file",
    "save_onnx": "dami.selection.onnx_file",
    "project_map": "dami.views.projection",
    "Records": "dami.studies.record_frame",
    "simulate": "dami.studies.simulation",
}

__all__ = [
    "MLP",
    "STRATEGIES",
    "ActiveLearner",
    "Cancelled",
    "DamiError",
    "Encoder",
    "Explanation",
    "KCenter",
    "LinearRegions",
    "Model",
    "ModelError",
    "Pool",
    "ProjectError",
    "QueryStrategy",
    "ReadOptions",
    "Records",
    "RegionPolygon",
    "Selection",
    "Table",
    "TableError",
    "__version__",
    "k_center",
    "linear_regions",
    "load_model",
    "open_table",
    "project_map",
    "read_table",
    "region_polygons",
    "save_model",
    "save_onnx",
    "simulate",
]


if not TYPE_CHECKING:  # a type checker knows all names from above, and says which one is misspelt

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'dami' has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value  # next time, Python finds the name without this function
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
