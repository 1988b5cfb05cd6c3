"""Read-only views with the names and columns that reports on the classic engine's database use.

Times are UTC without zone in whole seconds, paths have no leading slash, flags are 0 and 1, long texts are cut,
parameters are the classic XML. Ids count per scheduler here, so the view of the steps has the scheduler id as an
additional last column.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from typing import NamedTuple

from alembic import op

revision = "0002"
down_revision = "0001"

VIEWS = {
    "scheduler_history": """
        SELECT t.id, t.scheduler_id AS spooler_id, {null_text} AS cluster_member_id, substr(t.job, 2) AS job_name,
            {start} AS start_time, {end} AS end_time, t.cause, t.steps, t.exit_code,
            CASE WHEN t.ended_at IS NULL THEN NULL WHEN t.problem_code IS NULL THEN 0 ELSE 1 END AS error,
            t.problem_code AS error_code, substr(t.problem_text, 1, 249) AS error_text, {params} AS parameters,
            g.content AS log, t.pid, {null_text} AS agent_url
        FROM tasks t LEFT JOIN task_logs g ON g.scheduler_id = t.scheduler_id AND g.task_id = t.id
        WHERE t.started_at IS NOT NULL""",
    "scheduler_order_history": """
        SELECT t.history_id, substr(t.chain, 2) AS job_chain, t.order_id, t.scheduler_id AS spooler_id,
            substr(t.title, 1, 200) AS title, t.node AS state, substr(t.state_text, 1, 100) AS state_text,
            {start} AS start_time, {end} AS end_time, {null_blob} AS log
        FROM order_runs t""",
    "scheduler_order_step_history": """
        SELECT t.history_id, t.step, t.task_id, t.node AS state, {start} AS start_time, {end} AS end_time,
            CASE WHEN t.ended_at IS NULL THEN NULL WHEN t.problem_code IS NULL THEN 0 ELSE 1 END AS error,
            t.problem_code AS error_code, substr(t.problem_text, 1, 249) AS error_text,
            t.scheduler_id AS spooler_id
        FROM order_steps t""",
    "scheduler_orders": """
        SELECT substr(t.chain, 2) AS job_chain, t.order_id AS id, t.scheduler_id AS spooler_id,
            {null_time} AS distributed_next_time, {null_text} AS occupying_cluster_member_id, t.priority,
            t.node AS state, substr(t.state_text, 1, 100) AS state_text, substr(t.title, 1, 200) AS title,
            {created} AS created_time, {modified} AS mod_time, t.ordering, {params} AS payload,
            t.initial_node AS initial_state, {null_text} AS run_time,
            '<order' || coalesce(' history_id="' || t.history_id || '"', '')
                || CASE WHEN t.state IN ('suspended', 'suspending', 'blacklisted') THEN ' suspended="yes"' ELSE '' END
                || CASE WHEN t.state = 'blacklisted' THEN ' on_blacklist="yes"' ELSE '' END
                || CASE WHEN t.setback_count > 0 THEN ' setback_count="' || t.setback_count || '"' ELSE '' END
                || CASE WHEN t.touched THEN ' touched="yes"' ELSE '' END || '/>' AS order_xml
        FROM orders t WHERE t.state <> 'ended'""",
    "scheduler_tasks": """
        SELECT t.id AS task_id, t.scheduler_id AS spooler_id, {null_text} AS cluster_member_id,
            substr(t.job, 2) AS job_name, {enqueued} AS enqueue_time, {start_at} AS start_at_time,
            {params} AS parameters,
            CASE WHEN t.force THEN '<task force_start="yes"/>' ELSE '<task force_start="no"/>' END AS task_xml
        FROM tasks t WHERE t.state = 'queued'""",
    "scheduler_jobs": """
        SELECT t.scheduler_id AS spooler_id, '-' AS cluster_member_id, substr(t.path, 2) AS path,
            CASE WHEN t.stopped THEN 1 ELSE 0 END AS stopped, {null_text} AS next_start_time
        FROM jobs t""",
    "scheduler_job_chains": """
        SELECT t.scheduler_id AS spooler_id, '-' AS cluster_member_id, substr(t.path, 2) AS path,
            CASE WHEN t.state = 'stopped' THEN 1 ELSE 0 END AS stopped
        FROM job_chains t""",
    "scheduler_job_chain_nodes": """
        SELECT t.scheduler_id AS spooler_id, '-' AS cluster_member_id, substr(t.chain, 2) AS job_chain,
            t.node AS order_state, CASE WHEN t.action = 'process' THEN NULL ELSE t.action END AS action
        FROM job_chain_nodes t""",
    "scheduler_clusters": """
        SELECT t.member_id, t.scheduler_id, t.precedence, {beat} AS last_heart_beat, {beat} + 1 AS next_heart_beat,
            CASE WHEN t.active THEN 1 END AS active, CASE WHEN t.exclusive THEN 1 END AS exclusive,
            {null_number} AS dead, CASE WHEN t.state = 'paused' THEN 1 END AS paused, {null_text} AS command,
            'http://' || t.host || ':' || t.tcp_port AS http_url, {null_text} AS deactivating_member_id,
            '<cluster_member version="' || t.version || '" host="' || t.host || '" pid="' || t.pid || '"'
                || coalesce(' tcp_port="' || t.tcp_port || '"', '') || coalesce(' udp_port="' || t.udp_port || '"', '')
                || coalesce(' backup_precedence="' || t.precedence || '"', '') || '/>' AS xml
        FROM members t""",
}


class Dialect(NamedTuple):
    "What the databases write differently; `%s` is the column or the text."

    time: str
    unix_time: str
    name: str
    value: str
    pairs: str
    join: str
    blob: str
    timestamp: str


SQLITE = Dialect(
    time="replace(substr(%s, 1, 19), 'T', ' ')",
    unix_time="CAST(strftime('%%s', %s) AS INTEGER)",
    name="json_extract(p.value, '$[0]')",
    value="json_extract(p.value, '$[1]')",
    pairs="json_each(t.params) AS p",
    join="group_concat(%s, '')",
    blob="BLOB",
    timestamp="text",
)
POSTGRES = Dialect(
    time="date_trunc('second', %s AT TIME ZONE 'UTC')",
    unix_time="CAST(extract(epoch FROM date_trunc('second', %s)) AS bigint)",
    name="p.pair ->> 0",
    value="p.pair ->> 1",
    pairs="jsonb_array_elements(CAST(t.params AS jsonb)) WITH ORDINALITY AS p (pair, position)",
    join="string_agg(%s, '' ORDER BY p.position)",
    blob="bytea",
    timestamp="timestamp",
)


def escaped(text: str) -> str:
    "The SQL expression as the value of an XML attribute."
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = f"replace({text}, '{character}', '{entity}')"
    return text


def fragments(dialect: Dialect) -> dict[str, str]:
    "What stands for the names in braces."
    variable = f"'<variable name=\"' || {escaped(dialect.name)} || '\" value=\"' || {escaped(dialect.value)} || '\"/>'"
    params = (
        "CASE WHEN t.params <> '[]' THEN (SELECT '<sos.spooler.variable_set count=\"' || count(*) || '\">'"  # noqa: S608
        f" || {dialect.join % variable} || '</sos.spooler.variable_set>' FROM {dialect.pairs}) END"
    )
    columns = {
        "start": "t.started_at",
        "end": "t.ended_at",
        "created": "t.created_at",
        "modified": "t.modified_at",
        "enqueued": "t.enqueued_at",
        "start_at": "t.start_at",
    }
    return {
        **{name: dialect.time % column for name, column in columns.items()},
        "beat": dialect.unix_time % "t.beat_at",
        "params": params,
        "null_text": "CAST(NULL AS text)",
        "null_number": "CAST(NULL AS integer)",
        "null_time": f"CAST(NULL AS {dialect.timestamp})",
        "null_blob": f"CAST(NULL AS {dialect.blob})",
    }


def upgrade() -> None:
    dialect = POSTGRES if op.get_bind().dialect.name == "postgresql" else SQLITE
    values = fragments(dialect)
    for name, query in VIEWS.items():
        op.get_bind().exec_driver_sql(f"CREATE VIEW {name} AS {query.format(**values)}")
