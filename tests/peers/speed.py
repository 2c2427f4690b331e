"""Paired readings per second: memloop beside PyMeasure, on the same simulated Keithley 2400s over TCP.

One pair is a level sourced and a current measured on each of two instruments. Ways of measuring take turns,
several rounds of them, so that a busy moment of the machine meets all alike; what is printed are medians of the
rounds and ratios of the medians. Only the ratios mean anything: the simulators run on the same cores.
The exit code is 1 when something promised is missed.

    tests/peers/speed                    # five rounds, about two minutes; then the paced runs, another minute
    tests/peers/speed --rounds 9 --json
    tests/peers/speed --no-paced
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from simulator import Simulator

LEAST, MOST, DELTA_V = 0.1, 0.9, 0.05
DEVICE = "resistor"
# What each memloop way has to reach, in PyMeasure's pairs per second with TCP_NODELAY forced.
PROMISED = {"single": 3.0, "pipelined": 8.0, "list": 20.0}
PYMEASURE, QUERIED = "PyMeasure, TCP_NODELAY forced", "the same, adapter.query of SOUR;READ?"
PROMISED_LIST_RATE = 100_000
PROMISED_PACED = 1.05


@contextmanager
def simulators(binary: Path, *extra: str, model: str = "keithley-2400", count: int = 2):
    with ExitStack() as stack:
        running = []
        for seed in range(count):
            one = Simulator(binary, model, DEVICE, ("--seed", str(seed), *extra))
            stack.callback(one.stop)
            running.append(one)
        yield running


@contextmanager
def pymeasure(simulator, no_delay: bool):
    """PyMeasure's 2400 as a user opens it; with TCP_NODELAY forced, as no user can without reaching inside."""
    from pymeasure.adapters import VISAAdapter
    from pymeasure.instruments.keithley import Keithley2400

    adapter = VISAAdapter(simulator.resource, visa_library="@py", read_termination="\n")
    if no_delay:
        session = adapter.connection.visalib.sessions[adapter.connection.session]
        session.interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    smu = Keithley2400(adapter)
    try:
        smu.reset()
        smu.source_mode = "voltage"
        smu.source_voltage_range = 2
        smu.compliance_current = 1e-3
        smu.measure_current(nplc=0.01, current=1e-3, auto_range=False)
        smu.source_voltage = 0
        smu.enable_source()
        yield smu
        smu.disable_source()
    finally:
        adapter.close()


def level(index: int, count: int) -> float:
    return round(LEAST + (MOST - LEAST) * index / count, 4)


def pymeasure_pairs(base, probe, count: int) -> float:
    """Pairs per second by PyMeasure, one after the other as its users write it."""
    start = time.perf_counter()
    for index in range(count):
        at = level(index, count)
        base.source_voltage = at
        probe.source_voltage = at + DELTA_V
        one, other = base.current, probe.current
        assert abs(one - at / 10e3) < 2e-6 and abs(other - (at + DELTA_V) / 10e3) < 2e-6, (at, one, other)
    return count / (time.perf_counter() - start)


def queried_pairs(base, probe, count: int) -> float:
    """Pairs per second through PyMeasure's adapter, as somebody who knows the instrument writes it: level and
    reading in one message, nothing but the current in the reply."""
    for smu in (base, probe):
        smu.write(":SENS:FUNC 'CURR';:SENS:CURR:RANG:AUTO OFF;:SENS:CURR:PROT 1e-3;:SENS:CURR:RANG 1e-3")
        smu.write(":FORM:ELEM CURR")
    start = time.perf_counter()
    for index in range(count):
        at = level(index, count)
        one = float(base.ask(f":SOUR:VOLT {at};:READ?"))
        other = float(probe.ask(f":SOUR:VOLT {at + DELTA_V};:READ?"))
        assert abs(one - at / 10e3) < 2e-6 and abs(other - (at + DELTA_V) / 10e3) < 2e-6, (at, one, other)
    return count / (time.perf_counter() - start)


def memloop_pairs(binary: Path, way: str, count: int, resources: list[str], *extra: str) -> dict:
    """What the example says of one run: pairs, seconds, and the instrument's own seconds."""
    command = [str(binary), way, str(count), *resources, *extra]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def rounds(arguments) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    sim = arguments.firmware_sim

    def note(way: str, rate: float) -> None:
        found.setdefault(way, []).append(rate)

    for turn in range(arguments.rounds):
        with simulators(sim) as (a, b), pymeasure(a, True) as base, pymeasure(b, True) as probe:
            note(PYMEASURE, pymeasure_pairs(base, probe, 2000))
            note(QUERIED, queried_pairs(base, probe, 2000))
        for way, count in [("single", 20_000), ("pipelined", 50_000), ("list", 250_000)]:
            with simulators(sim) as running:
                run = memloop_pairs(arguments.paired_rate, way, count, [it.resource for it in running])
                note(f"memloop, {way}", run["pairs"] / run["seconds"])
        with simulators(sim, "--delayed-ack") as (a, b), pymeasure(a, False) as base, pymeasure(b, False) as probe:
            note("PyMeasure as shipped, --delayed-ack", pymeasure_pairs(base, probe, 30))
        with simulators(sim, "--delayed-ack") as running:
            run = memloop_pairs(arguments.paired_rate, "single", 20_000, [it.resource for it in running])
            note("memloop, single, --delayed-ack", run["pairs"] / run["seconds"])
        print(f"round {turn + 1} of {arguments.rounds}", file=sys.stderr)
    return found


def paced(arguments) -> dict[str, float]:
    """Wall time of a paired list of 2500 points over the instrument's own time."""
    found = {}
    for name, model, count in [("two 2400s, 0.01 NPLC", "keithley-2400", 2), ("B2912A", "keysight-b2912a", 1)]:
        with simulators(arguments.firmware_sim, "--pace", model=model, count=count) as running:
            run = memloop_pairs(
                arguments.paired_rate, "list", 2500, [it.resource for it in running], "--model", model
            )
            found[name] = run["seconds"] / run["instrument_seconds"]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firmware-sim", type=Path, required=True)
    parser.add_argument("--paired-rate", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-paced", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    found = rounds(arguments)
    rates = {way: statistics.median(them) for way, them in found.items()}
    wall = {} if arguments.no_paced else paced(arguments)
    missed = misses(rates, wall)
    if arguments.json:
        said = {"pairs_per_second": rates, "rounds": found, "wall_over_instrument": wall, "missed": missed}
        print(json.dumps(said, indent=2))
        return 1 if missed else 0
    print(f"{'way':40} {'pairs/s':>10} {'ratio':>8} {'promised':>9} {'to query':>9}  rounds, pairs/s")
    for way, rate in rates.items():
        promised = PROMISED.get(way.removeprefix("memloop, "))
        shown = f"{promised:g}" if promised else ""
        each = " ".join(f"{it:.0f}" for it in found[way])
        ratios = f"{rate / rates[PYMEASURE]:8.1f} {shown:>9} {rate / rates[QUERIED]:9.1f}"
        print(f"{way:40} {rate:10.0f} {ratios}  {each}")
    print(f"list sweeps: {rates['memloop, list']:.0f} pairs/s, promised {PROMISED_LIST_RATE}")
    for name, share in wall.items():
        print(f"paced, 2500 points, {name}: {share:.3f} of the instrument's own time, promised {PROMISED_PACED}")
    for miss in missed:
        print(f"missed: {miss}")
    return 1 if missed else 0


def misses(rates: dict[str, float], wall: dict[str, float]) -> list[str]:
    """What was promised and is not so."""
    ratios = {way: rates[f"memloop, {way}"] / rates[PYMEASURE] for way in PROMISED}
    found = [f"{way}: {ratios[way]:.1f} of {PROMISED[way]:g}" for way in PROMISED if ratios[way] < PROMISED[way]]
    if rates["memloop, list"] < PROMISED_LIST_RATE:
        found.append(f"list: {rates['memloop, list']:.0f} of {PROMISED_LIST_RATE} pairs/s")
    found += [f"paced, {name}: {share:.3f} of {PROMISED_PACED}" for name, share in wall.items() if share > PROMISED_PACED]
    return found


if __name__ == "__main__":
    sys.exit(main())
