#!/usr/bin/env python3
"""Put the sample files into the in-tray, the first time that the example runs; afterwards it does nothing."""

import shutil
from pathlib import Path

from workplace import data_directory

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "in"


def main() -> None:
    data = data_directory()
    if data.exists():
        return
    # complete under another name first: an interrupted copy is made again
    half_done = data.with_name(f".{data.name}.new")
    shutil.rmtree(half_done, ignore_errors=True)
    shutil.copytree(SAMPLES, half_done / "in", copy_function=shutil.copyfile)
    half_done.replace(data)


main()
