"Actions on a scheduler and its members."

from __future__ import annotations

from web import commands
from web.actions.fields import Input
from web.actions.verbs import REASON, TYPED, Build, Verb, declare

WITHIN = Input(
    "timeout", "Wait for tasks at most (seconds)", "number", "Empty: until the last one has ended.", least=0, most=86400
)
GO_ON = "Orders and what they have reached are kept."


def _engine(cmd: str) -> Build:
    return lambda keys, values: commands.modify_spooler(cmd, values.get("timeout"))


declare(
    [
        Verb(
            "scheduler",
            "pause",
            "Pause",
            "Paused",
            "No task starts until the scheduler is continued.",
            "scheduler.pause",
            _engine("pause"),
            not_done="Running tasks go on to their end.",
            level=REASON,
            shape="bars",
        ),
        Verb(
            "scheduler",
            "continue",
            "Continue",
            "Continued",
            "Tasks start again.",
            "scheduler.pause",
            _engine("continue"),
            shape="play",
        ),
        Verb(
            "scheduler",
            "terminate",
            "Terminate",
            "Ending",
            "The member that is active ends. Its tasks are asked to end, and killed after the time given here.",
            "scheduler.terminate",
            _engine("terminate"),
            not_done=GO_ON,
            inputs=(WITHIN,),
            level=REASON,
            shape="square",
            danger=True,
        ),
        Verb(
            "scheduler",
            "restart",
            "Restart",
            "Restarting",
            "The member that is active ends and starts again.",
            "scheduler.restart",
            _engine("terminate_and_restart"),
            not_done=GO_ON,
            inputs=(WITHIN,),
            level=REASON,
            shape="retry",
        ),
        Verb(
            "scheduler",
            "abort",
            "Abort",
            "Aborted",
            "The member that is active ends at once, and its tasks with it.",
            "scheduler.abort",
            _engine("abort_immediately"),
            not_done="Nothing is waited for; interrupted steps are repeated at the next start.",
            level=TYPED,
            shape="octagon",
            danger=True,
            silent=True,
        ),
        Verb(
            "scheduler",
            "abort-restart",
            "Abort and restart",
            "Aborted, restarting",
            "The member that is active ends at once, its tasks with it, and starts again.",
            "scheduler.abort",
            _engine("abort_immediately_and_restart"),
            not_done="Nothing is waited for; interrupted steps are repeated.",
            level=TYPED,
            shape="octagon",
            danger=True,
            silent=True,
        ),
        Verb(
            "scheduler",
            "terminate-all",
            "Terminate all members",
            "All members are ending",
            "Every member of the cluster ends; nothing runs afterwards.",
            "cluster.terminate",
            lambda keys, values: commands.terminate(all_schedulers="yes", timeout=values["timeout"] or None),
            not_done=GO_ON,
            inputs=(WITHIN,),
            level=TYPED,
            shape="octagon",
            danger=True,
        ),
        Verb(
            "scheduler",
            "restart-all",
            "Restart all members",
            "All members are restarting",
            "Every member of the cluster ends and starts again.",
            "cluster.terminate",
            lambda keys, values: commands.terminate(
                all_schedulers="yes", restart="yes", timeout=values["timeout"] or None
            ),
            not_done=GO_ON,
            inputs=(WITHIN,),
            level=TYPED,
            shape="octagon",
            danger=True,
        ),
        Verb(
            "scheduler",
            "fail-safe",
            "Terminate fail-safe",
            "Handing over",
            "The member that is active ends, and another one takes over.",
            "cluster.switch",
            lambda keys, values: commands.terminate(
                continue_exclusive_operation="yes", timeout=values["timeout"] or None
            ),
            not_done="Without another member nothing runs afterwards.",
            inputs=(WITHIN,),
            level=TYPED,
            shape="chevrons",
            danger=True,
        ),
        Verb(
            "scheduler",
            "set-log-category",
            "Set log category",
            "Log category set",
            "Messages of this category are written, or not any more, until the categories are reset.",
            "logcategories.set",
            lambda keys, values: commands.set_log_category(values["category"], not values["off"], values["delay"]),
            inputs=(
                Input(
                    "category",
                    "Category",
                    hint="A part of the engine, such as netcore.scribe or twisted; all: everything.",
                    required="Name the category.",
                ),
                Input("off", "Do not write it", "flag"),
                Input(
                    "delay",
                    "For so many seconds",
                    "number",
                    "Then all categories are reset. Empty: until somebody does it.",
                    most=31_536_000,
                ),
            ),
        ),
        Verb(
            "scheduler",
            "reset-log-categories",
            "Reset log categories",
            "Log categories will be reset",
            "The log categories are those of the start again.",
            "logcategories.set",
            lambda keys, values: commands.reset_log_categories(values["delay"]),
            inputs=(Input("delay", "In so many seconds", "number", "Empty: now.", most=31_536_000),),
        ),
        Verb(
            "scheduler",
            "rotate-log",
            "Rotate the log",
            "The log was rotated",
            "The engine goes on in a new log; the old one is kept beside it.",
            "logcategories.set",
            lambda keys, values: commands.modify_spooler("rotate_logs"),
        ),
        Verb(
            "member",
            "terminate",
            "Terminate member",
            "Asked to end",
            "This member ends. Its tasks are asked to end, and killed after the time given here.",
            "scheduler.terminate",
            lambda keys, values: commands.terminate(
                cluster_member_id=keys["member_id"], timeout=values["timeout"] or None
            ),
            not_done="Other members go on.",
            inputs=(WITHIN,),
            level=REASON,
            shape="square",
            danger=True,
        ),
        Verb(
            "member",
            "restart",
            "Restart member",
            "Asked to restart",
            "This member ends and starts again.",
            "scheduler.restart",
            lambda keys, values: commands.terminate(
                cluster_member_id=keys["member_id"], restart="yes", timeout=values["timeout"] or None
            ),
            not_done="Other members go on.",
            inputs=(WITHIN,),
            level=REASON,
            shape="retry",
        ),
        Verb(
            "member",
            "forget",
            "Delete entry",
            "Entry deleted",
            "The entry of this dead member is deleted.",
            "cluster.forget",
            lambda keys, values: commands.terminate(cluster_member_id=keys["member_id"], delete_dead_entry="yes"),
            not_done="A member that lives is not touched.",
            level=TYPED,
            shape="octagon",
            danger=True,
            leaves=True,
        ),
    ]
)
