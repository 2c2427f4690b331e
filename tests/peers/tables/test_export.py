"""What `memloop export` writes is what the campaign holds, in the programs that people read it with.

Equal means equal to the last bit: numbers are compared as the 64 bits that they are.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import struct
import subprocess

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
import xarray as xr

UNITS = {
    "level_volts": "V",
    "current_amperes": "A",
    "instrument_seconds": "s",
    "skew_seconds": "s",
    "skew_uncertainty_seconds": "s",
}
READINGS = """
    SELECT readings.batch, phase, instruments.name AS instrument, position, purpose, point, level_volts,
           current_amperes, in_compliance, overflow, instrument_seconds, status, skew_seconds,
           skew_uncertainty_seconds
    FROM batches JOIN readings ON batch = batches.id JOIN instruments ON instruments.id = instrument
    WHERE batches.run = ? ORDER BY batch, readings.instrument, position"""


def memloop(folder, *arguments):
    done = subprocess.run(
        [os.environ["MEMLOOP"], *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def bits(values):
    """Numbers as 64 bits each; None where there is none."""
    return [None if v is None or v != v else struct.pack(">d", v) for v in values]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Two campaigns of two runs each, with every kind of number in them, and their exports in `lab`."""
    folder = tmp_path_factory.mktemp("lab")
    numbers = random.Random(1)
    for campaign in ["night-1", "night-2"]:
        file = folder / f"{campaign}.sqlite"
        for _ in range(2):
            memloop(folder, "iv", "--points", "31", "--campaign", file, "--quiet")
        with sqlite3.connect(file) as writing:
            special = [5e-324, -2.2250738585072011e-308, 1.7976931348623157e308, 0.1 + 0.2, 1e-7, 1e22, 123456789.0, 0.0]
            for batch, instrument, position in writing.execute(
                "SELECT batch, instrument, position FROM readings"
            ).fetchall():
                value = special[position] if position < len(special) else float("nan")
                while value != value or value in (float("inf"), -float("inf")):
                    value = struct.unpack(">d", numbers.randbytes(8))[0]
                writing.execute(
                    "UPDATE readings SET level_volts = ?, current_amperes = ?, skew_seconds = ?, point = ?, purpose = ?"
                    " WHERE batch = ? AND instrument = ? AND position = ?",
                    (
                        value,
                        None if position % 5 == 0 else -value,
                        None if position % 3 else value / 3,
                        None if position % 2 else position,
                        [None, "point", 'a "quoted", text\nof two lines, ½'][position % 3],
                        batch,
                        instrument,
                        position,
                    ),
                )
        writing.close()
        for format in ["parquet", "arrow", "csv", "netcdf"]:
            memloop(folder, "export", "--campaign", file, "--to", folder / format, "--format", format)
    return folder


@pytest.fixture(scope="module")
def expected(lab):
    """The rows of run 2 of night-1, column by column."""
    with sqlite3.connect(lab / "night-1.sqlite") as campaign:
        found = campaign.execute(READINGS, (2,))
        names = [it[0] for it in found.description]
        rows = found.fetchall()
    campaign.close()
    assert len(rows) > 200
    return dict(zip(names, map(list, zip(*rows))))


def file(lab, folder, ending):
    return lab / folder / "readings" / "campaign=night-1" / "run=2" / f"readings.{ending}"


def check(expected, columns):
    """`columns` gives a list of Python values, None where there is none, by name."""
    for name, values in expected.items():
        found = columns(name)
        if name in UNITS:
            assert bits(found) == bits(values), name
        else:
            assert found == values, name


def of_pandas(frame):
    def column(name):
        values = frame[name]
        return [None if missing else value for value, missing in zip(values.tolist(), values.isna())]

    return column


def test_pandas_and_pyarrow_read_parquet_with_units_and_configuration(lab, expected):
    table = pq.ParquetFile(file(lab, "parquet", "parquet")).read()
    check(expected, of_pandas(table.to_pandas()))
    check(expected, lambda name: table[name].to_pylist())
    for name, unit in UNITS.items():
        field = table.schema.field(name)
        assert field.metadata[b"unit"].decode() == unit
        assert field.metadata[b"description"]
    facts = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert json.loads(facts["memloop.units_json"]).items() >= UNITS.items()
    assert facts["memloop.run"] == "2" and facts["memloop.kind"] == "iv"
    with sqlite3.connect(lab / "night-1.sqlite") as campaign:
        stored = campaign.execute("SELECT configuration_json, bench_json, software_version FROM runs WHERE id = 2")
        configuration, bench, version = stored.fetchone()
    campaign.close()
    assert facts["memloop.configuration_json"] == configuration
    assert facts["memloop.bench_json"] == bench
    assert facts["memloop.software_version"] == version
    assert json.loads(facts["memloop.instruments_json"])[0]["maker"] == "KEITHLEY INSTRUMENTS INC."
    assert not table.schema.field("level_volts").nullable and table.schema.field("current_amperes").nullable


def test_a_whole_laboratory_is_one_table(lab, expected):
    rows = 4 * len(expected["batch"])
    parts = "campaign = 'night-1' AND run = 2"
    folder = lab / "parquet" / "readings"
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    assert duckdb.sql(f"SELECT count(*), count(DISTINCT (campaign, run)) FROM {files}").fetchall() == [(rows, 4)]
    names = ", ".join(expected)
    order = "batch, instrument, position"
    found = duckdb.sql(f"SELECT {names} FROM {files} WHERE {parts} ORDER BY {order}").fetchall()
    columns = dict(zip(expected, map(list, zip(*found))))
    check(expected, columns.__getitem__)

    frame = pl.scan_parquet(folder, hive_partitioning=True).filter(campaign="night-1", run=2).collect()
    check(expected, lambda name: frame[name].to_list())
    assert pl.scan_parquet(folder, hive_partitioning=True).select(pl.len()).collect().item() == rows

    dataset = pd.read_parquet(folder)
    assert len(dataset) == rows
    part = dataset[(dataset.campaign == "night-1") & (dataset.run == 2)]
    check(expected, of_pandas(part))
    assert ds.dataset(folder, partitioning="hive").count_rows() == rows

    runs = pd.read_parquet(lab / "parquet" / "runs")
    assert sorted(runs.id.tolist()) == [1, 1, 2, 2]


def test_units_are_seen_by_who_reads_parquet_without_arrow(lab):
    path = file(lab, "parquet", "parquet")
    found = duckdb.sql(f"SELECT value FROM parquet_kv_metadata('{path}') WHERE key = 'memloop.units_json'::BLOB")
    assert json.loads(found.fetchall()[0][0]).items() >= UNITS.items()
    assert json.loads(pl.read_parquet_metadata(path)["memloop.units_json"]).items() >= UNITS.items()


def test_arrow_is_read_by_pyarrow_and_polars(lab, expected):
    path = file(lab, "arrow", "arrow")
    table = feather.read_table(path)
    check(expected, lambda name: table[name].to_pylist())
    assert table.schema.field("current_amperes").metadata[b"unit"] == b"A"
    assert table.schema.metadata[b"memloop.run"] == b"2"
    frame = pl.read_ipc(path)
    check(expected, lambda name: frame[name].to_list())


def test_csv_is_read_by_pandas_polars_and_duckdb(lab, expected):
    path = file(lab, "csv", "csv")
    frame = pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=[""])
    check(expected, of_pandas(frame))
    found = duckdb.sql(f"SELECT * FROM read_csv('{path}', header = true, all_varchar = true)").fetchall()
    for column, (name, values) in enumerate(expected.items()):
        if name in UNITS:
            assert bits(None if row[column] is None else float(row[column]) for row in found) == bits(values), name
    polars = pl.read_csv(path, infer_schema_length=None)
    assert polars["purpose"].to_list() == expected["purpose"]
    facts = json.loads((path.parent / "readings.csv.json").read_text())
    assert json.loads(facts["memloop.units_json"]).items() >= UNITS.items()


def test_netcdf_is_read_by_xarray(lab, expected):
    with xr.open_dataset(file(lab, "netcdf", "nc")) as data:
        for name, values in expected.items():
            found = data[name].values.tolist()
            if name in UNITS:
                assert bits(found) == bits(values), name
                assert data[name].attrs["units"] == UNITS[name]
            elif name == "purpose":
                assert found == [value or "" for value in values]
            else:
                assert [None if value != value else value for value in found] == values, name
            assert data[name].attrs["long_name"]
        assert data.sizes["row"] == len(values)
        assert data.attrs["memloop_run"] == "2"
        assert json.loads(data.attrs["memloop_bench_json"])
        assert data.level_volts.dtype == np.float64


def test_an_export_can_be_joined_with_what_it_came_from(lab):
    """Names in place of numbers: no table is needed to understand another."""
    files = f"read_parquet('{lab}/parquet/{{}}/**/*.parquet', hive_partitioning = true)"
    readings, batches = files.format("readings"), files.format("batches")
    joined = duckdb.sql(
        f"SELECT count(*) FROM {readings} r JOIN {batches} b ON b.campaign = r.campaign AND b.run = r.run"
        " AND b.id = r.batch AND b.phase = r.phase"
    )
    assert joined.fetchall() == duckdb.sql(f"SELECT count(*) FROM {readings}").fetchall()
