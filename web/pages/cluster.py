"The members of a scheduler, how the work went from one to another, and what they were told."

from __future__ import annotations

from flask import Blueprint

from models import beats, read
from models.lease import read_lease
from models.member_commands import open_commands
from models.takeovers import takeovers
from web import cluster, database, scope
from web.display import now
from web.fragments import page_or_fragment
from web.pictures.beats import begin_of

blueprint = Blueprint("cluster", __name__, url_prefix="/s/<scheduler_id>/cluster")


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    connection = database.read()
    members = read.members(connection, scheduler_id)
    changes = takeovers(connection, scheduler_id)
    return page_or_fragment(
        "cluster/page.html",
        {"members": "cluster/_members.html", "takeovers": "cluster/_takeovers.html"},
        cards=cluster.cards(
            members,
            read_lease(connection, scheduler_id),
            now(),
            beats.since(connection, scheduler_id, begin_of(now())),
        ),
        clustered=any(member.clustered for member in members),
        takeovers=changes,
        legs=cluster.legs(changes[0]) if changes else [],
        reasons=cluster.REASONS,
        commands=open_commands(connection, scheduler_id),
    )
