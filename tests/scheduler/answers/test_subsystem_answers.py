"""`<subsystems>`: counts of objects and of their states, as clients look them up."""

from __future__ import annotations

from lxml import etree

from scheduler.definitions import LockDefinition, MonitorUse
from scheduler.messages import ProcessStarted
from tests.support.asked import asked
from tests.support.worlds import Engine, a_chain, a_job, an_order

NAMES = ["job", "task", "order", "standing_order", "schedule", "process_class", "folder", "lock", "monitor"]


def count(answer: etree._Element, xpath: str) -> int:
    [found] = answer.xpath(f"{xpath}/@count")
    return int(found)


def test_every_kind_is_there_in_its_place_even_without_objects() -> None:
    answer = asked(Engine(), "<subsystem.show/>")
    assert [each.get("name") for each in answer] == NAMES
    assert {each.get("state") for each in answer} == {"active"}
    assert [each.get("name") for each in answer if each.find("file_based.statistics") is None] == ["task"]
    assert not answer.xpath("//job.statistic")
    assert asked(Engine(active=False), "<subsystem.show/>")[0].get("state") == "loaded"


def test_counters_say_how_things_stand() -> None:
    engine = Engine(
        a_job("/busy", tasks=2), a_job("/idle"), a_job("/halted"), a_job("/shy", visible="never"),
        a_job("/lacking", monitors=(MonitorUse(monitor="/none"),)), a_job("/sub/job", tasks=0),
        a_chain(), an_order(at="never"), LockDefinition("/lock"), max_processes=2,
    )  # fmt: skip
    for command in ('<modify_job job="/halted" cmd="stop"/>', '<start_job job="/busy"/>', '<start_job job="/busy"/>',
                    '<start_job job="/idle"/>', '<add_order job_chain="/chain" id="2" at="never"/>'):  # fmt: skip
        asked(engine, command)
    engine.tell(ProcessStarted(1, 4711))
    answer = asked(engine, '<subsystem.show what="statistics"/>')
    expected = {
        "job": (5, 6), "order": (1, 1), "standing_order": (1, 1), "lock": (1, 1), "folder": (2, 2),
        "process_class": (1, 1), "schedule": (0, 0),
    }  # fmt: skip
    for name, (visible, total) in expected.items():
        [found] = answer.xpath(f"subsystem[@name='{name}']/file_based.statistics")
        assert (int(found.get("count_visible")), int(found.get("count"))) == (visible, total), name
    job, task, order = (f"subsystem[@name='{name}']//{name}.statistic" for name in ("job", "task", "order"))
    assert [count(answer, f"{job}[@job_state='{state}']") for state in ("pending", "running", "stopped")] == [3, 1, 1]
    assert count(answer, f"{job}[@need_process='true']") == 1
    assert [count(answer, f"{task}[@task_state='{state}']") for state in ("running", "starting", "exist")] == [1, 1, 2]
    assert [count(answer, f"{order}[@order_state='{state}']") for state in ("any", "clustered")] == [2, 0]
