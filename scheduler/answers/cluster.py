"""`<cluster>`: what an engine says of the cluster that it is a member of."""

from __future__ import annotations

from scheduler.answers.options import ShowOptions
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.times import time_text_seconds
from scheduler.world import World
from scheduler.xml.write import element

_YES = "yes"


def cluster_element(world: World, options: ShowOptions) -> str:
    "Empty for an engine that stands alone: clients hide what they have about clusters then. Members when asked for."
    cluster = world.cluster
    if cluster is None:
        return ""
    members = [_member(world, cluster, member) for member in cluster.members] if "cluster" in options else []
    return element(
        "cluster",
        [
            ("cluster_member_id", cluster.member_id),
            ("active", _flag(cluster.active)),
            ("exclusive", _flag(cluster.exclusive)),
            ("backup", _flag(cluster.backup)),
            ("paused", _flag(cluster.paused)),
            ("is_member_allowed_to_start", _YES if cluster.may_start else "no"),
        ],
        *members,
    )


def _flag(value: bool) -> str | None:
    return _YES if value else None


def _member(world: World, cluster: ClusterView, member: MemberView) -> str:
    return element(
        "cluster_member",
        [
            ("version", member.version),
            ("host", member.host),
            ("pid", member.pid),
            ("running_since", time_text_seconds(member.started_at)),
            ("backup_precedence", member.precedence),
            ("backup", _flag(member.backup)),
            ("demand_exclusiveness", _flag(member.clustered)),
            ("distributed_orders", _flag(member.distributed)),
            ("tcp_port", member.tcp_port),
            ("udp_port", member.udp_port),
            ("http_port", member.http_port),
            ("https_port", member.https_port),
            ("cluster_member_id", member.member_id),
            ("http_url", member.http_url),
            ("heart_beat_count", member.beats),
            ("active", _flag(member.active)),
            ("exclusive", _flag(member.exclusive)),
            ("dead", _flag(member.dead)),
            *_beats(world, member),
            ("recent_silences", _silences(cluster, member)),
            ("deactivating_member_id", member.deactivated_by or None),
        ],
    )


def _beats(world: World, member: MemberView) -> list[tuple[str, str | int | None]]:
    if member.noticed_at is None:
        return [("database_last_heart_beat", time_text_seconds(member.beat_at))]
    return [
        ("last_detected_heart_beat", time_text_seconds(member.noticed_at)),
        ("last_detected_heart_beat_age", max(0, int((world.now - member.noticed_at).total_seconds()))),
        ("heart_beat_quality", member.quality.value),
        ("late_heart_beat_count", member.late_beats or None),
    ]


def _silences(cluster: ClusterView, member: MemberView) -> str | None:
    "The longest silences in seconds, ten seconds by ten seconds, the newest last; `-`: nobody looked."
    found = cluster.recent.get(member.member_id)
    return " ".join("-" if each is None else f"{each:.1f}" for each in found) if found else None
