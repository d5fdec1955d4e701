"""The network in another runtime: the same probabilities; and the zip's own README, run where DAMI is not."""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import dami
from dami.errors import ModelError
from dami.networks.mlp import MLP
from dami.selection.learner import ActiveLearner
from dami.selection.model_file import Model
from dami.selection.onnx_file import onnx_network, save_onnx
from dami.tables.demos import DEMOS, FOLDER, load_demo
from dami.tables.encoding import Encoder


def learner_of(name: str) -> tuple[ActiveLearner, "dami.Encoder"]:
    frame = load_demo(name)
    labels = frame.pop(DEMOS[name].target)
    return ActiveLearner(random_state=0).fit(frame, labels.where(frame.index % 5 == 0)), frame


def session(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("name", DEMOS)
def test_onnxruntime_gives_the_same_probabilities(name: str, few_steps: None):
    learner, frame = learner_of(name)
    content = onnx_network(learner)
    features = learner.encoder_.transform(frame)
    shares, logits = session(content).run(["probabilities", "logits"], {"features": features})
    assert shares.dtype == np.float32 and shares.shape == (len(frame), len(learner.classes_))
    np.testing.assert_allclose(shares, learner.predict_proba(frame), atol=1e-5)
    np.testing.assert_allclose(logits, learner.network_.logits(features), rtol=1e-4, atol=1e-4)
    [one] = session(content).run(["probabilities"], {"features": features[:1]})
    np.testing.assert_allclose(one, shares[:1], atol=1e-6)
    made = onnx.load_from_string(content)
    assert [node.op_type for node in made.graph.node] == ["Gemm", "Relu", "Gemm", "Relu", "Gemm", "Softmax"]
    told = {entry.key: json.loads(entry.value) for entry in made.metadata_props}
    assert told["classes"] == told["encoding"]["classes"] == learner.classes_.tolist()
    assert [f["name"] for f in told["encoding"]["features"]] == learner.encoder_.feature_names_out_.tolist()


def test_a_network_without_hidden_layers_and_rows_far_away():
    rng = np.random.default_rng(0)
    frame = load_demo("wine").drop(columns=DEMOS["wine"].target)
    encoder = Encoder().fit(frame)
    network = MLP.from_layers([(rng.normal(size=(4, 13)).astype("f4"), np.zeros(4, "f4"))], list("abcd"))
    content = onnx_network(Model(encoder, network))
    X = (1000 * rng.normal(size=(50, 13))).astype(np.float32)  # as far as the encoder lets values lie
    [shares] = session(content).run(["probabilities"], {"features": X})
    assert np.isfinite(shares).all()
    np.testing.assert_allclose(shares, network.predict_proba(X), atol=1e-5)


def test_without_a_network_there_is_nothing_to_write(tmp_path: Path):
    frame = load_demo("penguins").drop(columns="label")
    with pytest.raises(ModelError, match="two classes"):
        dami.save_onnx(tmp_path / "network.zip", ActiveLearner().fit(frame))


def test_the_readme_of_the_zip_does_what_it_says_without_dami(tmp_path: Path, few_steps: None):
    learner, frame = learner_of("titanic")
    save_onnx(tmp_path / "titanic.onnx.zip", learner)
    again = io.BytesIO()
    save_onnx(again, learner)
    assert again.getvalue() == (tmp_path / "titanic.onnx.zip").read_bytes()
    with zipfile.ZipFile(again) as archive:
        assert archive.namelist() == ["network.onnx", "encoding.json", "encode.py", "README.txt"]
        archive.extractall(tmp_path)
    (tmp_path / "rows.csv").write_bytes((FOLDER / "titanic.csv").read_bytes())
    code = "\n".join(re.findall(r"(?m)^    (\S.*)$", (tmp_path / "README.txt").read_text()))
    assert code.count("\n") == 5  # six lines
    code += '\nimport sys, numpy\nassert "dami" not in sys.modules\nnumpy.save("shares.npy", shares)\n'
    (tmp_path / "use.py").write_text(code)
    # From that folder, and without the folder of this checkout on the path.
    done = subprocess.run(
        [sys.executable, "use.py"], cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert all(str(name) in done.stdout for name in learner.classes_)
    np.testing.assert_allclose(np.load(tmp_path / "shares.npy"), learner.predict_proba(frame), atol=1e-5)
