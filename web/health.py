"Probes without sign-in: `/healthz` (the process lives), `/readyz` (the database is there and has our tables)."

from __future__ import annotations

from flask import Blueprint, Response

from models import schema
from models.errors import StoreError
from web import database

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    try:
        schema.require(database.read())
    except StoreError:
        return Response("the database is not ready\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
