"""Exit code commands, logs with levels, mails, events of the hot folder, and the command that writes it: all in one
real engine each."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.engine import EngineProcess
from tests.support.mail_server import MailServer

HISTORY = '<show_history job="{0}" prev="{1}" what="log"/>'


def entries(engine: EngineProcess, job: str, count: int = 1):
    "The newest tasks of the job that have ended."
    found = engine.command(HISTORY.format(job, count)).findall(".//history.entry")
    return found if len(found) >= count and all(entry.get("end_time") for entry in found[:count]) else None


def config(directory: Path, attributes: str = "", body: str = "") -> None:
    (directory / "config").mkdir(exist_ok=True)
    (directory / "config" / "scheduler.xml").write_text(
        f'<spooler><config {attributes}><security ignore_unknown_hosts="yes">'
        f'<allowed_host host="127.0.0.1" level="all"/></security>{body}</config></spooler>'
    )


def test_a_job_hands_its_results_over_and_a_failing_command_stands_in_its_log(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.job("/first", """
            <job stop_on_error="no">
              <script language="shell">echo "rows=17" >> "$SCHEDULER_RETURN_VALUES"; exit 3</script>
              <commands on_exit_code="3">
                <start_job job="/nowhere"/>
                <start_job job="/second"><params><copy_params from="task"/></params></start_job>
              </commands></job>""")
        engine.shell_job("/second", 'echo "got $SCHEDULER_PARAM_ROWS"')
        engine.start()
        engine.command('<start_job job="/first"/>')
        [second] = engine.wait_until(lambda: entries(engine, "/second"), what="the second task")
        assert "got 17" in "".join(second.itertext())
        [first] = entries(engine, "/first") or []
        assert "SCHEDULER-327" in "".join(first.itertext())
        assert "SCHEDULER-327" in engine.stdout


def test_mails_arrive_with_the_log_and_a_faulty_file_is_mailed(tmp_path: Path) -> None:
    with MailServer() as server, EngineProcess(tmp_path, arguments=(f"-ini={tmp_path / 'factory.ini'}",)) as engine:
        (tmp_path / "factory.ini").write_text(
            f"[spooler]\nsmtp = {server.address}\nlog_mail_to = ops@example.org\nmail_on_error = yes\n"
            "[Job quiet]\nmail_on_error = no\n"
        )
        engine.shell_job("/quiet", "exit 1", 'stop_on_error="no"')
        engine.shell_job("/loud", "echo the reason; exit 1", 'stop_on_error="no"')
        engine.job("/broken", "<job")
        engine.start()
        engine.command('<start_job job="/quiet"/>')
        engine.command('<start_job job="/loud"/>')
        engine.wait_until(lambda: len(server.messages) == 2, what="two mails")
        faulty, failed = sorted(server.messages, key=lambda message: "SCHEDULER-280" in message["Subject"])
        assert "job /broken is faulty" in faulty["Subject"]
        assert "SCHEDULER-280" in failed["Subject"]
        [log] = failed.iter_attachments()
        assert "the reason" in log.get_content()


def test_stderr_with_a_level_and_the_log_of_the_job(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/a", "echo out; echo err >&2", 'stderr_log_level="error" log_append="yes" stop_on_error="no"')
        engine.shell_job("/b", "exit 0")
        engine.start()
        for number in (1, 2):
            engine.command('<start_job job="/a"/>')
            found = engine.wait_until(lambda n=number: entries(engine, "/a", n), what="the task")
            assert found[0].get("exit_code") == "1"
            assert found[0].get("error_code") == "SCHEDULER-140"
        job_log = engine.log_dir / "job.a.log"
        line = "[ERROR]  (Task a:2) [stderr] err"
        engine.wait_until(lambda: job_log.read_text().count(line) == 1, what="the job's log")
        assert job_log.read_text().count("out\n") == 2
        part = engine.command('<log.read job="/A"/>')
        assert part.text == job_log.read_text()
        found = engine.command('<log.search job="/a" text="[stderr]"/>')
        assert (found.get("count"), found.get("size")) == ("2", str(job_log.stat().st_size))
        for job in ("/b", "/none"):
            assert engine.command(f'<log.read job="{job}"/>', refused=True).tag == "ERROR", job


def test_a_task_that_runs_too_long_is_warned_of_in_its_log(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/slow", f"while [ ! -e {tmp_path}/go ]; do sleep 0.1; done", 'warn_if_longer_than="1"')
        engine.start()
        engine.command('<start_job job="/slow"/>')
        engine.wait_until(lambda: "SCHEDULER-712" in engine.stdout, what="the warning")
        (tmp_path / "go").touch()
        [entry] = engine.wait_until(lambda: entries(engine, "/slow"), what="the task")
        assert "SCHEDULER-712" in "".join(entry.itertext())
        assert entry.get("error") == "0"


def test_files_written_by_command_start_the_job_that_watches(tmp_path: Path) -> None:
    config(tmp_path, 'configuration_add_event="/watch"')
    with EngineProcess(tmp_path) as engine:
        script = f'echo "$SCHEDULER_LIVE_EVENT $SCHEDULER_LIVE_FILEBASE" >> {tmp_path}/seen'
        engine.shell_job("/watch", script, 'tasks="5"')
        engine.start()
        engine.command(
            '<modify_hot_folder folder="/new"><job name="a" title="Grüße"><script language="shell">true</script></job>'
            '<job name="b"><script language="shell">true</script></job></modify_hot_folder>'
        )
        assert sorted(file.name for file in (engine.live / "new").iterdir()) == ["a.job.xml", "b.job.xml"]
        engine.wait_until(
            lambda: sorted((tmp_path / "seen").read_text().splitlines()) == ["add a.job.xml", "add b.job.xml"],
            what="both events",
        )
        assert engine.command('<show_job job="/new/a"/>').get("title") == "Grüße"
        (engine.live / "blocked.job.xml").mkdir()
        refused = engine.command(
            '<modify_hot_folder><job name="c"><script language="shell">true</script></job>'
            '<job name="blocked"><script language="shell">true</script></job></modify_hot_folder>',
            refused=True,
        )
        assert refused.get("code") == "STELLWERK-034"
        assert not (engine.live / "c.job.xml").exists()


def test_commands_of_the_start_up_file_run_and_the_engine_starts_paused_when_told(tmp_path: Path) -> None:
    config(tmp_path, body='<commands><start_job job="/at_start"/></commands>')
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/at_start", "true")
        engine.start("-pause")
        assert engine.state() == "paused"
        assert engine.command('<show_job job="/at_start" what="task_queue"/>').find(".//queued_task") is not None
        engine.command('<modify_spooler cmd="continue"/>')
        engine.wait_until(lambda: entries(engine, "/at_start"), what="the task")


def test_one_command_can_be_sent_from_the_command_line(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.start()
        command = [*engine.command_line()[:4], f"-port={engine.port}", "-send-cmd=<show_state what='none'/>"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=engine.environment(), timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "<state" in done.stdout


def test_characters_that_xml_cannot_hold_are_left_out_of_answers(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/a", r"printf 'be\001fore\013\033[1m <after> \377\n'")
        engine.start()
        engine.command('<start_job job="/a"/>')
        [entry] = engine.wait_until(lambda: entries(engine, "/a"), what="the task")
        assert "<after>" in "".join(entry.itertext())
        text = engine.command('<show_job job="/a"/>').get("state_text") or ""
        assert "<after>" in text
        assert "\x01" not in text


def test_every_round_of_an_order_has_a_log_of_its_own(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/a", 'echo "this is round $SCHEDULER_ORDER_HISTORY_ID"')
        engine.chain("/c", '<job_chain><job_chain_node state="1" job="/a"/><job_chain_node state="end"/></job_chain>')
        engine.start()
        for number in (1, 2):
            engine.command('<add_order job_chain="/c" id="x"/>')
            answer = engine.wait_until(lambda n=number: _ended_round(engine, n), what="the round")
            assert f"this is round {number}" in answer
            assert f"this is round {3 - number}" not in answer


def _ended_round(engine: EngineProcess, number: int) -> str | None:
    from stellwerk.client import Client

    with Client("127.0.0.1", engine.port) as client:
        answer = client.execute(f'<show_order job_chain="/c" order="x" history_id="{number}" what="log"/>')
    text = "".join(answer.root.itertext())
    return text if f"round {number}" in text else None
