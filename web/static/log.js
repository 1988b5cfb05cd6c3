/* The viewer of logs: following, windows before and after the one that is shown, places that were found. Every page
   with a log works without this file. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tell = text => { const region = $("#announce"); if (region) region.textContent = text; };

  // ---- windows before and after; it stays at the end while following ----
  const log = () => $("#log");
  const atEnd = box => box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  let follow = true;
  const showFollow = () => {
    const button = $("#follow");
    if (button) { button.setAttribute("aria-pressed", String(follow)); button.textContent = follow ? "Following" : "Follow"; }
  };
  document.addEventListener("scroll", event => {
    if (event.target.id === "log" && $("#log-next")) { follow = atEnd(event.target); showFollow(); }
  }, true);
  const toEnd = () => { const box = log(); if (box) box.scrollTop = box.scrollHeight; };
  document.addEventListener("htmx:after:swap", event => {
    const box = log();
    if (box && (box.contains(event.target) || event.target === document || event.target.id === "log-next")) if (follow) toEnd();
  });
  const toggleFollow = () => { follow = !follow; showFollow(); if (follow) toEnd(); };
  const openLog = () => {
    const box = log();
    if (!box) return;
    const first = box.dataset.open === "error" ? $(".l.error", box) : null;
    if (/^#[SL]\d/.test(location.hash)) return;
    if (first) box.scrollTop = first.offsetTop - box.offsetTop - 60;
    else if (box.dataset.open !== "start") toEnd();
    showFollow();
  };
  document.addEventListener("click", event => {
    if (event.target.closest?.("#follow")) toggleFollow();
    if (event.target.closest?.("#wrap")) {
      const wrapped = log()?.classList.toggle("wrapped");
      event.target.closest("#wrap").setAttribute("aria-pressed", String(!!wrapped));
    }
  });
  const LINES = 12000, NEAR = 400;
  let prepended = null;
  const box = log();
  if (box) {
    $$("#follow, #wrap, #stamps").forEach(button => { button.hidden = false; });
    const reach = () => {
      const before = $("#log-before"), after = $("#log-after");
      if (before && box.scrollTop < NEAR && !prepended) {
        prepended = { height: box.scrollHeight, top: box.scrollTop };
        before.dispatchEvent(new CustomEvent("reach"));
      }
      if (after && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) after.dispatchEvent(new CustomEvent("reach"));
    };
    // far windows go away: a log of any length takes a limited part of the memory
    const mark = (id, address, words) => {
      $(`#${id}`)?.remove();
      if (!address) return null;
      const span = document.createElement("span");
      Object.assign(span, { id, className: "l more", textContent: words });
      for (const [name, value] of [["hx-get", address], ["hx-trigger", "reach"], ["hx-swap", "outerHTML"]]) span.setAttribute(name, value);
      return span;
    };
    const trim = atTop => {
      const windows = $$(".window", box), order = atTop ? [...windows].reverse() : windows;
      let lines = $$(".l", box).length, removed = false;
      for (const each of order) {
        lines -= $$(".l", each).length;
        if (lines < LINES) break;
        each.remove();
        removed = true;
      }
      if (!removed) return;
      const span = atTop ? mark("log-after", $$(".window", box).at(-1)?.dataset.after, "later lines …")
        : mark("log-before", $(".window", box)?.dataset.before, "earlier lines …");
      if (!span) return;
      if (atTop) box.append(span); else box.prepend(span);
      window.htmx?.process(span);
    };
    let news = 0;
    new MutationObserver(records => {
      const added = records.flatMap(record => [...record.addedNodes]).filter(node => node.classList?.contains("window"));
      if (!added.length) return;
      if (prepended && added.includes($(".window", box))) {
        const open = !!$("#log-next");
        if (!open) trim(true);
        box.scrollTop = prepended.top + box.scrollHeight - prepended.height;
        prepended = null;
      } else if (follow || !$("#log-next")) trim(false);
      else {
        news += added.reduce((sum, each) => sum + $$(".l", each).length, 0);
        if (news) $("#log-news").textContent = `following paused, ${news} new lines`;
      }
      if (follow) { news = 0; $("#log-news").textContent = ""; }
    }).observe(box, { childList: true });
    box.addEventListener("scroll", reach, { passive: true });
  }
  document.addEventListener("click", event => {
    if (!event.target.closest?.("#stamps")) return;
    const off = log()?.classList.toggle("unstamped");
    event.target.closest("#stamps").setAttribute("aria-pressed", String(!off));
  });
  openLog();

  // places that were found in the log: the one that is shown is marked
  const showHit = () => $$(".hits a").forEach(hit => {
    if (hit.hash === location.hash) { hit.setAttribute("aria-current", "true"); hit.scrollIntoView({ block: "nearest" }); } else hit.removeAttribute("aria-current");
    $$("[data-hit]").forEach(button => { button.hidden = false; });
  });
  const toHit = step => {
    const all = $$(".hits a"), at = all.findIndex(hit => hit.hash === location.hash);
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    if (next) next.click(); else if (all.length) tell(step > 0 ? "That was the last place of this list." : "That was the first place of this list.");
  };
  document.addEventListener("click", event => { const button = event.target.closest?.("[data-hit]"); if (button) toHit(Number(button.dataset.hit)); });
  document.addEventListener("htmx:after:swap", showHit);
  window.addEventListener("hashchange", showHit);
  showHit();
})();
