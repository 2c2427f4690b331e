"""Epochs of MNIST by PyTorch: tanh, cross-entropy, Adam; float32, rows gathered from one tensor rather than by a
DataLoader, which is slower. `torch_epoch.py DATA 128-64 BATCH EPOCHS THREADS ADAM`, where ADAM is `default` or
`fused`."""

import sys
from pathlib import Path

import torch
from mnist import BETA1, BETA2, EPSILON, LEARNING_RATE, report, rows
from torch import nn


def main() -> None:
    folder, hidden, batch, epochs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(int(sys.argv[5]))
    torch.manual_seed(1)
    features, classes, test_features, test_classes = map(torch.from_numpy, rows(folder))
    widths = [features.shape[1], *map(int, hidden.split("-")), 10]
    layers: list[nn.Module] = []
    for inputs, outputs in zip(widths, widths[1:]):
        layer = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.Tanh()]
    network = nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(
        network.parameters(), lr=LEARNING_RATE, betas=(BETA1, BETA2), eps=EPSILON, fused=sys.argv[6] == "fused"
    )
    loss = nn.CrossEntropyLoss()

    def epoch() -> None:
        order = torch.randperm(len(features))
        for chosen in order.split(batch):
            adam.zero_grad(set_to_none=True)
            loss(network(features[chosen]), classes[chosen]).backward()
            adam.step()

    @torch.no_grad()
    def accuracy() -> float:
        return (network(test_features).argmax(dim=1) == test_classes).double().mean().item()

    report(epoch, accuracy, epochs)


if __name__ == "__main__":
    main()
