#!/usr/bin/env python3
"""Put the sample files where the example looks for them, the first time that it runs; afterwards it does nothing.

The data directory is the argument; without it that of the steps.
"""

import shutil
import sys
from pathlib import Path

from workplace import data_directory

SAMPLES = Path(__file__).resolve().parents[1] / "data"
PLACES = ("in", "returns")


def main() -> None:
    data = Path(sys.argv[1]) if sys.argv[1:] else data_directory()
    if data.exists():
        return
    # complete under another name first: an interrupted copy is made again
    half_done = data.with_name(f".{data.name}.new")
    shutil.rmtree(half_done, ignore_errors=True)
    data.parent.mkdir(parents=True, exist_ok=True)
    for place in PLACES:
        shutil.copytree(SAMPLES / place, half_done / place, copy_function=shutil.copyfile)
    (half_done / "returns" / "refused").mkdir()
    half_done.replace(data)


main()
