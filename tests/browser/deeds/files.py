"""Files of the live folder: definitions, limits, substitutes and black-outs.

The engine lets what is written rest for some seconds before it counts, so each deed is proven by the file at once, and
what the engine has in use by all of them together. Its clock is not the one of the pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.browser.deeds.deed import Deed, World
from tests.support.engine import EngineProcess

ACTIONS = (
    "file.edit", "file.delete", "file.restore", "file.edit-schedule", "file.delete-schedule", "file.restore-schedule",
    "file.end-schedule", "file.edit-class", "file.delete-class", "file.restore-class", "file.set-limits-class",
    "file.set-limits-lock", "file.add-black-out", "file.remove-black-out",
)  # fmt: skip
#: far from the pages' zones, and without summer time
ZONE = "Asia/Tokyo"
JOB = '<job title="{}"><script language="shell">true</script></job>'
NIGHTLY = '<job><script language="shell">true</script><run_time schedule="night"/></job>'
NIGHT = '<schedule><period single_start="{}"/></schedule>'
CLASS = '<process_class max_processes="{}"/>'
FILES = {
    "sales/load.job.xml": JOB.format("one"), "old.job.xml": JOB.format("old"), "nightly.job.xml": NIGHTLY,
    "night.schedule.xml": NIGHT.format("02:30"), "spare.schedule.xml": NIGHT.format("05:00"),
    "wide.process_class.xml": CLASS.format(5), "narrow.process_class.xml": CLASS.format(1),
    "db.lock.xml": '<lock max_non_exclusive="2"/>', "bank.calendar.xml": '<calendar title="Bank days"/>',
}  # fmt: skip
#: nothing starts in its place
INSTEAD = '<schedule substitute="/night" valid_from="{}" valid_to="{}"/>'
MOVE = {"begin": "2031-05-01 20:00", "end": "2031-05-02 06:00"}


@contextmanager
def world(directory: Path) -> Iterator[World]:
    engine = EngineProcess(directory, arguments=[f"-time-zone={ZONE}"])
    now = datetime.now(ZoneInfo(ZONE)).replace(microsecond=0, tzinfo=None)
    begin, until = (f"{now + timedelta(hours=hours)}" for hours in (-2, 2))
    for name, text in {**FILES, "instead.schedule.xml": INSTEAD.format(begin, until)}.items():
        engine.write(name, text)
    with engine:
        engine.start()
        yield World(engine, directory, {"until": until})


def deeds(world: World) -> Iterator[Deed]:
    engine, live, until = world.engine, world.engine.live, world.more["until"]
    pages = ("config", "resources", "calendars/bank?year=2031")
    config, resources, calendar = (f"{world.home}/{each}" for each in pages)

    def at(kind: str, path: str) -> str:
        return f"{config}/-/{kind}{path}"

    def holds(name: str, text: str) -> bool:
        return text in (live / name).read_text()

    def gone(name: str) -> bool:
        return not (live / name).exists()

    def used() -> dict[str, str]:
        "What the engine has in use: kind and path of an object -> what the deeds change of it."
        told = {"job": "title", "process_class": "max_processes", "lock": "max_non_exclusive", "schedule": "active"}
        state = engine.command(
            '<show_state what="folders schedules" subsystems="folder job lock schedule process_class"/>'
        )
        found = {f"{each.tag} {each.get('path')}": each.get(told[each.tag], "") for each in state.iter(*told)}
        nightly = "".join(state.xpath("//job[@path='/nightly']/@next_start_time"))
        shown = engine.command('<calendar.show calendar="/bank" from="2031-05-01" to="2031-05-02"/>')
        dark = shown.xpath("business_calendar.black_out/@name")
        return found | {"start": nightly[10:16], "dark": " ".join(dark)}

    def until_used(wanted: dict[str, str | None]) -> None:
        "None: it has left the engine."
        engine.wait_until(lambda: [found := used()] and {each: found.get(each) for each in wanted} == wanted,
                          what=f"{wanted} in use")  # fmt: skip

    yield Deed("file.edit", at("job", "/sales/load"), fields={"source": JOB.format("two")},
               done=partial(holds, "sales/load.job.xml", 'title="two"'))  # fmt: skip
    yield Deed("file.edit-schedule", f"{resources}?q=night", at=at("schedule", "/night"), menu="schedule /night",
               fields={"source": NIGHT.format("03:30")},
               done=partial(holds, "night.schedule.xml", 'single_start="03:30"'))  # fmt: skip
    yield Deed("file.edit-class", f"{config}?q=wide", at=at("process_class", "/wide"), menu="process class /wide",
               fields={"source": CLASS.format(7)},
               done=partial(holds, "wide.process_class.xml", 'max_processes="7"'))  # fmt: skip
    yield Deed("file.set-limits-lock", resources, at=at("lock", "/db"), fields={"max_non_exclusive": "3"},
               done=partial(holds, "db.lock.xml", 'max_non_exclusive="3"'))  # fmt: skip
    yield Deed("file.add-black-out", calendar, at=at("calendar", "/bank"), fields={**MOVE, "description": "move"},
               done=partial(holds, "bank.calendar.xml", 'description="move"'))  # fmt: skip
    yield Deed("file.delete", at("job", "/old"), done=partial(gone, "old.job.xml"))
    yield Deed("file.delete-schedule", f"{resources}/schedules/spare", at=at("schedule", "/spare"),
               done=partial(gone, "spare.schedule.xml"))  # fmt: skip
    yield Deed("file.delete-class", resources, at=at("process_class", "/narrow"), menu="process class /narrow",
               done=partial(gone, "narrow.process_class.xml"))  # fmt: skip
    yield Deed("file.end-schedule", f"{resources}/schedules/instead", at=at("schedule", "/instead"),
               done=lambda: not holds("instead.schedule.xml", until),
               shows="not active now", sees=f"{resources}/schedules/instead")  # fmt: skip
    until_used({
        "job /sales/load": "two", "start": "T18:30", "process_class /wide": "7", "lock /db": "3", "dark": "move",
        "job /old": None, "schedule /spare": None, "process_class /narrow": None, "schedule /instead": "no",
        "schedule /night": "yes",
    })  # fmt: skip

    yield Deed("file.restore", f"{at('job', '/old')}/-/versions", at=at("job", "/old"),
               done=partial(holds, "old.job.xml", 'title="old"'))  # fmt: skip
    yield Deed("file.restore-schedule", f"{at('schedule', '/spare')}/-/versions", at=at("schedule", "/spare"),
               done=partial(holds, "spare.schedule.xml", 'single_start="05:00"'))  # fmt: skip
    yield Deed("file.restore-class", f"{at('process_class', '/narrow')}/-/versions", at=at("process_class", "/narrow"),
               done=partial(holds, "narrow.process_class.xml", 'max_processes="1"'))  # fmt: skip
    yield Deed("file.set-limits-class", resources, at=at("process_class", "/wide"), fields={"max_processes": "8"},
               done=partial(holds, "wide.process_class.xml", 'max_processes="8"'))  # fmt: skip
    yield Deed("file.remove-black-out", calendar, at=at("calendar", "/bank"),
               done=lambda: not holds("bank.calendar.xml", "black_out"),
               shows="In 2031 there is no black-out.", sees=calendar)  # fmt: skip
    until_used({
        "job /old": "old", "schedule /spare": "yes", "process_class /narrow": "1", "process_class /wide": "8",
        "dark": "",
    })  # fmt: skip
