"Commands for the engine itself, its variables and its log."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.model import Chapter, Described

_VARIABLE = {"name": "Name of the variable; its case does not count."}

ENGINE: Chapter = {
    "modify_spooler": Described(
        "Pauses, reloads or ends the engine.",
        "`pause`: no task starts any more, also after a restart; `continue` ends that. `reload`: the engine starts"
        " again."
        " `rotate_logs`: the engine begins a new log. `terminate`, `terminate_and_restart`,"
        " `let_run_terminate_and_restart`: it ends in order, the last one when all tasks have ended by themselves."
        " `abort_immediately`, `abort_immediately_and_restart`: it ends at once, and gives no answer."
        " `cancel_termination`: an engine that was told by a command to end, and waits for its tasks, goes on.",
        {
            "cmd": "One of the words above.",
            "cluster_member_id": "Another member, which is told to abort or, while it waits, to pause or to continue;"
            " without it this one.",
            "until": "With `pause`, of this engine: when it continues by itself, as `at` of `<start_job>`.",
        },
        errors=(Code.UNKNOWN_COMMAND, Code.NOT_ENDING, Code.UNKNOWN_MEMBER, Code.MEMBER_WORKS, Code.ONLY_WITH,
                Code.BAD_TIME),
        examples=('<modify_spooler cmd="pause"/>', '<modify_spooler cmd="pause" until="now+01:30"/>'),
    ),
    "terminate": Described(
        "Ends the engine in order, or other members of its cluster.",
        "The answer is sent before.",
        {
            "restart": "yes: it starts again.",
            "all_schedulers": "yes: all members of the cluster.",
            "cluster_member_id": "Another member; without it this one.",
            "continue_exclusive_operation": "yes: another member goes on with the work.",
            "delete_dead_entry": "yes: the entry of that member, which has died, is deleted.",
            "next_member": "With `continue_exclusive_operation`: the member that goes on before all others.",
            "confirm_loss": "yes: that member, which is silent or has ended, will not come back. It counts as dead; if"
            " it was the last one at work, a backup goes on.",
        },
        errors=(Code.UNKNOWN_MEMBER, Code.MEMBER_LIVES, Code.MEMBER_NOT_LOST, Code.MEMBER_NOT_READY, Code.ONLY_WITH),
        examples=('<terminate timeout="30"/>',),
    ),
    "config": Described(
        "Takes over objects and parameters of a configuration while the engine works.",
        "Its locks, schedules, process classes, jobs and job chains are defined as by commands of their own, its"
        " parameters set as by `<params>`: all of it or nothing. What belongs to the start of an engine is refused."
        " A configuration for another `spooler_id` is passed over.",
        errors=(Code.REFUSED,),
        examples=('<config><params><param name="stage" value="test"/></params></config>',),
    ),
    "param": Described(
        "Sets a variable of the scheduler.", "", {**_VARIABLE, "value": "Its new value."},
        examples=('<param name="stage" value="test"/>',),
    ),
    "params": Described(
        "Sets several variables of the scheduler; the others stay.",
        examples=('<params><param name="stage" value="test"/></params>',),
    ),
    "param.get": Described(
        "Shows a variable of the scheduler; `<ok/>` if it is not set.", "", _VARIABLE,
        examples=('<param.get name="mail_to"/>', '<param.get name="unknown"/>'),
    ),
    "params.get": Described("Shows all variables of the scheduler.", examples=("<params.get/>",)),
    "scheduler_log.log_categories.show": Described(
        "Shows which parts of the engine write debug lines.", examples=("<scheduler_log.log_categories.show/>",)
    ),
    "scheduler_log.log_categories.set": Described(
        "Says which parts of the engine write debug lines.", "",
        {
            "category": "The part, as shown; `all`: everything.",
            "value": "no: they do not.",
            "delay": "All parts are reset after so many seconds.",
        },
        examples=('<scheduler_log.log_categories.set category="all" delay="600"/>',),
    ),
    "scheduler_log.log_categories.reset": Described(
        "Says that the parts of the engine write what they did at the start.", "",
        {"delay": "After so many seconds."},
        examples=("<scheduler_log.log_categories.reset/>",),
    ),
    "setting.set": Described(
        "Changes a setting of the engine by its key.",
        "Settings are variables of the scheduler. Only `scheduler.order.keep_order_content_on_reschedule` is looked at"
        " while the engine works; the others are accepted without effect, and count as the start-up file says.",
        {"name": "The key.", "value": "The new value."},
        errors=(Code.BAD_CHOICE,),
        examples=('<setting.set name="scheduler.order.keep_order_content_on_reschedule" value="false"/>',),
    ),
    "licence.use": Described("Accepted: no licence is needed.", "", {"key": "Any."},
                             examples=('<licence.use key="any"/>',)),
    "test_delay": Described(
        "Answers after a while, to try out how clients wait.", "", {"delay": "Seconds, at most 60."},
        errors=(Code.OUT_OF_RANGE,), examples=('<test_delay delay="0"/>',),
    ),
}

EVENTS: Chapter = {
    "events.get": Described(
        "Follows the events of the engine.",
        "Without `timeout` the answer is a stream without envelope and NUL: `<events>`, each event in a line of its"
        " own,"
        " an empty line after 30 seconds without any, and `</events>` when the engine ends; then the connection"
        " ends. With"
        " `timeout` it is one answer in the usual envelope, as soon as there is something, or when the time is over."
        " See [events.md](events.md).",
        {
            "after": "Ours: events after this number; without it: from now on.",
            "timeout": "Ours: seconds to wait for the answer, at most 300; 0: what is there.",
            "limit": "Ours: at most so many events in one answer, 500 at most.",
            "kinds": "Ours: only these kinds (`order.ended`), or all that begin so (`order`), separated by blanks.",
        },
        errors=(Code.NO_ANSWER, Code.EVENTS_LOST, Code.UNKNOWN_KIND, Code.NO_HISTORY),
        examples=('<events.get after="4710" timeout="30"/>',),
    ),
    "publish_event": Described(
        "Tells something to those who follow the events.",
        "The text is JSON, of at most 16384 characters. It is an event of the kind `event.published`.",
        errors=(Code.BAD_EVENT, Code.TOO_LARGE),
        examples=('<publish_event>{"batch": 7, "state": "loaded"}</publish_event>',),
    ),
}
