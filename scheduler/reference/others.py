"Commands for agents, supervisors, and parts that only the classic engine has."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.model import Chapter, Described

OTHERS: Chapter = {
    "remote_scheduler.start_remote_task": Described(
        "Starts a process for another engine.", "",
        {
            "tcp_port": "Where the other engine listens.",
            "kind": "`process`: it runs no interface of its own.",
            "java_options": "Options of a Java that the process might use.",
            "java_classpath": "Its class path.",
        },
    ),
    "remote_scheduler.remote_task.close": Described(
        "Ends a process that was started for another engine, and removes its files.", "",
        {"process_id": "Its number.", "kill": "yes: it is killed before."},
    ),
    "remote_scheduler.remote_task.kill": Described(
        "Sends a signal to a process that was started for another engine.", "",
        {"process_id": "Its number.", "signal": "`SIGTERM`."},
    ),
    "register_remote_scheduler": Described(
        "A workload scheduler registers at its supervisor.",
        "Over a plain TCP connection, which stays open.",
        {
            "scheduler_id": "Its scheduler id.",
            "version": "Its version.",
            "tcp_port": "Its command port.",
            "udp_port": "Where it wants to be woken.",
            "is_cluster_member": "yes: it is one of several with that id.",
            "logoff": "yes: it goes.",
        },
        {"ERROR": "What keeps it from working."},
        errors=(Code.ONLY_OVER_TCP,),
    ),
    "supervisor.configuration.fetch": Described(
        "A workload scheduler asks for what has changed of its configuration.", "",
        {
            "scheduler_id": "Its scheduler id.",
            "version": "Its version.",
            "interval": "Seconds until it asks again.",
            "cluster_member_id": "Its name as a member of its cluster.",
            "ip": "Its address, where the connection does not say it.",
            "udp_port": "Where it wants to be woken.",
        },
        {
            "configuration.directory": "A directory that it has, with its contents.",
            "configuration.file": "A file that it has: `name`, `last_write_time`, `md5`.",
        },
    ),
    "supervisor.remote_scheduler.configuration.fetch_updated_files": Described(
        "As `<supervisor.configuration.fetch>`, on the connection on which it has registered.",
        children={
            "configuration.directory": "A directory that it has, with its contents.",
            "configuration.file": "A file that it has: `name`, `last_write_time`, `md5`.",
        },
        errors=(Code.NOT_REGISTERED,),
    ),
    "service_request": Described("Refused: there are no web services."),
    "plugin.command": Described("Refused: there are no plug-ins."),
}
