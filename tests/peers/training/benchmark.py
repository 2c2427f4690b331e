"""Seconds for an epoch of MNIST: memloop with a table, PyTorch and numpy with tanh, on the same cores in turns.

An epoch is the same for all: 60 000 rows of float32 are shuffled, gathered in mini-batches, passed forward and
back, and every weight is moved by Adam. Ways take turns, several rounds of them, so that a busy moment of the
machine meets all alike; every process warms up for an epoch, and what is printed are medians over all epochs of all
rounds, their least, and ratios: each of one round, the median of the rounds. Only ratios mean anything. On a machine
that has other things to do, the processor's seconds of ways with one thread say more than those on the wall; threads
that spin while they wait for each other may take very long there, so a process that takes longer than `--patience`
is given up, and said so.
A second table has how memloop's time grows with width and batch. The exit code is 1 when something promised is
missed.

memloop trains with one thread, whatever it is allowed; both rows are measured all the same.

    tests/peers/training/run                                  # three rounds of five epochs
    tests/peers/training/run --rounds 9 --json figures.json
    tests/peers/training/run --data DIR                       # the four files of MNIST, gzipped or not
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NEEDED = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]

HIDDEN, BATCHES, THREADS = "128-64", [64, 128], [1, 2]
WIDTHS = ["64-32", "128-64", "256-128", "512-256"]
SIZES = [16, 32, 64, 128, 256, 512]
# memloop's seconds over those of the best of a peer's ways.
PROMISED = {"torch": 0.5, "numpy": 1.0}
PROMISED_MEGABYTES = 600
# Two medians of the same thing differ by so much on a quiet machine.
SAME = 1.05


def command(arguments, way: str, hidden: str, batch: int, threads: int, epochs: int) -> list[str]:
    data = str(arguments.data.resolve())
    shared = [data, hidden, str(batch), str(epochs)]
    name, _, adam = way.partition(" ")
    match name:
        case "memloop":
            return [str(arguments.epoch), *shared]
        case "numpy":
            return [str(arguments.python), str(HERE / "numpy_epoch.py"), *shared]
        case _:
            return [str(arguments.python), str(HERE / "torch_epoch.py"), *shared, str(threads), adam]


def measure(arguments, epochs: int, way: str, hidden: str, batch: int, threads: int) -> dict | None:
    """What a process says of its epochs; nothing if it took too long."""
    asked = command(arguments, way, hidden, batch, threads, epochs)
    limits = {name: str(threads) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS")}
    try:
        done = subprocess.run(
            asked, capture_output=True, text=True, check=False, env=os.environ | limits, timeout=arguments.patience
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        sys.exit(f"{' '.join(asked)}: {done.stderr}")
    return json.loads(done.stdout)


class Figures:
    """Of every (way, hidden, batch, threads), all its epochs."""

    def __init__(self) -> None:
        self.runs: dict[tuple, list[dict]] = {}

    def note(self, key: tuple, run: dict | None) -> None:
        self.runs.setdefault(key, []).append(run)

    def given_up(self) -> list[tuple]:
        """What took too long in every round."""
        return [key for key, runs in self.runs.items() if not any(runs)]

    def measured(self) -> list[tuple]:
        return [key for key, runs in self.runs.items() if any(runs)]

    def ended(self, key: tuple) -> list[dict]:
        return [run for run in self.runs[key] if run]

    def all(self, key: tuple, what: str) -> list[float]:
        return [it for run in self.ended(key) for it in run[what]]

    def median(self, key: tuple) -> float:
        return statistics.median(self.all(key, "seconds"))

    def megabytes(self, key: tuple) -> float:
        return max(run["peak_bytes"] for run in self.ended(key)) / 1e6

    def row(self, key: tuple) -> dict:
        seconds, processor = self.all(key, "seconds"), self.all(key, "processor_seconds")
        way, hidden, batch, threads = key
        return {
            "way": way,
            "hidden": hidden,
            "batch": batch,
            "threads": threads,
            "median_seconds": statistics.median(seconds),
            "least_seconds": min(seconds),
            "median_processor_seconds": statistics.median(processor),
            "peak_megabytes": self.megabytes(key),
            "accuracy": statistics.median(run["accuracy"] for run in self.ended(key)),
            "seconds": seconds,
        }


def take_turns(arguments, keys: list[tuple], rounds: int, epochs: int, what: str) -> Figures:
    figures = Figures()
    for turn in range(rounds):
        # Who follows whom changes from round to round.
        for key in keys if turn % 2 == 0 else reversed(keys):
            figures.note(key, measure(arguments, epochs, *key))
        print(f"{what}: round {turn + 1} of {rounds}", file=sys.stderr)
    return figures


def ratio(figures: Figures, key: tuple, peer: str) -> float | None:
    """A way's seconds over those of the best of a peer's ways at the same batch, each pair of one round: the
    median of the rounds in which both ended."""
    peers = [it for it in figures.runs if it[0].split()[0] == peer and it[2] == key[2]]
    ratios = []
    for turn, run in enumerate(figures.runs[key]):
        ended = [figures.runs[it][turn] for it in peers if figures.runs[it][turn]]
        if run and ended:
            best = min(statistics.median(it["seconds"]) for it in ended)
            ratios.append(statistics.median(run["seconds"]) / best)
    return statistics.median(ratios) if ratios else None


def misses(figures: Figures, growth: Figures) -> list[str]:
    """What was promised and is not so."""
    found = [f"{key[0]}, {key[1]}, batch {key[2]}: took too long" for key in growth.given_up()]
    for batch in BATCHES:
        keys = [("memloop", HIDDEN, batch, threads) for threads in THREADS]
        if set(keys) & set(figures.given_up()):
            found.append(f"batch {batch}: memloop took too long")
            continue
        one, two = map(figures.median, keys)
        busy = [statistics.median(figures.all(key, "processor_seconds")) for key in keys]
        # A busy moment of the machine shows on the wall alone.
        if two > SAME * one and busy[1] > SAME * busy[0]:
            found.append(f"batch {batch}: two threads take {two / one:.2f} of one")
        for peer, promised in PROMISED.items():
            ratios = [it for it in (ratio(figures, key, peer) for key in keys) if it is not None]
            if ratios and min(ratios) > promised:
                found.append(f"batch {batch}: {min(ratios):.2f} of {peer}, promised {promised:g}")
    for every in (figures, growth):
        for key in every.measured():
            if key[0] == "memloop" and every.megabytes(key) > PROMISED_MEGABYTES:
                found.append(f"{key[1]}, batch {key[2]}: {every.megabytes(key):.0f} MB of {PROMISED_MEGABYTES}")
    return found


def show(figures: Figures) -> None:
    for batch in BATCHES:
        print(f"\n784-{HIDDEN}-10, batch {batch}, seconds for an epoch")
        head = f"{'way':16} {'threads':>7} {'median':>8} {'least':>8} {'processor':>9}"
        print(f"{head} {'of torch':>8} {'of numpy':>8} {'accuracy':>8} {'peak MB':>8}")
        for key in figures.runs:
            if key[2] != batch:
                continue
            if key in figures.given_up():
                print(f"{key[0]:16} {key[3]:7} given up in every round")
                continue
            row = figures.row(key)
            ratios = ""
            for peer in PROMISED:
                of_peer = ratio(figures, key, peer)
                ratios += f" {of_peer:8.2f}" if of_peer is not None else f" {'':8}"
            times = f"{row['median_seconds']:8.3f} {row['least_seconds']:8.3f} {row['median_processor_seconds']:9.3f}"
            print(f"{key[0]:16} {key[3]:7} {times}{ratios} {row['accuracy']:8.4f} {row['peak_megabytes']:8.0f}")


def show_growth(growth: Figures) -> None:
    print("\nmemloop, one thread, median seconds for an epoch (peak MB), by hidden layers and batch")
    print(f"{'':10}" + "".join(f"{batch:>14}" for batch in SIZES))
    for hidden in WIDTHS:
        cells = ""
        for batch in SIZES:
            key = ("memloop", hidden, batch, 1)
            cells += f"{'given up':>14}" if key in growth.given_up() else f"{growth.median(key):8.3f} ({growth.megabytes(key):3.0f})"
        print(f"{hidden:10}{cells}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epoch", type=Path, help="the built example `epoch`")
    parser.add_argument("--python", type=Path, help="the Python that has torch and numpy")
    parser.add_argument("--data", type=Path, default=ROOT / "experiments" / "mnist", help="the four files of MNIST")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5, help="timed in each round")
    parser.add_argument("--patience", type=float, default=120, help="seconds, for a process")
    parser.add_argument("--growth-epochs", type=int, default=3, help="for the table of widths and batches; 0: none")
    parser.add_argument("--json", type=Path, help="write every figure there")
    parser.add_argument("--check", action="store_true", help="only say whether there is a data set")
    arguments = parser.parse_args()
    absent = [it for it in NEEDED if not any((arguments.data / f"{it}{end}").exists() for end in ("", ".gz"))]
    if absent:
        print(f"skipped: no {absent[0]} in {arguments.data} (`memloop data fetch mnist`, or --data DIR)")
        return 3 if arguments.check else 0
    if arguments.check:
        return 0

    ways = ["memloop"]
    for package, of_package in (("numpy", ["numpy"]), ("torch", ["torch default", "torch fused"])):
        asked = [str(arguments.python), "-c", f"import {package}"]
        if arguments.python.exists() and subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            ways += of_package
        else:
            print(f"skipped: {package}, which is not installed")
    keys = [(way, HIDDEN, batch, threads) for batch in BATCHES for way in ways for threads in THREADS]
    figures = take_turns(arguments, keys, arguments.rounds, arguments.epochs, "peers")
    growth = Figures()
    if arguments.growth_epochs:
        keys = [("memloop", hidden, batch, 1) for hidden in WIDTHS for batch in SIZES]
        growth = take_turns(arguments, keys, 1, arguments.growth_epochs, "growth")
    show(figures)
    if growth.runs:
        show_growth(growth)
    missed = misses(figures, growth)
    for miss in missed:
        print(f"missed: {miss}")
    if arguments.json:
        rows = {name: [of.row(key) for key in of.measured()] for name, of in (("peers", figures), ("growth", growth))}
        arguments.json.write_text(json.dumps(rows | {"missed": missed}, indent=2) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
