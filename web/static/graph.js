/* In the drawing of a chain arrow keys follow the edges: right to what comes next, left to what came before, up and
   down to the neighbours. Enter opens a node, "." its menu. The table of nodes needs none of this. */
(() => {
  "use strict";
  const ends = (svg, name, from, to) => [...svg.querySelectorAll(`.edge[data-${from}="${name}"]`)].map(edge => edge.dataset[to]);
  const place = node => node.querySelector("rect").getBBox();

  // of the nodes with these names the one that is nearest in height, then the one that is nearest at all
  const nearest = (svg, names, here) => {
    const far = (node, way) => Math.abs(place(node)[way] - place(here)[way]);
    const found = [...svg.querySelectorAll("a.node")].filter(node => names.includes(node.dataset.box));
    return found.sort((a, b) => far(a, "y") - far(b, "y") || far(a, "x") - far(b, "x"))[0];
  };
  const beside = (svg, here, down) => {
    const { x, y } = place(here);
    const column = [...svg.querySelectorAll("a.node")].filter(node => Math.abs(place(node).x - x) < 2 && (down ? place(node).y > y : place(node).y < y));
    return column.sort((a, b) => (place(a).y - place(b).y) * (down ? 1 : -1))[0];
  };
  document.addEventListener("keydown", event => {
    const node = event.target.closest?.("a.node"), svg = node?.closest("svg");
    if (!svg || event.ctrlKey || event.metaKey || event.altKey) return;
    const name = node.dataset.box;
    if (event.key === ".") document.getElementById("node-" + name)?.querySelector("[data-menu]")?.click();
    const to = {
      ArrowRight: () => nearest(svg, ends(svg, name, "from", "to"), node),
      ArrowLeft: () => nearest(svg, ends(svg, name, "to", "from"), node),
      ArrowDown: () => beside(svg, node, true),
      ArrowUp: () => beside(svg, node, false),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const found = to();
    found?.focus();
    found?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  // what leads to a node and away from it stands out while it has the focus
  document.addEventListener("focusin", event => {
    document.querySelectorAll(".edge.near").forEach(edge => edge.classList.remove("near"));
    const node = event.target.closest?.("a.node"), name = node?.dataset.box;
    node?.closest("svg").querySelectorAll(`.edge[data-from="${name}"], .edge[data-to="${name}"]`).forEach(edge => edge.classList.add("near"));
  });
})();
