"""Who is signed in: by a session of the pages, or by an API token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as BaseResponse

from models import accounts, audit, keys, roles
from models.access import NOBODY, Access
from models.accounts import Account
from models.keys import Session, Token
from web import database
from web.auth import sessions, walls
from web.fragments import open_page, wants_fragment
from web.words import gettext

#: endpoints without sign-in, and those that need no database either; of its end a session is told, or nobody
ALWAYS = frozenset({"static", "health.healthz", "health.readyz"})
OPEN = ALWAYS | {
    "auth.login", "auth.sign_in", "oidc.begin", "oidc.back", "metrics.metrics", "walls.enter", "me.session_ends",
}  # fmt: skip
#: what somebody may open who has to change the password first
WITH_OLD_PASSWORD = OPEN | {"auth.logout", "me.password", "me.change_password"}
#: how long after giving the password somebody may do what needs it
FRESH = timedelta(minutes=15)
#: how long before a session ends that is told; of a short one, a quarter of it
SOON = timedelta(minutes=10)

#: where the token is in the address, and what that one may, neither more nor less
FEED = "plan_feed"
FEED_PERMISSIONS = ["plan.view"]

#: session entries: the secret of the session, and the change of password that it knows
_SECRET = "sid"  # noqa: S105
_STAMP = "password_changed_at"


class Person(UserMixin):
    "The signed-in account with what it may; `token` is None on the pages, `session` for programs."

    def __init__(
        self, account: Account, access: Access, *, session: Session | None = None, token: Token | None = None
    ) -> None:
        self.account = account
        self.access = access
        self.session = session
        self.token = token

    def get_id(self) -> str:
        return str(self.account.id)

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def token_name(self) -> str:
        return self.token.name if self.token else ""


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # it ends sessions whenever a proxy changes the address

    @manager.user_loader
    def load(identifier: str) -> Person | None:
        return _by_session(int(identifier))

    @manager.request_loader
    def by_token(asked: Request) -> Person | None:
        if request.blueprint == FEED:
            return _by_feed()
        return _by_token(_bearer(asked)) if takes_tokens() else _by_wall()

    @app.before_request
    def only_people() -> BaseResponse | None:
        "Every page needs a signed-in person, unless it is named in OPEN: forgetting a decorator opens nothing."
        if request.endpoint in ALWAYS:
            return None
        if not app.secret_key:
            sessions.signing_key(app)  # there is no session without the database: raises what is wrong with it
        if request.endpoint is None or request.endpoint in OPEN:
            return None
        if not current_user.is_authenticated:
            return None if takes_tokens() else ask_to_sign_in()
        _note_use()
        database.look_as(current_user.access)
        if _must_change() and request.endpoint not in WITH_OLD_PASSWORD:
            if takes_tokens():
                abort(403, gettext("The password of this account has to be changed first."))
            return _away(url_for("me.password"))
        return None

    app.jinja_env.globals.update(session_ends=session_ends)


def _must_change() -> bool:
    "Somebody else knows the password; an account that opens no pages has no use for it."
    return bool(current_user.account.must_change and current_user.access.interactive)


def takes_tokens() -> bool:
    "Whether this address is for programs; it answers for itself when nobody is signed in."
    return request.blueprint in ("api", "metrics", FEED)


def access() -> Access:
    "What the person of this request may. Rows of lists ask for it again and again."
    known: Access | None = g.get("access")
    if known is not None:
        return known
    return current_user.access if current_user.is_authenticated else NOBODY


def ask_to_sign_in() -> Response | BaseResponse:
    "To the sign-in page with a way back; a fragment makes the whole page go there, not its place in it."
    if wants_fragment():
        return _away(url_for("auth.login", next=open_page() or None))
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back), 303)


def begin_session(account: Account) -> None:
    "A fresh session for the account: nothing of the one before is taken over."
    now = datetime.now(UTC)
    with database.writing() as connection:
        secret = keys.begin_session(
            connection, account.id, request.remote_addr or "", request.headers.get("User-Agent", ""), now
        )
        keys.forget_sessions(connection, now - current_app.permanent_session_lifetime)
        accounts.note_login(connection, account.id, now)
        audit.note(connection, now, account.name, request.remote_addr or "", "session.begin", account.name)
    session.clear()
    session.permanent = True
    session[_SECRET] = secret
    session[_STAMP] = stamp(account.password_changed_at)
    login_user(Person(account, roles.access(database.read(), account.id)))


def end_session() -> None:
    "Sign out: the cookie is of no use any more, wherever it was copied to."
    known = current_user.session if current_user.is_authenticated else None
    if known is not None:
        name = current_user.name
        with database.writing() as connection:
            keys.end_session(connection, known.account_id, known.key)
            audit.note(connection, datetime.now(UTC), name, request.remote_addr or "", "session.end", name)
    session.clear()


def session_ends() -> datetime | None:
    """When the session of this request ends for want of use, if that is soon. Only what a page asks for by itself is
    told: whoever opens a page has used the session."""
    known = current_user.session if current_user.is_authenticated else None
    if known is None or not sessions.by_itself():
        return None
    lifetime = current_app.permanent_session_lifetime
    ends: datetime = known.used_at + lifetime
    return ends if ends - datetime.now(UTC) < min(SOON, lifetime / 4) else None


def stay() -> None:
    "The session is used now, whatever asked for this."
    if current_user.session is not None:
        with database.writing() as connection:
            keys.use_session(connection, current_user.session.key, datetime.now(UTC))
        session.modified = True  # and its cookie lasts as long


def fresh() -> bool:
    "Whether the password was given not long ago; programs show their secret with every request."
    if current_user.token is not None:
        return True
    known = current_user.session
    return known is not None and datetime.now(UTC) - known.confirmed_at < FRESH


def stamp(moment: datetime) -> str:
    return moment.isoformat()


def _by_session(account_id: int) -> Person | None:
    connection = database.read()
    both = keys.session_with_account(connection, session.get(_SECRET, ""))
    if both is None:
        return None
    found, account = both
    if account.id != account_id or _too_old(found):
        return None
    if account.disabled or session.get(_STAMP) != stamp(account.password_changed_at):
        return None
    access = roles.access(connection, account_id)
    return Person(account, access, session=found) if access.interactive else None


def _bearer(request: Request) -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _by_token(secret: str) -> Person | None:
    connection = database.read()
    token = keys.token(connection, secret, datetime.now(UTC)) if secret else None
    account = accounts.by_id(connection, token.account_id) if token else None
    if token is None or account is None or account.disabled:
        return None
    return Person(account, roles.access(connection, account.id).narrowed(token.permissions), token=token)


def _by_feed() -> Person | None:
    "The token in the address of a feed. Addresses get around, so one that may do more has no business there."
    person = _by_token((request.view_args or {}).get("secret", ""))
    if person is None or person.token is None or list(person.token.permissions or ()) != FEED_PERMISSIONS:
        return None
    return person


def _by_wall() -> Person | None:
    "The token of a screen, see `web.auth.walls`."
    person = _by_token(walls.secret())
    if person is None or person.token is None or not walls.is_for_walls(person.token.permissions):
        return None
    g.wall_token = person.token.id
    return person


def _too_old(found: Session) -> bool:
    return datetime.now(UTC) - found.used_at > current_app.permanent_session_lifetime


def _note_use() -> None:
    "At most once in a minute; what a page asks for by itself is no use of a session."
    now = datetime.now(UTC)
    known, token = current_user.session, current_user.token
    if known is not None and not sessions.by_itself() and now - known.used_at > keys.NOTE_EVERY:
        with database.writing() as connection:
            keys.use_session(connection, known.key, now)
    if token is not None and (token.used_at is None or now - token.used_at > keys.NOTE_EVERY):
        with database.writing() as connection:
            keys.use_token(connection, token.id, request.remote_addr or "", now)


def _away(address: str) -> Response | BaseResponse:
    if not wants_fragment():
        return redirect(address, 303)
    answer = make_response("", 401)
    answer.headers["HX-Redirect"] = address
    return answer
