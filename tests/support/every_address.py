"What can be asked for: one address of each route."

from __future__ import annotations

from werkzeug.routing import Rule

from tests.support.web_site import Site


def addresses(site: Site) -> list[tuple[str, str, str]]:
    "Method, endpoint and an address of every route."
    values = {
        "scheduler_id": "demo",
        "path": "/a/b",
        "chain": "/a/b",
        "history_id": "3",
        "order_id": "1",
        "task_id": 1,
        "verb": "stop",
        "state": "first",
        "filename": "app.css",
        "member_id": "demo.other",
        "key": "viewer",
        "name": "admin",
        "token_id": 1,
        "view_id": 1,
        "worker": "w1",
        "ending": "csv",
        "kind": "job",
        "type": "job",
        "deed": "start",
        "form": "csv",
        "service": "monitor",
        "number": 1,
        "table": "failed",
        "secret": "nothing",
        "place": 0,
    }

    def arguments(rule: Rule) -> dict[str, object]:
        return {name: values[name] for name in rule.arguments} | dict(rule.defaults or {})

    with site.app.test_request_context():
        adapter = site.app.create_url_adapter(None) or site.app.url_map.bind("localhost")
        return [
            (method, rule.endpoint, adapter.build(rule.endpoint, arguments(rule)))
            for rule in site.app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) & {"GET", "POST"})
        ]
