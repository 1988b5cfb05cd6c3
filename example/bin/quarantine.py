#!/usr/bin/env python3
"""After a failed check: set faulty files aside, each with a note, and give the good ones back to the in-tray.

When the corrected file arrives, the same order can simply be started again: the day is complete then.
"""

import sales_file
from workplace import Workplace, here, return_value, say, write_whole


def set_aside(place: Workplace) -> None:
    "Move the faulty files; the note is written first, so that no file lies there without one."
    for file in place.taken():
        _, faults = sales_file.read(file, place.day)
        if faults:
            note = place.quarantine / f"{file.name}.reason.txt"
            write_whole(note, "\n".join([f"{file.name} was refused:", *(f"  {fault}" for fault in faults), ""]))
            file.touch()  # its age counts from now on
            file.replace(place.quarantine / file.name)


def main() -> None:
    place = here()
    set_aside(place)
    for file in place.taken():
        file.replace(place.tray / file.name)
    place.leave_if_empty()
    refused = [file.name for file in sorted(place.quarantine.glob(f"sales_{place.day}_*.csv"))]
    say(f"In quarantine: {', '.join(refused) or 'nothing'}")
    return_value("refused", " ".join(refused))


main()
