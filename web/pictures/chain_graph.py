"""A job chain as a graph: nodes in layers from left to right, edges to the next and to the error node.

Layers by the longest path, order in a layer by the mean place of the neighbours. Edges that lead back are drawn below
the nodes. Chains of more than `MOST` nodes are shown around a chosen node only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 168, 56
END_WIDTH, END_HEIGHT = 104, 32
GAP_X, GAP_Y, EDGE = 44, 22, 14
MOST = 60
PASSES = 4
#: steps around the chosen node of a long chain
AROUND = 2


@dataclass(frozen=True, slots=True)
class Link:
    "What the layout needs of a node; `more` are further targets."

    name: str
    next: str = ""
    error: str = ""
    end: bool = False
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    x: int
    y: int
    width: int
    height: int
    end: bool
    #: an end that is reached after errors only
    bad: bool = False

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Edge:
    "`path` is the `d` of an SVG path with the arrow's tip at its end, `x` and `y` the place of a number on it."

    source: str
    target: str
    error: bool
    path: str
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Graph:
    "`left_out`: how many nodes are not drawn."

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int
    left_out: int = 0


def graph(links: Sequence[Link], chosen: str = "") -> Graph:
    "The drawing of the nodes; names that no node has are not drawn."
    shown = _around(links, chosen) if len(links) > MOST else list(links)
    known = {link.name: link for link in shown}
    targets = {link.name: _targets(link, known) for link in shown}
    layers = _ordered(_layers(shown, targets), targets)
    boxes = _boxes(layers, known)
    width = max((box.x + box.width for box in boxes.values()), default=0) + EDGE
    height = max((box.y + box.height for box in boxes.values()), default=0) + EDGE
    edges, deepest = _edges(shown, known, boxes, height)
    return Graph(tuple(boxes.values()), edges, width, max(height, deepest + EDGE), len(links) - len(shown))


def _targets(link: Link, known: Mapping[str, Link]) -> list[str]:
    return [name for name in dict.fromkeys((link.next, link.error, *link.more)) if name in known and name != link.name]


def _around(links: Sequence[Link], chosen: str) -> list[Link]:
    by_name = {link.name: link for link in links}
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for link in links:
        for target in _targets(link, by_name):
            neighbours[link.name].add(target)
            neighbours[target].add(link.name)
    # an error node that all others lead to would bring all of them in
    crowded = {name for name, near in neighbours.items() if len(near) > 12}
    seen = {chosen if chosen in by_name else links[0].name}
    edge = set(seen)
    for _ in range(AROUND):
        edge = {near for name in edge - crowded for near in neighbours[name]} - seen
        seen |= edge
    return [link for link in links if link.name in seen]


def _layers(links: Sequence[Link], targets: Mapping[str, Sequence[str]]) -> list[list[str]]:
    "By the longest way from a beginning; edges that lead back to a node on the way do not count."
    order, back = _walked(links, targets)
    layer = dict.fromkeys(order, 0)
    for name in order:
        for target in targets[name]:
            if (name, target) not in back:
                layer[target] = max(layer[target], layer[name] + 1)
    layers: defaultdict[int, list[str]] = defaultdict(list)
    for link in links:
        layers[layer[link.name]].append(link.name)
    return [layers[number] for number in sorted(layers)]


def _walked(links: Sequence[Link], targets: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    "The names so that each comes before its targets, and the edges that lead back."
    back: set[tuple[str, str]] = set()
    state: dict[str, bool] = {}  # False: on the way, True: done
    finished: list[str] = []
    for link in links:
        if link.name in state:
            continue
        state[link.name] = False
        stack = [(link.name, iter(targets[link.name]))]
        while stack:
            name, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                state[name] = True
                finished.append(name)
                stack.pop()
            elif target not in state:
                state[target] = False
                stack.append((target, iter(targets[target])))
            elif not state[target]:
                back.add((name, target))
    return finished[::-1], back


def _ordered(layers: list[list[str]], targets: Mapping[str, Sequence[str]]) -> list[list[str]]:
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for name, found in targets.items():
        for target in found:
            sources[target].append(name)
    for number in range(PASSES):
        forward = number % 2 == 0
        sweep = range(1, len(layers)) if forward else range(len(layers) - 2, -1, -1)
        for at in sweep:
            place = {name: index for layer in layers for index, name in enumerate(layer)}
            neighbours = sources if forward else targets
            layers[at].sort(key=lambda name: _mean([place[near] for near in neighbours.get(name, ())], place[name]))
    return layers


def _mean(places: Iterable[int], otherwise: float) -> float:
    found = list(places)
    return sum(found) / len(found) if found else otherwise


def _boxes(layers: Sequence[Sequence[str]], known: Mapping[str, Link]) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    after_errors = {link.error for link in known.values()} - {link.next for link in known.values()}
    for column, layer in enumerate(layers):
        x = EDGE + column * (WIDTH + GAP_X)
        for row, name in enumerate(layer):
            y = EDGE + row * (HEIGHT + GAP_Y)
            if known[name].end:
                y += (HEIGHT - END_HEIGHT) // 2
                boxes[name] = Box(name, x, y, END_WIDTH, END_HEIGHT, True, name in after_errors)
            else:
                boxes[name] = Box(name, x, y, WIDTH, HEIGHT, False)
    return boxes


def _edges(
    links: Sequence[Link], known: Mapping[str, Link], boxes: Mapping[str, Box], bottom: int
) -> tuple[tuple[Edge, ...], int]:
    edges: list[Edge] = []
    lane = bottom
    for link in links:
        ways = [(link.next, False)] + ([(link.error, True)] if link.error != link.next else [])
        ways += [(name, False) for name in dict.fromkeys(link.more)]
        for target, error in ways:
            if target not in known:
                continue
            source, sink = boxes[link.name], boxes[target]
            if sink.x > source.x:
                path = _forward(source, sink, error)
                x, y = (source.x + source.width + sink.x) // 2, (source.middle + sink.middle) // 2
            else:
                path = _backward(source, sink, lane)
                x, y = (source.x + source.width // 2 + sink.x + sink.width // 2) // 2, lane
                lane += EDGE
            edges.append(Edge(link.name, target, error, path, x, y - 5))
    return tuple(edges), lane if lane > bottom else 0


def _forward(source: Box, sink: Box, error: bool) -> str:
    # error edges leave lower than the others, so that both can be told apart where they begin
    y = source.middle + (10 if error else 0)
    x, target = source.x + source.width, sink.middle
    bend = max(GAP_X // 2, (sink.x - x) // 2)
    return f"M{x} {y}C{x + bend} {y} {sink.x - bend} {target} {sink.x - 2} {target}"


def _backward(source: Box, sink: Box, lane: int) -> str:
    x, end = source.x + source.width // 2, sink.x + sink.width // 2
    if sink.x == source.x and sink.y != source.y:
        end = sink.x + sink.width // 4
    return f"M{x} {source.y + source.height}V{lane}H{end}V{sink.y + sink.height + 2}"
