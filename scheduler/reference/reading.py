"Commands that show something."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.model import Chapter, Described

_SHOWN = (Code.UNKNOWN_WHAT, Code.UNKNOWN_SUBSYSTEM)

READING: Chapter = {
    "show_state": Described(
        "Shows the engine, with all objects or a tree of folders.",
        "`all` adds `task_queue`, `description` and `remote_schedulers`.",
        errors=_SHOWN,
        examples=('<show_state what="none"/>', '<show_state what="folders" path="/night" subsystems="folder job"/>'),
    ),
    "s": Described(
        "The same for people at a prompt: typed as `s` and Enter.",
        "Adds job chains with orders, operations, folders, workload schedulers and schedules.",
        errors=_SHOWN,
        examples=('<s what="none" path="/night" subsystems="lock"/>',),
    ),
    "show_jobs": Described("Shows the jobs of the root folder.", errors=_SHOWN, examples=("<show_jobs/>",)),
    "show_job": Described(
        "Shows a job.", "`all` adds `description`, `task_queue` and `orders`.",
        {"job_chain": "Only orders and tasks of this job chain."},
        errors=(*_SHOWN, Code.UNKNOWN_OBJECT, Code.FAULTY_FILE),
        examples=('<show_job job="/night/clean" what="job_params task_queue"/>', '<show_job job="/none"/>'),
    ),
    "show_job_chains": Described(
        "Shows the job chains of the root folder.", errors=_SHOWN, examples=("<show_job_chains/>",)
    ),
    "show_job_chain": Described(
        "Shows a job chain with its nodes and their orders.", "`all` adds `description` and `orders`.",
        errors=(*_SHOWN, Code.UNKNOWN_OBJECT, Code.CHAIN_NOT_READY),
        examples=('<show_job_chain job_chain="/flow/in" max_orders="1"/>',),
    ),
    "show_order": Described(
        "Shows an order, in its job chain or from the history.",
        "`all` is the same as `standard`. The words are `log`, `payload`, `run_time`, `source` and `why`.",
        {"history_id": "Straight from the history; the job chain need not exist then."},
        errors=(*_SHOWN, Code.UNKNOWN_OBJECT, Code.UNKNOWN_ORDER),
        examples=(
            '<show_order job_chain="/flow/in" order="A1" what="payload why"/>',
            '<show_order job_chain="/flow/in" order="Z9"/>',
        ),
    ),
    "show_task": Described(
        "Shows a task that is queued, runs or has ended.", "",
        {
            "id": "Number of the task.",
            "log_offset": "Ours: where the wanted part of the log begins, in bytes; `log/@next_offset` says where"
            " the next"
            " one does.",
            "log_limit": "Ours: bytes of that part.",
        },
        errors=(Code.UNKNOWN_WHAT, Code.UNKNOWN_TASK, Code.NO_HISTORY),
        examples=('<show_task id="2"/>', '<show_task id="1" what="log"/>'),
    ),
    "show_history": Described(
        "Shows ended tasks of a job.",
        "Without `id` counted from the newest (`prev`) or the oldest (`next`), 10 when nothing is said; with `id`"
        " from that"
        " one, which is left out; `id` alone is that one entry. At most 1000.",
        {
            "id": "Number of a task.",
            "prev": "So many before, the newest first; `all`: as many as possible.",
            "next": "So many after, the oldest first. It outweighs `prev`.",
            "what": "`log` adds the logs.",
        },
        errors=(Code.UNKNOWN_WHAT, Code.UNKNOWN_OBJECT, Code.BAD_NUMBER, Code.NO_HISTORY),
        examples=('<show_history job="/night/clean" prev="2"/>',),
    ),
    "show_calendar": Described(
        "Shows the starts that are ahead, by job and order.",
        "Starts that a change of the plan replaces are left out; those that it brings are there.",
        {
            "from": "The beginning; default: now.",
            "before": "The end, which does not belong to it; default: the midnight that begins the eighth day.",
            "limit": "At most so many entries.",
            "what": "`orders` adds orders.",
        },
        errors=(Code.UNKNOWN_WHAT, Code.BAD_TIME),
        examples=('<show_calendar limit="2" what="orders"/>',),
    ),
    "show_process_classes": Described(
        "Shows the process classes of the root folder.", errors=_SHOWN, examples=("<show_process_classes/>",)
    ),
    "show_cluster": Described(
        "Shows the cluster and the registered workload schedulers.", errors=_SHOWN, examples=("<show_cluster/>",)
    ),
    "subsystem.show": Described(
        "Shows how many objects there are of each kind.", '`what="statistics"` adds counters by state.',
        errors=_SHOWN, examples=('<subsystem.show what="statistics"/>',),
    ),
    "job.why": Described(
        "Says what keeps a job from starting.", errors=(Code.UNKNOWN_OBJECT, Code.FAULTY_FILE),
        examples=('<job.why job="/flow/step1"/>',),
    ),
    "check_folders": Described("Looks at the hot folder now.", examples=("<check_folders/>",)),
}
