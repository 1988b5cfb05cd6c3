/* On wide screens a row of a list shows its object beside the list; the hash of the address names it, so that the
   address can be handed on. Elsewhere, and without this file, the link of the row opens the page. */
(() => {
  "use strict";
  const drawer = document.getElementById("drawer"), body = document.getElementById("drawer-body");
  const wide = matchMedia("(min-width: 88rem)");
  let opener = null;

  const show = address => {
    if (!drawer || !wide.matches || !address?.startsWith(location.pathname + "/")) return false;
    history.replaceState(history.state, "", "#" + address);
    drawer.hidden = false;
    htmx.ajax("GET", address + "?part=drawer", { target: "#drawer-body", swap: "innerHTML" });
    return true;
  };
  const shut = () => {
    drawer.hidden = true;
    body.replaceChildren();
    history.replaceState(history.state, "", location.pathname + location.search);
    const link = opener?.isConnected ? opener : document.querySelector(".with-drawer th a");
    link?.focus();
  };

  document.addEventListener("click", event => {
    if (event.target.closest("[data-shut]")) return shut();
    const link = event.target.closest(".with-drawer tr[data-row]")?.querySelector("th a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || getSelection()?.toString()) return;
    const pressed = event.target.closest("a, button, input, label, summary, .check");
    if ((pressed && pressed !== link) || !show(link.getAttribute("href"))) return;
    event.preventDefault();
    opener = link;
    drawer.focus();
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !drawer || drawer.hidden || document.querySelector("dialog[open], details.menu[open]")) return;
    event.stopPropagation();
    shut();
  }, true);
  if (document.readyState === "complete") show(location.hash.slice(1));
  else addEventListener("load", () => show(location.hash.slice(1)));
})();
