"""What people write about jobs and chains, as HTML that cannot do anything. Pure: text in, markup out.

A text that begins with a tag is read as HTML, of which only the elements below stay; `href` is the only attribute.
Anything else is plain text with a few usual marks: `#` headings, `-` and `1.` lists, ``` blocks, tables of `|`, `code`,
**bold**, [words](address) and bare addresses. Headings begin at the third level, since they stand in a panel of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html
from markupsafe import Markup, escape

#: elements that stay as they are; of others only the content does
_KEPT = frozenset(
    ("p", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "pre", "code", "b", "strong", "i", "em", "u", "sub", "sup",
     "blockquote", "table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5")
)  # fmt: skip
_EMPTY = frozenset(("br", "hr"))
_RENAMED = {"h1": "h3", "h2": "h4", "h6": "h5", "tt": "code", "kbd": "code", "samp": "code"}
#: elements that go with everything in them
_GONE = frozenset(
    ("script", "style", "head", "title", "iframe", "object", "embed", "template", "textarea", "select", "noscript",
     "svg", "math")
)  # fmt: skip
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"'`]+", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(r"\s*<[a-zA-Z!]")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`|\*\*(?P<bold>[^*\n]+)\*\*|\[(?P<words>[^]\n]+)\]\((?P<to>[^)\s]+)\)"
    r"|(?P<bare>https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]])"
)
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_POINT = re.compile(r"\s{0,3}(?:[-*]|(\d{1,9})[.)])\s+(.*)")
_RULE = re.compile(r"\|[\s:|-]*-[\s:|-]*\|\s*")
_RUNBOOK = re.compile(r"^[\s>*-]*runbook\s*:\s*(\S.*)$", re.IGNORECASE | re.MULTILINE)


def rendered(text: str) -> Markup:
    text = text.replace("\r\n", "\n")
    if _LOOKS_LIKE_HTML.match(text):
        return Markup("").join(_html(text))
    return Markup("").join(_plain(text.split("\n")))


def runbook(text: str) -> str | None:
    """What a line `Runbook: …` of the text names: an address (http or https), or empty when it names something else,
    which the text itself says. None: there is no such line."""
    found = _RUNBOOK.search(text)
    if found is None:
        return None
    address = re.search(r"https?://[^\s<>\"'`)]+", found[1])
    return address[0] if address else ""


# ---- plain text ----


def _plain(lines: list[str]) -> Iterator[Markup]:
    at = 0
    while at < len(lines):
        line, begin = lines[at], at
        at += 1
        if line.startswith("```"):
            while at < len(lines) and not lines[at].startswith("```"):
                at += 1
            yield Markup('<pre tabindex="0">{}</pre>').format("\n".join(lines[begin + 1 : at]))
            at += 1
        elif heading := _HEADING.fullmatch(line):
            level = min(len(heading[1]) + 2, 5)
            yield Markup("<h{}>{}</h{}>").format(level, _inline(heading[2]), level)
        elif _POINT.fullmatch(line):
            while at < len(lines) and _POINT.fullmatch(lines[at]):
                at += 1
            yield _points(lines[begin:at])
        elif line.startswith("|") and at < len(lines) and _RULE.fullmatch(lines[at]):
            while at < len(lines) and lines[at].startswith("|"):
                at += 1
            yield _table([line, *lines[begin + 2 : at]])
        elif line.strip():
            while at < len(lines) and lines[at].strip() and not _begins_something(lines[at]):
                at += 1
            yield Markup('<p class="pre-line">{}</p>').format(_inline("\n".join(lines[begin:at])))


def _begins_something(line: str) -> bool:
    return line.startswith(("```", "|")) or bool(_HEADING.fullmatch(line) or _POINT.fullmatch(line))


def _points(lines: list[str]) -> Markup:
    found = [point for line in lines if (point := _POINT.fullmatch(line))]
    kind = "ol" if found[0][1] else "ul"
    inner = Markup("").join(Markup("<li>{}</li>").format(_inline(point[2])) for point in found)
    return Markup("<{}>{}</{}>").format(kind, inner, kind)


def _table(lines: list[str]) -> Markup:
    "The first line holds the heads."
    heads, *rows = ([_inline(cell.strip().replace(r"\|", "|")) for cell in _cells(line)] for line in lines)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(cell) for cell in heads)
    cells = (Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row) for row in rows)
    body = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in cells)
    return Markup(
        '<div class="scroll" tabindex="0"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, body)


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))


def _inline(text: str) -> Markup:
    pieces, end = [], 0
    for found in _INLINE.finditer(text):
        pieces += [escape(text[end : found.start()]), _marked(found)]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _marked(found: re.Match[str]) -> Markup:
    if found["code"]:
        return Markup("<code>{}</code>").format(found["code"])
    if found["bold"]:
        return Markup("<strong>{}</strong>").format(found["bold"])
    if found["bare"]:
        return _link(found["bare"], escape(found["bare"]))
    return _link(found["to"], escape(found["words"])) if _ADDRESS.fullmatch(found["to"]) else escape(found[0])


def _link(address: str, words: Markup) -> Markup:
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, words)


# ---- HTML ----


def _html(text: str) -> Iterator[Markup]:
    try:
        # what XML cannot hold is no text either
        root = html.fragment_fromstring(re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f]", "", text), create_parent="div")
    except (etree.LxmlError, ValueError):
        yield Markup('<p class="pre-line">{}</p>').format(text)
        return
    yield from _inside(root)


def _inside(element: html.HtmlElement) -> Iterator[Markup]:
    yield escape(element.text or "")
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _GONE:
            yield _kept(child)
        yield escape(child.tail or "")


def _kept(element: html.HtmlElement) -> Markup:
    inner = Markup("").join(_inside(element))
    tag = _RENAMED.get(str(element.tag), str(element.tag))
    if tag == "a":
        address = (element.get("href") or "").strip()
        return _link(address, inner) if _ADDRESS.fullmatch(address) else inner
    if tag not in _KEPT:
        return inner
    if tag in _EMPTY:
        return Markup("<{}>").format(tag) + inner
    opened = Markup('<pre tabindex="0">') if tag == "pre" else Markup("<{}>").format(tag)
    return opened + inner + Markup("</{}>").format(tag)
