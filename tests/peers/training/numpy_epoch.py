"""Epochs of MNIST by numpy with the OpenBLAS of its wheel: tanh, cross-entropy, Adam; float32, in place wherever
numpy can. `numpy_epoch.py DATA 128-64 BATCH EPOCHS`; the number of threads is OPENBLAS_NUM_THREADS."""

import sys
from pathlib import Path

import numpy as np

from mnist import BETA1, BETA2, EPSILON, LEARNING_RATE, initial, report, rows


class Network:
    def __init__(self, widths: list[int], most_rows: int) -> None:
        self.generator = np.random.default_rng(1)
        start = initial(widths, self.generator)
        # All parameters in one array, and likewise what belongs to them: Adam is a few calls for all.
        self.flat, self.gradient, self.first, self.second, self.scratch, self.root = (
            np.zeros(sum(it.size + it.shape[1] for it in start), np.float32) for _ in range(6)
        )
        self.layers, self.gradients, at = [], [], 0
        for weights in start:
            inputs, outputs = weights.shape
            middle, end = at + inputs * outputs, at + inputs * outputs + outputs
            for flat, views in ((self.flat, self.layers), (self.gradient, self.gradients)):
                views.append((flat[at:middle].reshape(inputs, outputs), flat[middle:end]))
            self.layers[-1][0][...] = weights
            at = end
        self.inputs = np.empty((most_rows, widths[0]), np.float32)
        self.values = [np.empty((most_rows, it), np.float32) for it in widths[1:]]
        self.deltas = [np.empty((most_rows, it), np.float32) for it in widths[1:]]
        self.slopes = [np.empty((most_rows, it), np.float32) for it in widths[1:]]
        self.steps = 0

    def forward(self, inputs: np.ndarray) -> list[np.ndarray]:
        values = []
        for (weights, biases), buffer in zip(self.layers, self.values):
            value = buffer[: len(inputs)]
            np.matmul(inputs, weights, out=value)
            value += biases
            if buffer is not self.values[-1]:
                np.tanh(value, out=value)
            values.append(value)
            inputs = value
        return values

    def batch(self, features: np.ndarray, classes: np.ndarray, chosen: np.ndarray) -> None:
        inputs = self.inputs[: len(chosen)]
        np.take(features, chosen, axis=0, out=inputs, mode="clip")
        values = self.forward(inputs)
        scores, deltas = values[-1], self.deltas[-1][: len(chosen)]
        np.subtract(scores, scores.max(axis=1, keepdims=True), out=deltas)
        np.exp(deltas, out=deltas)
        deltas /= deltas.sum(axis=1, keepdims=True)
        deltas[np.arange(len(chosen)), classes[chosen]] -= 1
        deltas /= np.float32(len(chosen))
        for at in range(len(self.layers) - 1, -1, -1):
            before = values[at - 1] if at else inputs
            weights, biases = self.gradients[at]
            np.matmul(before.T, deltas, out=weights)
            deltas.sum(axis=0, out=biases)
            if at:
                into, slopes = self.deltas[at - 1][: len(chosen)], self.slopes[at - 1][: len(chosen)]
                np.matmul(deltas, self.layers[at][0].T, out=into)
                np.multiply(before, before, out=slopes)
                np.subtract(1, slopes, out=slopes)
                into *= slopes
                deltas = into
        self.step()

    def step(self) -> None:
        self.steps += 1
        gradient, first, second, scratch, root = self.gradient, self.first, self.second, self.scratch, self.root
        np.multiply(gradient, gradient, out=scratch)
        scratch *= np.float32(1 - BETA2)
        second *= np.float32(BETA2)
        second += scratch
        gradient *= np.float32(1 - BETA1)
        first *= np.float32(BETA1)
        first += gradient
        np.multiply(second, np.float32(1 / (1 - BETA2**self.steps)), out=root)
        np.sqrt(root, out=root)
        root += np.float32(EPSILON)
        np.divide(first, root, out=scratch)
        scratch *= np.float32(LEARNING_RATE / (1 - BETA1**self.steps))
        self.flat -= scratch


def main() -> None:
    folder, hidden, batch, epochs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    features, classes, test_features, test_classes = rows(folder)
    network = Network([features.shape[1], *map(int, hidden.split("-")), 10], batch)

    def epoch() -> None:
        order = network.generator.permutation(len(features))
        for at in range(0, len(order), batch):
            network.batch(features, classes, order[at : at + batch])

    def accuracy() -> float:
        values = test_features
        for weights, biases in network.layers[:-1]:
            values = np.tanh(values @ weights + biases)
        weights, biases = network.layers[-1]
        return np.mean((values @ weights + biases).argmax(axis=1) == test_classes)

    report(epoch, accuracy, epochs)


if __name__ == "__main__":
    main()
