import datetime
import functools
import io
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from dami.errors import DamiError, ModelError, TableError
from dami.networks.mlp import MLP
from dami.selection import model_file
from dami.selection.label_arrays import array_of
from dami.selection.learner import ActiveLearner
from dami.selection.model_file import Model, load_model, save_model
from dami.tables import encoder_file


def table(n=80):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=n).round(3), "color": rng.choice(["red", "green", "blue"], n)})
    frame.loc[2, "size"] = np.nan
    return frame, np.where(frame["size"].fillna(0) > 0, "yes", "no")


@pytest.fixture(scope="module")
def learner():
    frame, labels = table()
    return ActiveLearner(random_state=0).fit(frame, labels)


@pytest.fixture(scope="module")
def saved(learner):
    buffer = io.BytesIO()
    save_model(buffer, learner, {"target": "answer"})
    return buffer.getvalue()


def changed(saved, name, content=None):
    """The file with one part replaced, or left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
            elif content is not None:
                new.writestr(part, content(old.read(part)) if callable(content) else content)
    return buffer.getvalue()


def test_predicts_as_before(learner, saved, tmp_path):
    frame, _ = table()
    frame = pd.concat([frame, pd.DataFrame({"size": [None, 1e9], "color": ["never seen", None]})], ignore_index=True)
    path = tmp_path / "model.dami"
    save_model(path, learner)
    for source in (saved, io.BytesIO(saved), path, str(path)):
        model = load_model(source)
        assert np.array_equal(model.predict_proba(frame), learner.predict_proba(frame))
        assert np.array_equal(model.predict(frame), learner.predict(frame))
    assert load_model(saved).meta["target"] == "answer"
    assert load_model(saved).classes_.tolist() == ["no", "yes"]
    assert [p.name for p in tmp_path.iterdir()] == ["model.dami"]


def test_parts_and_what_they_say(saved):
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert sorted(archive.namelist()) == ["encoder.skops", "meta.json", "network.safetensors"]
        meta = json.loads(archive.read("meta.json"))
    assert meta["columns"] == ["size", "color"] and set(meta["versions"]) >= {"skrub", "scikit-learn"}


@pytest.mark.parametrize(
    "classes",
    [["a", "b"], [3, 7], [0.0, 1.0], [False, True], [1, "b"], [pd.Timestamp("2024-01-31"), datetime.date(2024, 2, 1)]],
)
def test_classes_keep_their_type(learner, classes):
    values = array_of(classes)
    network = MLP.from_layers(learner.network_.layers_, values)
    buffer = io.BytesIO()
    save_model(buffer, Model(learner.encoder_, network))
    restored = load_model(buffer.getvalue()).classes_.tolist()
    assert restored == classes and [type(v) for v in restored] == [type(v) for v in classes]


def test_a_learner_without_a_model_cannot_be_saved():
    frame, labels = table()
    with pytest.raises(ModelError, match="two classes"):
        save_model(io.BytesIO(), ActiveLearner().fit(frame))
    with pytest.raises(ModelError, match="no encoder"):
        save_model(io.BytesIO(), ActiveLearner().fit_encoded(np.random.default_rng(0).normal(size=(80, 2)), labels))


def test_a_table_that_does_not_fit_is_told(saved):
    frame, _ = table()
    with pytest.raises(TableError, match="color"):
        load_model(saved).predict(frame[["size"]])
    with pytest.raises(TableError, match="no rows"):
        load_model(saved).predict(frame.iloc[:0])


def test_files_that_are_no_models(tmp_path, saved):
    for content in (b"", b"\x89PNG....", pickle.dumps({"a": 1}), saved[:200], saved[: len(saved) // 2]):
        with pytest.raises(ModelError, match="no model file"):
            load_model(content)
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "absent.dami")
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path)


def with_meta(**values):
    return lambda content: json.dumps(json.loads(content) | values)


def network(*shapes, fill=0.5):
    from safetensors.numpy import save

    tensors = {}
    for k, (o, i) in enumerate(shapes):
        tensors |= {f"{k}.weight": np.full((o, i), fill, np.float32), f"{k}.bias": np.zeros(o, np.float32)}
    return save(tensors)


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("network.safetensors", None, "lacks the part network.safetensors"),
        ("encoder.skops", None, "lacks the part encoder.skops"),
        ("meta.json", None, "lacks the part meta.json"),
        ("meta.json", b"{", "no JSON"),
        ("meta.json", b"[1]", "format None"),
        ("meta.json", b'{"a":' * 100_000, "nested too deeply"),
        ("meta.json", b'{"format": ' + b"[" * 900 + b"]" * 900 + b"}", "format of another kind"),
        ("meta.json", with_meta(format=99), "format 99"),
        ("meta.json", with_meta(classes=None), "what its classes are"),
        ("meta.json", with_meta(classes={"kinds": ["str"], "values": ["a"]}), "what its classes are"),
        ("meta.json", with_meta(classes={"kinds": ["int", "int"], "values": [1, "b"]}), "does not fit its kind"),
        ("meta.json", with_meta(classes={"kinds": ["str"] * 3, "values": ["a", "b", "c"]}), "2 outputs for 3 classes"),
        ("network.safetensors", b"garbage", "cannot be read"),
        ("network.safetensors", pickle.dumps([1]), "cannot be read"),
        ("network.safetensors", network((2, 3), (2, 5)), "do not fit each other"),
        ("network.safetensors", network((2, 99)), "takes 99"),
        ("network.safetensors", network((2, 4), fill=np.nan), "not finite"),
        ("encoder.skops", b"garbage", "(?i)encoder"),
        ("encoder.skops", pickle.dumps([1]), "(?i)encoder"),
    ],
)
def test_parts_that_are_wrong_are_told(saved, part, content, words):
    with pytest.raises(ModelError, match=words):
        load_model(changed(saved, part, content))


@functools.cache
def parts_of(data):
    return skops.io.loads(data, trusted=sorted(encoder_file.TRUSTED))


def with_encoder(change):
    """A function that changes the content of encoder.skops, as a stranger could with skops alone."""

    def rewrite(data):
        content = {**parts_of(data), "state": dict(parts_of(data)["state"])}
        change(content)
        with pytest.MonkeyPatch.context() as patch:  # indented, as skops wants it, JSON is written ten times as slowly
            patch.setattr(json, "dumps", lambda value, **_: json.JSONEncoder().encode(value))
            return skops.io.dumps(content)

    return rewrite


WRONG = [[], 3, ["a", 3], {"a": 3}]


@pytest.mark.parametrize("place", ["params", "state"])
@pytest.mark.parametrize("value", [{}, [], None, 3, {"transform": "not ours"}])
def test_encoders_with_other_parts_are_refused(saved, place, value):
    with pytest.raises(ModelError, match="other parts"):
        load_model(changed(saved, "encoder.skops", with_encoder(lambda content: content.update({place: value}))))


@pytest.mark.parametrize("key", sorted(encoder_file.STATE))
def test_encoders_whose_parts_are_wrong_end_in_words(saved, key):
    frame, _ = table()
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        content = parts_of(archive.read("encoder.skops"))
    for value in WRONG:
        with pytest.MonkeyPatch.context() as patch:  # skops reads for a long time
            wrong = {**content, "state": {**content["state"], key: value}}
            patch.setattr(skops.io, "loads", lambda data, trusted, wrong=wrong: wrong)
            try:  # what fits by its kind shows at the first table, or does no harm
                assert len(load_model(saved).predict(frame)) == len(frame)
            except DamiError:
                continue
    without = changed(saved, "encoder.skops", with_encoder(lambda c: c["state"].pop(key)))
    if key in ("kinds_", "readings_", "places_", "words_", "codes_", "yes_no_"):  # files from before these were kept
        assert not getattr(load_model(without).encoder, key)
    else:
        with pytest.raises(ModelError):
            load_model(without)


def test_a_contradiction_that_shows_at_the_first_table_is_a_model_error(saved):
    frame, _ = table()
    for change in (
        lambda state: state.update(kept_=state["kept_"] + 99),
        lambda state: state.update(scaler_=StandardScaler()),
        lambda state: state.update(imputer_=SimpleImputer()),
    ):
        odd = changed(saved, "encoder.skops", with_encoder(lambda content, change=change: change(content["state"])))
        with pytest.raises(ModelError, match="do not fit"):
            load_model(odd).predict(frame)


def test_a_damaged_archive_is_no_model_file(saved):
    for place in range(60, len(saved), len(saved) // 50):
        damaged = saved[:place] + b"\xff" * 8 + saved[place + 8 :]
        try:
            load_model(damaged)
        except ModelError:
            continue


def test_a_part_that_unpacks_to_too_much_is_refused(saved, monkeypatch):
    monkeypatch.setitem(model_file.LIMITS, "meta.json", 1000)
    bomb = changed(saved, "meta.json", b" " * 10**6)
    assert len(bomb) < len(saved) + 2000
    with pytest.raises(ModelError, match="larger than"):
        load_model(bomb)
