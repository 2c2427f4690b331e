"""Readings per second into a QCoDeS data set: batches of 2500 readings of eight columns, each batch on disk.

QCoDeS is used as its documentation says for data that come as arrays: array parameters, `add_result` once a
batch, then `flush_data_to_database(block=True)`. A batch is then one row of its table, holding one blob a
column: fewer rows than memloop's, which can ask SQLite for a single reading.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from qcodes.dataset import (
    Measurement,
    connect,
    initialise_or_create_database_at,
    load_or_create_experiment,
)

BATCH = 2500
COLUMNS = [
    "instrument", "position", "level_volts", "current_amperes", "in_compliance", "overflow",
    "instrument_seconds", "status",
]  # fmt: skip


def durability(path: Path) -> str:
    connection = connect(path)
    ask = lambda what: connection.execute(f"PRAGMA {what}").fetchone()[0]  # noqa: E731
    found = f"journal_mode = {ask('journal_mode')}, synchronous = {ask('synchronous')}"
    connection.close()
    return found


def main() -> None:
    rows = int(sys.argv[1])
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "store.db"
        initialise_or_create_database_at(path)
        print(durability(path))
        experiment = load_or_create_experiment("store", "none")
        measurement = Measurement(exp=experiment)
        for name in COLUMNS:
            measurement.register_custom_parameter(name, paramtype="array")
        commits = []
        with measurement.run() as saver:
            for _ in range(rows // BATCH):
                place = np.arange(BATCH)
                values = {
                    "instrument": place % 2,
                    "position": place // 2,
                    "level_volts": place * 1e-3,
                    "current_amperes": random.random(BATCH),
                    "in_compliance": np.zeros(BATCH, dtype=np.int64),
                    "overflow": np.zeros(BATCH, dtype=np.int64),
                    "instrument_seconds": random.random(BATCH),
                    "status": np.full(BATCH, 0x1C04),
                }
                begun = time.perf_counter()
                saver.add_result(*values.items())
                saver.flush_data_to_database(block=True)
                commits.append(time.perf_counter() - begun)
        stored = len(commits) * BATCH
        print(f"{stored} readings in {len(commits)} batches of {BATCH}")
        print(f"{stored / sum(commits):.0f} readings/s sustained")
        at = lambda share: 1e3 * np.quantile(commits, share)  # noqa: E731
        print(f"commit: median {at(0.5):.1f} ms, p95 {at(0.95):.1f} ms, max {at(1):.1f} ms")
        print(f"{os.path.getsize(path)} bytes, {os.path.getsize(path) / stored:.1f} a reading")


if __name__ == "__main__":
    main()
