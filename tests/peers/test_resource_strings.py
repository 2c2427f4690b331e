"""memloop's resource strings against PyVISA's own parser: the same table is read by crates/transport."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from pyvisa import rname

TABLE = Path(__file__).parent / "resource_strings.tsv"
ROWS = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]


def meaning(text: str) -> dict[str, object]:
    """What PyVISA understands, without differences of spelling: numbers as numbers, defaults left out."""
    parsed = rname.ResourceName.from_string(text)
    fields: dict[str, object] = {"interface": parsed.interface_type, "class": parsed.resource_class}
    for key, value in asdict(parsed).items():
        value = value.casefold() if isinstance(value, str) else value
        if key == "lan_device_name" and value.startswith("hislip"):
            value = value.removesuffix(",4880")
        if key not in ("host_address", "serial_number") and value is not None:
            try:
                value = int(value.lstrip("0") or "0", 0) if "x" not in value else int(value, 16)
            except ValueError:
                pass
        fields[key] = value
    return fields


@pytest.mark.parametrize("written, printed", [row[:2] for row in ROWS if row[2] == "yes"])
def test_pyvisa_understands_the_same(written, printed):
    assert meaning(written) == meaning(printed)


@pytest.mark.parametrize("written", [row[0] for row in ROWS if row[2] == "no"])
def test_what_pyvisa_does_not_read_is_marked(written):
    try:
        host = getattr(rname.ResourceName.from_string(written), "host_address", "")
    except rname.InvalidResourceName:
        return
    # An IPv6 address in brackets, cut at its first double colon.
    assert host.startswith("[") and "]" not in host


def test_the_table_holds_every_form():
    assert len(ROWS) > 40 and {row[2] for row in ROWS} == {"yes", "no"}
