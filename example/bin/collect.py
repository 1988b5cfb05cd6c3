#!/usr/bin/env python3
"""Step 1: take the day's files from the in-tray, so that nobody changes them while we work."""

from workplace import fail, here, return_value, say


def main() -> None:
    place = here()
    place.work.mkdir(parents=True, exist_ok=True)
    for file in place.in_tray():
        file.replace(place.work / file.name)
    files = place.taken()
    if not files:
        place.leave_if_empty()
        fail(f"No files of {place.day} in {place.tray}: expected sales_{place.day}_SHOP.csv")
    say(f"{len(files)} files of {place.day}")
    for file in files:
        say(f"  {file.name}: {file.stat().st_size} bytes")
    return_value("files", len(files))


main()
