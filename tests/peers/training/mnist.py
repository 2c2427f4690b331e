"""MNIST as memloop's trainer has it: float32, scaled by the mean and deviation of all training pixels."""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

LEARNING_RATE = 2e-3
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def idx(folder: Path, name: str) -> np.ndarray:
    plain = folder / name
    raw = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    sizes = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(sizes)


def rows(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features and classes of the training rows, and of the test rows."""
    train, test = (idx(folder, f"{part}-images-idx3-ubyte") for part in ("train", "t10k"))
    train, test = (it.reshape(len(it), -1).astype(np.float32) / np.float32(255) for it in (train, test))
    mean, deviation = train.mean(dtype=np.float64), train.std(dtype=np.float64)
    for features in (train, test):
        features -= np.float32(mean)
        features /= np.float32(deviation)
    classes = [idx(folder, f"{part}-labels-idx1-ubyte").astype(np.int64) for part in ("train", "t10k")]
    return train, classes[0], test, classes[1]


def initial(widths: list[int], generator: np.random.Generator) -> list[np.ndarray]:
    """Weights, inputs × outputs, uniform within √(6 / (inputs + outputs))."""
    limits = [(6 / (a + b)) ** 0.5 for a, b in zip(widths, widths[1:])]
    shapes = zip(widths, widths[1:])
    return [generator.uniform(-it, it, shape).astype(np.float32) for it, shape in zip(limits, shapes)]


def report(epoch, accuracy, epochs: int) -> None:
    """Runs `epoch` once to warm up and then so often; says how long each took, on the wall and in the
    processor, what `accuracy` came of it, and the most memory that the process had."""
    epoch()
    wall, processor = [], []
    for _ in range(epochs):
        begun, busy = time.perf_counter(), time.process_time()
        epoch()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - busy)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    said = {"seconds": wall, "processor_seconds": processor, "accuracy": float(accuracy()), "peak_bytes": peak}
    json.dump(said, sys.stdout)
    print()
