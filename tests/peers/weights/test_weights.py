"""Networks that memloop wrote are read by numpy and safetensors, and networks that they wrote by memloop."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import msgpack
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

ROOT = Path(__file__).parents[3]


def memloop(folder, *arguments):
    done = subprocess.run(
        [os.environ["MEMLOOP"], *arguments, "--quiet"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a campaign whose run 1 is a training of iris, five epochs long."""
    folder = tmp_path_factory.mktemp("weights")
    text = (ROOT / "experiments/iris.toml").read_text()
    assert "epochs = 50" in text
    (folder / "iris.toml").write_text(text.replace("epochs = 50", "epochs = 5"))
    (folder / "iris.csv").write_bytes((ROOT / "experiments/iris.csv").read_bytes())
    memloop(folder, "train", "iris.toml")
    return folder


@pytest.fixture(scope="module")
def stored(trained):
    """What the campaign has of fold 2 of the measured arm."""
    campaign = sqlite3.connect(trained / "memloop-data/campaign.sqlite")
    sql = "SELECT state FROM folds WHERE run = 1 AND arm = 'measured' AND fold = 2"
    return msgpack.unpackb(campaign.execute(sql).fetchone()[0])


def array(stored, dtype):
    return np.array(stored["data"], dtype).reshape(stored["dim"])


def expected(stored):
    """The tensors by name, as docs/training.md lists them."""
    tensors = {}
    for number, layer in enumerate(stored["network"]["layers"]):
        tensors[f"{2 * number}.weight"] = array(layer["weights"], np.float32).T
        tensors[f"{2 * number}.bias"] = array(layer["biases"], np.float32)
    tensors["input.offset"] = array(stored["scale"]["mean"], np.float64)
    tensors["input.divisor"] = array(stored["scale"]["sd"], np.float64)
    return tensors


def export(folder, name):
    memloop(folder, "weights", "export", "1", "--fold", "2", "--to", name)
    return folder / name


def same(found, wanted):
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    assert found.tobytes() == np.ascontiguousarray(wanted).tobytes()


def test_safetensors_has_every_bit_and_the_facts(trained, stored):
    path = export(trained, "out.safetensors")
    found, wanted = load_file(path), expected(stored)
    assert found.keys() == wanted.keys()
    for name in wanted:
        same(found[name], wanted[name])
    with safe_open(path, "numpy") as file:
        facts = file.metadata()
    assert json.loads(facts["layer_sizes"]) == [4, 2, 3]
    assert json.loads(facts["class_names"]) == ["setosa", "versicolor", "virginica"]


def test_npz_has_every_bit_and_the_facts(trained, stored):
    found, wanted = np.load(export(trained, "out.npz"), allow_pickle=False), expected(stored)
    for name in wanted:
        same(found[name], wanted[name])
    facts = json.loads(found["facts_json"].tobytes())
    assert facts["layer_sizes"] == [4, 2, 3]
    assert facts["test_accuracy"] == stored["test_accuracy"]


@pytest.mark.parametrize("name", ["in.safetensors", "in.npz"])
def test_a_network_that_python_wrote_is_what_a_training_begins_with(trained, name):
    rng = np.random.default_rng(1)
    tensors = {
        "0.weight": rng.normal(size=(2, 4)).astype(np.float32),
        "0.bias": rng.normal(size=2).astype(np.float32),
        "2.weight": rng.normal(size=(3, 2)).astype(np.float32),
        "2.bias": rng.normal(size=3).astype(np.float32),
        "input.offset": np.array([5.8, 3.1, 3.8, 1.2]),
        "input.divisor": np.array([0.8, 0.4, 1.8, 0.8]),
    }
    path = trained / name
    if name.endswith(".npz"):
        np.savez(path, **tensors)
    else:
        save_file(tensors, path)
    # One step of next to nothing: what is stored afterwards is what it began with.
    text = (trained / "iris.toml").read_text()
    text = text.replace("epochs = 5", "epochs = 1").replace("learning_rate = 0.1", "learning_rate = 1e-30")
    (trained / "still.toml").write_text(text)
    campaign = f"{name}.sqlite"
    memloop(trained, "train", "still.toml", "--start", name, "--campaign", campaign)
    sql = "SELECT state FROM folds WHERE arm = 'measured' AND fold = 0"
    fold = msgpack.unpackb(sqlite3.connect(trained / campaign).execute(sql).fetchone()[0])
    for tensor, found in expected(fold).items():
        same(found, tensors[tensor])
