/* The viewer of logs: following, windows before and after the one that is shown, how times are shown, ranges of lines,
   places that were found. Every page with a log works without this file. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tell = text => { const region = $("#announce"); if (region) region.textContent = text; };

  // ---- windows before and after; it stays at the end while following ----
  const log = () => $("#log");
  const atEnd = box => box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  let follow = true, landing = false;
  const showFollow = () => {
    const button = $("#follow");
    if (button) { button.setAttribute("aria-pressed", String(follow)); button.textContent = say(follow ? "Following" : "Follow"); }
  };
  document.addEventListener("scroll", event => {
    if (event.target.id !== "log" || !$("#log-next") || follow === atEnd(event.target)) return;
    if (landing) toEnd(); else { follow = !follow; showFollow(); tellNews(); }
  }, true);
  const toEnd = () => { const box = log(); if (box) box.scrollTop = box.scrollHeight; };
  // a key that scrolls moves the log for a while, even when the end has been asked for meanwhile: until the reader does
  // something else, the end it is
  const land = () => { landing = true; toEnd(); };
  for (const input of ["wheel", "keydown", "pointerdown", "touchstart"]) {
    document.addEventListener(input, () => { landing = false; }, { capture: true, passive: true });
  }
  document.addEventListener("htmx:after:swap", event => {
    const box = log();
    if (box && (box.contains(event.target) || event.target === document || event.target.id === "log-next")) if (follow) toEnd();
  });
  const toggleFollow = () => { follow = !follow; showFollow(); if (follow) land(); tellNews(); };
  const tellNews = () => box?.dispatchEvent(new CustomEvent("news"));
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
    if (event.target.closest?.("#to-end") && !follow) { toggleFollow(); box.focus(); }
    // who reads a line in full reads, and does not follow
    if (event.target.closest?.("#log .cut a") && follow) toggleFollow();
  });
  const LINES = 12000, NEAR = 400;
  let prepended = null;
  const box = log();
  if (box) {
    $$("#follow, #wrap, #stamps, #log-zone").forEach(button => { button.hidden = false; });
    // what htmx has not begun with hears nothing yet: it begins after this file, maybe even after the page is there
    const reach = () => {
      const before = $("#log-before[data-htmx-powered]"), after = $("#log-after[data-htmx-powered]");
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
      for (const [name, value] of [["hx-get", address], ["hx-trigger", "reach, click"], ["hx-swap", "outerHTML"]]) span.setAttribute(name, value);
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
      const span = atTop ? mark("log-after", $$(".window", box).at(-1)?.dataset.after, say("later lines …"))
        : mark("log-before", $(".window", box)?.dataset.before, say("earlier lines …"));
      if (!span) return;
      if (atTop) box.append(span); else box.prepend(span);
      window.htmx?.process(span);
    };
    // how many lines came is told, while they are followed from time to time only
    const PAUSE = 5000;
    let news = 0, told = 0;
    const showNews = () => {
      const since = Date.now() - told, place = $("#log-news"), button = $("#to-end");
      if (button) button.hidden = follow || !$("#log-next");
      if (follow && news && since < PAUSE) { setTimeout(showNews, PAUSE - since + 50); return; }
      place.textContent = !news ? "" : say(!follow ? "following paused, # new lines" : news === 1 ? "1 new line" : "# new lines", news);
      told = Date.now();
      if (follow) news = 0;
    };
    box.addEventListener("news", () => { news = 0; told = 0; showNews(); });
    new MutationObserver(records => {
      const added = records.flatMap(record => [...record.addedNodes]).filter(node => node.classList?.contains("window"));
      if (!added.length) return;
      if (prepended && added.includes($(".window", box))) {
        const open = !!$("#log-next");
        if (!open) trim(true);
        box.scrollTop = prepended.top + box.scrollHeight - prepended.height;
        prepended = null;
      } else {
        if (follow || !$("#log-next")) trim(false);
        news += $("#log-next") ? added.reduce((sum, each) => sum + $$(".l", each).length, 0) : 0;
        showNews();
      }
      joined(added);
      look();
      // of one channel a window may have few lines or none: then nobody can scroll to the next one
      if (box.scrollHeight <= box.clientHeight && !folded.size) reach();
    }).observe(box, { childList: true });
    box.addEventListener("scroll", reach, { passive: true });
    box.addEventListener("click", event => {
      if (event.target.id === "log-before") prepended ??= { height: box.scrollHeight, top: box.scrollTop };
    });
    // with a filter, or before a line of megabytes, the first window may be short
    let filled = false;
    const fill = () => {
      if (filled || document.readyState !== "complete" || !$("[data-htmx-powered]", box)) return;
      filled = true;
      if (box.scrollHeight <= box.clientHeight) reach();
    };
    for (const begun of ["load", "htmx:after:process"]) window.addEventListener(begun, fill);

    // ---- what fails is asked again; a page that stays open survives that its server or the engine is started anew ----
    const PARTS = ["log-next", "log-before", "log-after"], AGAIN = 3000;
    document.addEventListener("htmx:before:response", event => {
      const { ctx } = event.detail;
      if (PARTS.includes(ctx.sourceElement?.id) && ctx.response.status >= 500) event.preventDefault();
    });
    document.addEventListener("htmx:finally:request", event => {
      const part = event.target;
      if (!PARTS.includes(part.id)) return;
      if (part.id === "log-before") prepended = null;
      setTimeout(() => part.dispatchEvent(new CustomEvent(part.id === "log-next" ? "again" : "reach")), AGAIN);
    });

    // ---- sections of steps: folded as a whole, with their state at the head ----
    const folded = new Set(), allFolded = () => $("#fold")?.getAttribute("aria-pressed") === "true";
    const sections = step => $$(".section", box).filter(each => step === undefined || each.dataset.step === step);
    const fold = (all, closed) => all.forEach(section => {
      folded[closed ? "add" : "delete"](section.dataset.step);
      section.classList.toggle("folded", closed);
      $(".fold", section)?.setAttribute("aria-expanded", String(!closed));
    });
    const joined = added => {
      $$(".fold", box).forEach(button => { button.hidden = false; });
      added.filter(each => each.dataset.step && (allFolded() || folded.has(each.dataset.step))).forEach(each => fold([each], true));
      // lines that have come above a heading that told of them
      $$(".window", box).slice(1).forEach(each => $(".continued", each)?.remove());
      added.forEach(each => $$("[data-ended]", each).forEach(closing => {
        const state = $(`[data-step-state="${closing.dataset.ended}"]`, box);
        if (state) state.innerHTML = $(".state-now", closing).innerHTML;
      }));
    };
    joined([]);
    if ($("#fold")) $("#fold").hidden = false;
    document.addEventListener("click", event => {
      const section = event.target.closest?.(".fold")?.closest(".section");
      if (section) fold(sections(section.dataset.step), !section.classList.contains("folded"));
      if (event.target.closest?.("#fold")) {
        const closed = !allFolded();
        fold(sections(), closed);
        $("#fold").setAttribute("aria-pressed", String(closed));
      }
      look();
    });

    // ---- the map: what of the log is in sight ----
    const shareAt = height => {
      const windows = $$("[data-share]", box), of = each => each.dataset.share.split(" ").map(Number);
      const here = windows.find(each => each.getBoundingClientRect().bottom >= height) ?? windows.at(-1);
      if (!here) return 0;
      const [begin, end] = of(here), { top, height: high } = here.getBoundingClientRect();
      return begin + (end - begin) * Math.min(1, Math.max(0, (height - top) / (high || 1)));
    };
    const look = () => {
      const sight = $("#log-map .sight");
      if (!sight) return;
      const { top, bottom } = box.getBoundingClientRect(), begin = shareAt(top), end = shareAt(bottom);
      sight.setAttribute("y", 2 * begin);
      sight.setAttribute("height", Math.max(2, 2 * (end - begin)));
    };
    box.addEventListener("scroll", look, { passive: true });
    $("#log-map")?.addEventListener("htmx:after:swap", look);
  }

  // ---- how lines are shown: wrapped or not, with times or not, and in which zone; the browser keeps it ----
  const KEPT = "log-sight", sight = { wrap: false, stamps: true, zone: "" };
  try { Object.assign(sight, JSON.parse(localStorage.getItem(KEPT))); } catch { /* what is usual */ }
  const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)([.,]\d+)?(Z|[+-]\d\d:?\d\d)\s*$/;
  let clock = null;
  const inZone = written => {
    const found = TIME.exec(written);
    if (!found || !clock) return written;
    const offset = found[4].replace(/(\d\d)(\d\d)$/, "$1:$2");
    return `${clock.format(Date.parse(`${found[1]}T${found[2]}${offset}`))}${found[3] ?? ""}${sight.zone === "UTC" ? "Z" : ""} `;
  };
  const rezone = root => $$("time", root).forEach(time => {
    if (time.closest(".heading, .closing")) return;
    const written = time.title || time.textContent, text = inZone(written);
    time.textContent = text;
    if (text === written) time.removeAttribute("title"); else time.title = written;
  });
  const see = () => {
    const choice = $("#log-zone");
    if (!box || !choice) return;
    if (![...choice.options].some(option => option.value === sight.zone)) sight.zone = "";
    choice.value = sight.zone;
    box.classList.toggle("wrapped", sight.wrap);
    box.classList.toggle("unstamped", !sight.stamps);
    $("#wrap").setAttribute("aria-pressed", String(sight.wrap));
    $("#stamps").setAttribute("aria-pressed", String(sight.stamps));
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    clock = sight.zone ? new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone: sight.zone }) : null;
  };
  const change = (name, value) => {
    sight[name] = value;
    try { localStorage.setItem(KEPT, JSON.stringify(sight)); } catch { /* only for this page, then */ }
    see();
  };
  document.addEventListener("click", event => {
    if (event.target.closest?.("#wrap")) change("wrap", !sight.wrap);
    if (event.target.closest?.("#stamps")) change("stamps", !sight.stamps);
  });
  $("#log-zone")?.addEventListener("change", event => { change("zone", event.target.value); rezone(box); });
  see();
  if (box && clock) rezone(box);

  // ---- a range of lines, as #L10-L20 in the address: marked, and copied as a link or as text ----
  const RANGE = /^#((?:S\d+)?L\d+)(?:-((?:S\d+)?L\d+))?$/, AROUND = 25;
  const numbered = () => box ? $$(".l[id]:not(.heading)", box) : [];
  let anchor = "", marked = [];
  const placesOf = all => {
    const found = RANGE.exec(location.hash);
    if (!found) return [0, -1];
    const [first, last] = [found[1], found[2] ?? found[1]].map(id => all.findIndex(line => line.id === id));
    // a range may reach into a window that is not there yet
    if (first < 0 && last < 0) return [0, -1];
    return [Math.max(first, 0), last < 0 ? all.length - 1 : last];
  };
  const mark = () => {
    const all = numbered(), [first, last] = placesOf(all);
    marked.forEach(line => line.classList.remove("marked"));
    marked = all.slice(first, last + 1);
    marked.forEach(line => line.classList.add("marked"));
    const bar = $("#range"), number = line => $("a", line).textContent;
    if (!bar) return;
    bar.hidden = !marked.length;
    if (marked.length) $("#range-words").textContent = marked.length > 1 ? say("Lines # to #", number(marked[0]), number(marked.at(-1))) : say("Line #", number(marked[0]));
  };
  const textOf = line => {
    const copy = line.cloneNode(true);
    $$(":scope > a, .cut", copy).forEach(part => part.remove());
    $$("time[title]", copy).forEach(time => { time.textContent = time.title; });
    return copy.textContent;
  };
  const copied = async (text, words) => {
    try { await navigator.clipboard.writeText(text); } catch {
      // without a secure connection browsers have the old way only
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    tell(words);
  };
  const copy = what => {
    if (!marked.length) return;
    if (what === "link") {
      const here = marked[0].closest("[data-here]").dataset.here;
      copied(new URL(`${here}${location.hash}`, location.href).href, say("The link was copied."));
      return;
    }
    const all = numbered(), first = all.indexOf(marked[0]);
    const lines = what === "text" ? marked : all.slice(Math.max(0, first - AROUND), first + marked.length + AROUND);
    copied(lines.map(line => `${textOf(line)}\n`).join(""), say(lines.length > 1 ? "# lines were copied." : "The line was copied.", lines.length));
  };
  document.addEventListener("mousedown", event => { if (event.shiftKey && event.target.closest?.("#log .l[id] > a")) event.preventDefault(); });
  document.addEventListener("click", event => {
    const what = event.target.closest?.("[data-copy]")?.dataset.copy, line = event.target.closest?.("#log .l[id] > a")?.parentNode;
    if (what) copy(what);
    const all = numbered(), ends = [anchor, line?.id].map(id => all.findIndex(each => each.id === id));
    if (!line || !event.shiftKey || ends.includes(-1)) return;
    event.preventDefault();
    const [first, last] = ends.sort((one, other) => one - other);
    history.replaceState(null, "", `#${all[first].id}-${all[last].id}`);
    mark();
  });
  const opened = () => { anchor = RANGE.exec(location.hash)?.[1] ?? ""; mark(); };
  window.addEventListener("hashchange", opened);
  opened();
  if (marked.length > 1) { follow = false; showFollow(); marked[0].scrollIntoView({ block: "center" }); }
  if (box) new MutationObserver(records => {
    const added = records.flatMap(record => [...record.addedNodes]).filter(node => node.nodeType === 1);
    if (!added.length) return;
    if (clock) added.forEach(rezone);
    mark();
  }).observe(box, { childList: true, subtree: true });
  openLog();

  // places that were found in the log: the one that is shown is marked
  const showHit = () => $$(".hits a").forEach(hit => {
    if (hit.hash === location.hash) { hit.setAttribute("aria-current", "true"); hit.scrollIntoView({ block: "nearest" }); } else hit.removeAttribute("aria-current");
    $$("[data-hit]").forEach(button => { button.hidden = false; });
  });
  const toHit = step => {
    const all = $$(".hits a"), at = all.findIndex(hit => hit.hash === location.hash);
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    if (next) next.click(); else if (all.length) tell(say(step > 0 ? "That was the last place of this list." : "That was the first place of this list."));
  };
  document.addEventListener("click", event => { const button = event.target.closest?.("[data-hit]"); if (button) toHit(Number(button.dataset.hit)); });
  document.addEventListener("htmx:after:swap", showHit);
  // on a telephone the answer lies below what is in sight
  $("#log-results")?.addEventListener("htmx:after:settle", event => $(".log-found > *", event.currentTarget)?.scrollIntoView({ block: "nearest" }));
  window.addEventListener("hashchange", showHit);
  showHit();
})();
