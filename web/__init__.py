"""The control plane: pages over the database, commands to the engine.

The map
-------
settings, database         what the process was told; its connections
security, forgery          headers; masked tokens of forms
static_files, compression  files by hashed addresses; answers as gzip, and when not
long_lived                 what is made once and no collection of garbage looks at again
auth/                      accounts, sign-in, throttle, sessions, screens on a wall, the first account
permissions, endpoints     who may look at and do what
preferences, keys          what a reader chose; shortcuts and the reader's own keys, as they are typed_keys
addresses, navigation      object paths in URLs; the order of the menu
languages, words           the reader's language; catalogues of what pages say (script_words: and scripts)
sayings                    what the engine says, in that language
marks                      states, times and paths as lists show them, made once
display, format, states    what templates need: times, words, families of states
fragments, live, topics    a page and its parts; the pulse that tells what changed
quick_pulse                the same pulse for pages that wait all day, in front of everything
revisions                  how far the journal has come as a reader may know it, and the tag that tells
news                       of lists that are not live: how much came since
scope, strip               the scheduler a page is about; the status strip; last_words: of a member that is silent
engines, commands          which member answers; the XML it gets
task_log, order_log        windows of logs; engine_log: asked from engines; log_view, order_search: what is found
viewed_log, viewed_run     logs as a reader sees them: log_sieve, which lines; log_span, log_times, where they lie and
                           open; log_secrets, what is hidden; log_map, where errors are
log_text, ansi             the lines of a window; what terminals show in colours; log_channels: which stream wrote them
day, planned, plan_range   a day of the plan, and the part of it that the timeline shows
planned_timeline           the rows of a timeline; holding_up: which of them others wait for
comparison                 two days, tasks, runs or definitions beside each other
cluster, cluster_health    members as cards; how a cluster stands, what to worry about; cluster_story: changes of roles,
                           and how far a command to end is
named_schedules            schedules and calendars as files say; preview, run_time_fields: run times tried and edited
several                    what became of each of several commands that were sent as one
fault_places               where the engine found a definition faulty, as a place in what was typed
unread                     the page of a file that was saved and is not read yet
offsets, clock_times       spans beside a planned start; times of day that get their day
references, source_lines   what definitions name; their text with ways there; named: to whom it is named
supervisor, handed_out     workers as the supervisor tells; what they have, should have, and what is different
pages/                     one file for each family of pages
list_columns               what a reader leaves out of a list, and in which sequence the rest stands
shared_views               which views of others a reader of some folders may know
job_waits                  jobs and tasks in the queue that lack a process or a lock
holders                    who stopped or suspended what is shown, and until when
audit_words                what deeds are called, and where the pages of their objects are
vanished                   when and by which version an object left the configuration
object_notes               what people write about an object, and who may
order_params, exit_codes   where parameters of an order come from; what exit codes say to people
overview_health            what must be well besides the jobs, and what a new installation lacks
chosen                     what administrators chose for everybody
support_bundle             a file for whoever helps; third_party: whose work this is made of
agents, resource_use       where tasks run, and what they use there
tree, resource_tree        folders as rows of a table; open_folders: which of them are open, now and the next time;
                           resource_sight: which schedules, classes and locks a reader sees
chain_drawing              the graph of a chain with its chosen node; chain_why: why orders do not go on there
documentation, prose       what files of objects say to people, as harmless HTML; manual: the books of `docs/`
classic_settings           filters and choices of the classic interface, from its settings file
last_warning               what the newest task of a job warned of
shown_addresses            where browsers reach other schedulers
actions/                   permission -> operation -> audit -> command -> result
api/, metrics              for programs
faults, health             what goes wrong; probes

The rule: pages read the database and never change it; every change is a command that the engine decides.
The web writes only its own tables (`models.tables.web`).
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from web import (
    addresses,
    audit_words,
    compression,
    database,
    display,
    faults,
    forgery,
    health,
    holders,
    job_waits,
    languages,
    list_columns,
    live,
    long_lived,
    marks,
    metrics,
    named,
    object_notes,
    permissions,
    quick_pulse,
    sayings,
    script_words,
    security,
    static_files,
    words,
)
from web.actions import delivery, offers, routes
from web.api import openapi  # noqa: F401  it declares all routes of the interface
from web.api import routes as api_routes
from web.auth import login, oidc, people, walls
from web.auth.sessions import StoredKeySessions
from web.pages import (
    accounts,
    api_help,
    audit,
    bulk,
    calendars,
    chains,
    cluster,
    comparisons,
    configuration,
    dependencies,
    estate,
    folders,
    general_menus,
    help,
    history,
    identity,
    job_logs,
    jobs,
    log,
    maintenance,
    me,
    menus,
    moments,
    notices,
    notifications,
    operations,
    order_logs,
    orders,
    overview,
    plan,
    plan_feed,
    plan_many,
    reports,
    resources,
    roles,
    search,
    services,
    start,
    start_times,
    supervisor,
    tasks,
    tokens,
    versions,
    views,
    web_settings,
)
from web.pages import object_notes as object_note_pages
from web.pages import walls as wall_pages
from web.settings import Settings
from web.translated_templates import TranslatedTemplates

BLUEPRINTS = (
    health,
    metrics,
    api_routes,
    login,
    oidc,
    start,
    me,
    help,
    live,
    overview,
    orders,
    order_logs,
    jobs,
    job_logs,
    tasks,
    chains,
    resources,
    history,
    comparisons,
    cluster,
    audit,
    operations,
    tokens,
    api_help,
    plan,
    plan_feed,
    plan_many,
    start_times,
    calendars,
    folders,
    dependencies,
    configuration,
    versions,
    log,
    search,
    estate,
    supervisor,
    views,
    wall_pages,
    bulk,
    menus,
    general_menus,
    moments,
    object_note_pages,
    services,
    notices,
    notifications,
    maintenance,
    reports,
    accounts,
    roles,
    identity,
    web_settings,
)


def create_app(settings: Settings | None = None) -> Flask:
    "The application; without settings they come from the environment. Raises SettingsError or StoreError (bad URL)."
    alone = settings is None
    settings = settings or Settings.from_environ(os.environ)
    templates = Path(__file__).parent.parent / "templates"
    app = addresses.RememberedAddresses("web", template_folder=str(templates), static_folder=None)
    app.jinja_environment = TranslatedTemplates
    app.extensions["stellwerk_settings"] = settings
    app.config.update(
        SESSION_COOKIE_NAME="__Host-stellwerk" if settings.https else "stellwerk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session
        MAX_CONTENT_LENGTH=1024 * 1024,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
    )
    app.session_interface = StoredKeySessions()
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    compression.install(app)
    addresses.install(app)
    database.install(app, settings.database_url)
    quick_pulse.install(app)
    languages.install(app)
    words.install(app)
    sayings.install(app)
    script_words.install(app)
    display.install(app)
    marks.install(app)
    job_waits.install(app)
    static_files.install(app)
    security.install(app, settings.https)
    people.install(app)
    walls.install(app)
    oidc.install(app)
    permissions.install(app)
    named.install(app)
    offers.install(app)
    holders.install(app)
    audit_words.install(app)
    object_notes.install(app)
    list_columns.install(app)
    delivery.install(app)
    csrf = forgery.MaskedTokens(app)
    csrf.exempt(api_routes.blueprint)  # it asks for itself: a token needs none, a session does
    faults.install(app)
    for blueprint in routes.BLUEPRINTS:
        app.register_blueprint(blueprint)
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    if alone:
        long_lived.set_aside()
    return app
