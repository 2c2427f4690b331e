"""The pytest plugin of the peers: the simulator as fixtures, and the counts that must not shrink."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import Simulator, models

# PyMeasure 0.16.0's own suite for a real 2400, and how many cases of it must pass.
DEVICE_SUITE = "test_keithley2400_with_device.py"
DEVICE_SUITE_CASES = 75

# The folders of tests, and the model that each needs.
MODEL_OF_FOLDER = {
    "keithley_2400": "keithley-2400",
    "keithley_2450": "keithley-2450",
    "keysight_b2900": "keysight-b2912a",
}
# Models that firmware-sim has to have. Tests of any other model run as soon as `--help` lists it.
REQUIRED = {"keithley-2400", "keithley-2450", "keysight-b2912a"}

# Exactly ohmic, so that voltage over current is known: what is left is the instrument's own accuracy.
RESISTOR = "{ preset = 'resistor', resistance = '10 kOhm' }"

passed_of_device_suite: set[str] = set()


def pytest_addoption(parser):
    parser.addoption("--firmware-sim", type=Path, required=True, help="the simulator's binary")
    parser.addoption("--device-suite", action="store_true", help=f"{DEVICE_SUITE} is among the tests")


def pytest_configure(config):
    listed = models(config.getoption("--firmware-sim"))
    config.models = {name for name in MODEL_OF_FOLDER.values() if name in listed}
    missing = REQUIRED - config.models
    if missing:
        raise pytest.UsageError(f"firmware-sim --help does not list {', '.join(sorted(missing))}")


def pytest_report_header(config):
    absent = sorted(set(MODEL_OF_FOLDER.values()) - config.models)
    return f"not simulated, so not tested: {', '.join(absent)}" if absent else "every family is tested"


def pytest_ignore_collect(collection_path, config):
    model = MODEL_OF_FOLDER.get(collection_path.name)
    return True if model and model not in config.models else None


def pytest_collection_finish(session):
    if session.config.getoption("--device-suite"):
        found = sum(item.path.name == DEVICE_SUITE for item in session.items)
        if found != DEVICE_SUITE_CASES:
            raise pytest.UsageError(f"{DEVICE_SUITE}: {found} cases instead of {DEVICE_SUITE_CASES}")


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed and DEVICE_SUITE in report.nodeid:
        passed_of_device_suite.add(report.nodeid)


def pytest_sessionfinish(session):
    asked = session.config.getoption("--device-suite") and not session.config.getoption("collectonly")
    if asked and len(passed_of_device_suite) != DEVICE_SUITE_CASES:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("--device-suite"):
        terminalreporter.write_line(
            f"PyMeasure's own device suite: {len(passed_of_device_suite)} of {DEVICE_SUITE_CASES} passed"
        )


@pytest.fixture
def simulate(pytestconfig):
    """Starts simulators, and stops them after the test; one that died by itself fails the test."""
    yield from started(pytestconfig)


@pytest.fixture(scope="session")
def simulate_for_session(pytestconfig):
    yield from started(pytestconfig)


def started(pytestconfig):
    running: list[Simulator] = []

    def start(model: str, device: str = RESISTOR, *extra: str) -> Simulator:
        running.append(Simulator(pytestconfig.getoption("--firmware-sim"), model, device, extra))
        return running[-1]

    yield start
    alive = [simulator.stop() for simulator in running]
    assert all(alive), [simulator.events[-20:] for simulator in running]


@pytest.fixture(scope="session")
def connected_device_address(simulate_for_session):
    """What PyMeasure's device suite asks its users for: where the instrument is."""
    from pymeasure.adapters import VISAAdapter

    simulator = simulate_for_session("keithley-2400")
    adapter = VISAAdapter(simulator.resource, visa_library="@py", read_termination="\n")
    yield adapter
    adapter.close()
