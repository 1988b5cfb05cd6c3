#!/usr/bin/env python3
"""Step 7: keep the day's files, compressed, and clear the working directory.

The archive's name holds a digest of its files: a repeated step writes the same archive again, and a late file of the
same day gets its own. The directory is renamed before it is deleted: a repeated step finds all of it or nothing of it,
and never writes an archive of what an interrupted deletion has left over.
"""

import hashlib
import shutil
import tarfile
from pathlib import Path

from workplace import here, return_value, say


def digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        whole.update(file.read_bytes())
    return whole.hexdigest()[:8]


def compress(files: list[Path], archive: Path) -> None:
    "All of it or nothing: written under another name and renamed."
    archive.parent.mkdir(parents=True, exist_ok=True)
    half_done = archive.with_name(f".{archive.name}.new")
    with tarfile.open(half_done, "w:gz") as tar:
        for file in files:
            tar.add(file, arcname=file.name)
    half_done.replace(archive)


def main() -> None:
    place = here()
    leaving = place.work.with_name(f".{place.day}.leaving")
    shutil.rmtree(leaving, ignore_errors=True)
    files = place.taken()
    if not files:
        say(f"The files of {place.day} are in the archive already")
        return
    archive = place.archives / f"{place.day}-{digest(files)}.tar.gz"
    compress(files, archive)
    place.work.replace(leaving)
    shutil.rmtree(leaving)
    say(f"{len(files)} files in {archive.name}")
    return_value("archive", archive)


main()
