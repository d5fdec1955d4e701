"""Writes a model for other programs: a zip of the network as ONNX, its encoding in JSON, Python code, and a README.

The Python code encodes a table. The graph has the operations of the network: matrix products (Gemm), Relu, and Softmax
at the end, in float32, for any number of rows. Its inputs are the encoded features; `encoding_json` says how they come
from a table.
"""

from __future__ import annotations

import datetime
import json
import zipfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from dami.selection.model_file import Model, as_model

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner

OPSET, IR = 17, 8  # of 2022: read by every runtime since
NETWORK, ENCODING, ENCODER, README = "network.onnx", "encoding.json", "encode.py", "README.txt"
INPUT, LOGITS, PROBABILITIES = "features", "logits", "probabilities"

USE = """\
A network made with DAMI, for any program that reads ONNX.

  network.onnx   features (n, {n_features}) float32 -> probabilities (n, {n_classes}), and the logits before softmax
  encoding.json  how each feature comes from a column of the table, and the names of the classes; the same text is in
                 the metadata of network.onnx under "encoding"
  encode.py      that encoding in Python; it needs numpy and pandas, not DAMI

In this folder, with a table rows.csv that has the columns
{columns}:

    import json, pandas, onnxruntime
    from encode import encode
    encoding = json.load(open("encoding.json", encoding="utf-8"))
    network = onnxruntime.InferenceSession("network.onnx")
    [shares] = network.run(["probabilities"], {{"features": encode(pandas.read_csv("rows.csv"), encoding)}})
    print(pandas.DataFrame(shares, columns=encoding["classes"]))
"""


def onnx_network(model: Model | ActiveLearner, encoding: str | None = None) -> bytes:
    """Return the network as an ONNX model.

    Parameters
    ----------
    encoding : the description of the encoding as JSON, if the caller has it; else it is made

    Returns
    -------
    bytes
        Input ``features`` (n, d) float32; outputs ``probabilities`` and ``logits``, (n, C) float32, classes in the
        order of `classes_`. The metadata hold ``encoding`` (JSON) and ``classes``.

    Raises
    ------
    ModelError
        If the learner has no network or encoder yet.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = as_model(model)
    layers = model.network.layers_
    nodes, weights, flow = [], [], INPUT
    for k, (w, b) in enumerate(layers):
        last = k == len(layers) - 1
        weights += [
            numpy_helper.from_array(np.ascontiguousarray(w, np.float32), f"weight_{k}"),  # (out, in)
            numpy_helper.from_array(np.ascontiguousarray(b, np.float32), f"bias_{k}"),
        ]
        result = LOGITS if last else f"layer_{k}"
        nodes.append(helper.make_node("Gemm", [flow, f"weight_{k}", f"bias_{k}"], [result], transB=1))
        flow = result
        if not last:
            nodes.append(helper.make_node("Relu", [flow], [f"hidden_{k}"]))
            flow = f"hidden_{k}"
    nodes.append(helper.make_node("Softmax", [LOGITS], [PROBABILITIES], axis=1))
    n_classes, n_features = len(layers[-1][1]), layers[0][0].shape[1]
    graph = helper.make_graph(
        nodes,
        "dami",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", n_features])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n_classes]) for name in (PROBABILITIES, LOGITS)],
        weights,
    )
    made = helper.make_model(graph, producer_name="dami", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    encoding = describe(model) if encoding is None else encoding
    helper.set_model_props(made, {"classes": json.dumps(_classes(model)), "encoding": encoding})
    onnx.checker.check_model(made)
    return made.SerializeToString()


def describe(model: Model) -> str:
    """Return the encoding of a model's table, and its classes, as JSON."""
    from dami.tables.encoding_json import describe_encoder

    described = {**describe_encoder(model.encoder), "classes": _classes(model)}
    return json.dumps(described, ensure_ascii=False, indent=1)


def save_onnx(target: str | Path | IO[bytes], model: Model | ActiveLearner) -> None:
    """Write a zip of ``network.onnx``, ``encoding.json``, ``encode.py`` and a ``README.txt`` that says how to use them.

    Parameters
    ----------
    target : path, or a file open for writing bytes
    model : Model, or a fitted ActiveLearner

    Raises
    ------
    ModelError
        If the learner has no network or encoder yet.
    """
    model = as_model(model)
    encoding = describe(model)
    columns = ", ".join(json.loads(encoding)["columns"])
    use = USE.format(
        n_features=len(model.encoder.columns_of_), n_classes=len(model.classes_), columns=" ".join(columns.split())
    )
    parts: dict[str, str | bytes] = {
        NETWORK: onnx_network(model, encoding),
        ENCODING: encoding,
        ENCODER: files("dami.tables").joinpath("standalone_encoder.py").read_text(encoding="utf-8"),
        README: use,
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    if isinstance(target, str | Path):
        Path(target).write_bytes(buffer.getvalue())
    else:
        target.write(buffer.getvalue())


def _classes(model: Model) -> list[Any]:
    return [str(label) if isinstance(label, datetime.date) else label for label in model.classes_.tolist()]
