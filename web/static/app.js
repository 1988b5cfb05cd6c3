/* What pages cannot do without a script: the rhythm of the pulse, the notice of lost contact, dialogs,
   shortcuts; for lists there is lists.js, for logs log.js. Every page works without these files. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;
  root.classList.add("scripted");

  // ---- words: English here, others on the page; # stands for a number ----
  const said = JSON.parse(root.dataset.words ?? "{}");
  const say = window.say = (words, ...numbers) => numbers.reduce((text, each) => text.replace("#", each), said[words] ?? words);

  // ---- time zone: tell the server once, so that times are written in the reader's zone ----
  try {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && root.dataset.zoneChoice === "browser" && root.dataset.zone !== zone) {
      document.cookie = `browser_zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax` +
        (location.protocol === "https:" ? "; Secure" : "");
    }
  } catch { /* an old browser keeps the server's zone */ }

  // ---- the pulse: one small request per page that names the topics that changed ----
  // a page is told to be stale within ten seconds, so the slow rhythm stays below that with its jitter
  const SECOND = 1000, FAST = 3 * SECOND, SLOW = 6 * SECOND, QUIET = 10 * 60 * SECOND, STALE = 9 * SECOND;
  const pulse = $("#pulse"), contact = $("#contact");
  let lastContact = Date.now(), lastChange = Date.now(), timer = 0, frozen = false;

  // who wants to be asked for changes less often is told later that there is no contact, too
  const patience = ((Number(root.dataset.pace) || 3) - 3) * SECOND;

  const beat = () => {
    if (!pulse || document.hidden || frozen) return;
    pulse.dispatchEvent(new CustomEvent("beat"));
  };
  const schedule = () => {
    clearTimeout(timer);
    const pause = (Date.now() - lastChange > QUIET ? SLOW : FAST) + patience;
    timer = setTimeout(() => { beat(); schedule(); }, pause * (0.85 + Math.random() * 0.3));
  };
  const tellContact = () => {
    if (!contact || !pulse || document.hidden) return;
    const age = Date.now() - lastContact - patience;
    const quiet = Date.now() - lastChange > QUIET;
    const state = frozen ? "frozen" : age > STALE ? "stale" : age > (quiet ? 8 : 5) * SECOND ? "slow" : "live";
    if (contact.dataset.contact === state && state !== "slow" && state !== "stale") return;
    const before = contact.dataset.contact;
    contact.dataset.contact = state;
    root.classList.toggle("stale", state === "stale");
    const words = { live: "live", slow: "slow", stale: "no contact for # s", frozen: "frozen" };
    $("[data-word]", contact).textContent = say(words[state], Math.round((age + patience) / SECOND));
    $("use", contact).setAttribute("href", contact.dataset[state === "live" ? "iconLive" : state === "frozen" ? "iconFrozen" : "iconLost"]);
    if (before !== state && (state === "stale" || before === "stale")) {
      announce(say(state === "stale" ? "No contact with the server; what you see may be old." : "Contact is back."));
    }
  };
  const refreshAll = () => document.body.dispatchEvent(new CustomEvent("refresh"));
  const announce = text => { const region = $("#announce"); if (region) region.textContent = text; };

  if (pulse) {
    schedule();
    setInterval(tellContact, SECOND);
    const freeze = $("#freeze");
    const thaw = () => {
      freeze?.setAttribute("aria-pressed", String(frozen));
      if (!frozen) { beat(); refreshAll(); }
      tellContact();
    };
    if (freeze) freeze.hidden = false;
    freeze?.addEventListener("click", () => { frozen = !frozen; thaw(); });
    contact?.addEventListener("click", () => { frozen = false; thaw(); });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      lastContact = Date.now();
      beat();
    });
    pulse.addEventListener("htmx:after:request", event => {
      const status = event.detail.ctx?.response?.status ?? 0;
      if (status !== 200 && status !== 304) return;
      const wasStale = root.classList.contains("stale");
      lastContact = Date.now();
      if (status === 200) lastChange = lastContact;
      if (wasStale) refreshAll();
      tellContact();
    });
  }

  // ---- only pages and parts of them are shown, never as such what a job has printed ----
  document.addEventListener("htmx:before:response", event => {
    const kind = event.detail.ctx.response.headers.get("content-type");
    if (kind && !kind.startsWith("text/html")) event.preventDefault();
  });

  // ---- do not disturb: a region waits while somebody works in it ----
  const waiting = new Map();  // id of a region -> how many changes wait, and since when
  let moved = 0, over = null;
  document.addEventListener("pointermove", event => {
    const body = event.pointerType === "mouse" ? event.target.closest?.("tbody") : null;
    if (body) { moved = Date.now(); over = body; }
  }, { passive: true });
  const occupied = region => {
    const focus = document.activeElement;
    if (focus && region.contains(focus) && focus.matches("input:not([type=submit], [type=checkbox], [type=radio]), textarea, select")) return true;
    if (dialog?.open && region.closest("main") || $("details.menu[open]", region)) return true;
    const since = waiting.get(region.id)?.since ?? Date.now();
    if (Date.now() - moved < 1500 && region.contains(over) && Date.now() - since < 5 * SECOND) return true;
    const selection = document.getSelection();
    return !!selection && !selection.isCollapsed && region.contains(selection.anchorNode);
  };
  document.addEventListener("htmx:before:request", event => {
    const region = event.target.closest?.("[data-live]");
    if (!region || event.target !== region) return;
    if (frozen) return event.preventDefault();
    if (!occupied(region)) return;
    event.preventDefault();
    const known = waiting.get(region.id);
    waiting.set(region.id, { count: (known?.count ?? 0) + 1, since: known?.since ?? Date.now() });
    tellNews(region, waiting.get(region.id).count);
    setTimeout(releaseWaiting, 2 * SECOND);
  });
  const tellNews = (region, count) => {
    const words = say(count === 1 ? "1 change, show" : "# changes, show", count), told = document.getElementById("news-" + region.id);
    if (told) { told.textContent = words; return; }
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button small news", id: "news-" + region.id, textContent: words });
    button.addEventListener("click", () => { document.activeElement?.blur(); getSelection()?.removeAllRanges(); over = null; releaseWaiting(); });
    region.before(button);
  };
  const releaseWaiting = () => setTimeout(() => {
    for (const id of [...waiting.keys()]) {
      const region = document.getElementById(id);
      if (region && occupied(region)) continue;
      waiting.delete(id);
      document.getElementById("news-" + id)?.remove();
      region?.dispatchEvent(new CustomEvent("catch-up"));
    }
  }, 200);
  setInterval(() => waiting.size && releaseWaiting(), 2 * SECOND);
  for (const name of ["focusout", "toggle", "selectionchange"]) document.addEventListener(name, () => waiting.size && releaseWaiting(), true);

  // ---- dialogs: a confirmation form in place of a page of its own ----
  const dialog = $("#dialog");
  let opener = null;
  document.addEventListener("htmx:after:swap", event => {
    const target = event.detail.ctx?.target ?? event.target;
    if (target?.id === "dialog-body") {
      if (!dialog.open) { opener = document.activeElement; dialog.showModal(); }
      ($("[autofocus]", dialog) ?? $("input:not([type=hidden]), textarea, select, .primary", dialog) ?? dialog).focus();
    }
  });
  dialog?.addEventListener("close", () => { $("#dialog-body").replaceChildren(); opener?.focus?.(); });
  document.addEventListener("click", event => {
    if (event.target.closest?.("[data-close]") && dialog?.open) { event.preventDefault(); dialog.close(); }
    const open = $("details.menu[open]");
    if (open && !open.contains(event.target)) open.open = false;
  });

  // ---- forms: a second press does nothing; more rows for parameters ----
  document.addEventListener("submit", event => {
    const form = event.target;
    if (form.method !== "post" || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => $$("button", form).forEach(button => { button.disabled = true; }));
    setTimeout(() => { delete form.dataset.sent; $$("button", form).forEach(button => { button.disabled = false; }); }, 8 * SECOND);
  });
  window.addEventListener("pageshow", () => $$("form[data-sent]").forEach(form => {
    delete form.dataset.sent;
    $$("button", form).forEach(button => { button.disabled = false; });
  }));
  document.addEventListener("input", event => {
    const rows = event.target.closest?.("[data-pairs]");
    if (!rows) return;
    const last = rows.lastElementChild;
    if (!$$("input", last).some(input => input.value)) return;
    const row = last.cloneNode(true);
    $$("input", row).forEach(input => { input.value = ""; });
    rows.append(row);
  });

  // ---- menu of a row: its button, right click, or the key "." ----
  const openMenu = row => {
    const button = row && $("[data-menu]", row);
    if (button && window.htmx) htmx.ajax("GET", button.getAttribute("href"), { target: "#dialog-body", swap: "innerHTML" });
    return !!button;
  };
  document.addEventListener("contextmenu", event => {
    const row = event.target.closest?.("tr[data-row]");
    if (row && !event.target.closest("a, input") && !event.shiftKey && openMenu(row)) event.preventDefault();
  });

  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-menu]");
    if (button && !event.ctrlKey && !event.metaKey && openMenu(button.parentElement)) event.preventDefault();
  });

  // ---- "for 12 s" that runs on between two refreshes ----
  const spell = seconds => {
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  };
  const skew = Date.now() - Date.parse(root.dataset.now || new Date().toISOString());
  setInterval(() => {
    if (document.hidden || root.classList.contains("stale")) return;
    $$("[data-since]").forEach(element => {
      element.textContent = spell(Math.max(0, (Date.now() - skew - Date.parse(element.dataset.since)) / SECOND));
    });
  }, SECOND);

  setInterval(() => $$("[data-progress]").forEach(bar => {
    const taken = (Date.now() - skew - Date.parse(bar.dataset.progress)) / SECOND;
    bar.value = Math.min(taken, bar.max); bar.classList.toggle("over", taken > bar.max);
  }), SECOND);

  // ---- shortcuts: only when no field has the focus ----
  // own keys of the reader: what was typed -> the usual keys; usual ones that were given away do nothing
  const given = JSON.parse(root.dataset.keys || "{}"), usual = {};
  for (const [was, own] of Object.entries(given)) if (own) usual[own] = was;
  const usually = typed => Object.hasOwn(usual, typed) ? usual[typed] : Object.hasOwn(given, typed) ? "" : typed;
  let prefix = "";
  const go = key => { const link = $(`[data-go="${key}"]`); if (link) location.href = link.href; return !!link; };
  const rows = () => $$("tbody tr[data-row]");
  const here = () => document.activeElement?.closest("tr[data-row]") ?? document.createElement("tr");
  const move = step => {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex(row => row.contains(document.activeElement));
    const next = all[Math.min(all.length - 1, Math.max(0, here + step))] ?? all[0];
    $("a", next)?.focus();
  };
  const keys = {
    "/": () => { const field = $("main input[type=search]") ?? $("input[type=search]"); if (field) { field.focus(); field.select(); } },
    "?": () => { const link = $("[data-go=keys]"); if (link) location.href = link.href; },
    r: () => { beat(); refreshAll(); },
    j: () => move(1), k: () => move(-1), f: () => $("#follow")?.click(),
    x: () => $("td.check input", here())?.click(),
    X: () => $("td.check input", here())?.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true })),
    ".": () => openMenu(here()), l: () => { const log = $("a[data-log]", here()), menu = $("[data-menu]", here()); if (log) log.click(); else if (menu) location.href = menu.href + "&to=log"; },
    s: () => { const menu = $(".scope details"); if (menu) { menu.open = true; $("a", menu)?.focus(); } },
    w: () => { const asked = $("[data-why]", here()); if (asked) asked.click(); else $("#why")?.scrollIntoView({ block: "center" }); },
    n: () => $("[data-hit='1']")?.click(), N: () => $("[data-hit='-1']")?.click(),
    "[": () => $("a[rel=prev]")?.click(), "]": () => $("a[rel=next]")?.click(),
  };
  // in a menu arrows go from one entry to the next, and a letter to the next that begins with it
  const walk = (menu, { key }) => {
    const items = $$("a, button", menu), at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[key];
    const begins = item => item.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
    const found = to !== undefined ? items.at(to % items.length) : /^\p{L}$/u.test(key) ? [...items.slice(at + 1), ...items].find(begins) : null;
    found?.focus();
    return !!found;
  };
  document.addEventListener("keydown", event => {
    const menu = event.target.closest?.("details.menu[open], .menu-list"), plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (menu && plain && !event.target.matches("input, textarea, select") && walk(menu, event)) return event.preventDefault();
    if (event.key === "F10" && event.shiftKey && openMenu(here())) event.preventDefault();
    if (event.key === "Escape") $$("details.menu[open]").forEach(menu => { menu.open = false; $("summary", menu).focus(); });
    if (["Alt", "Shift", "Control", "Meta"].includes(event.key)) return;
    const withAlt = root.dataset.shortcuts === "alt";
    if (event.ctrlKey || event.metaKey || event.altKey !== withAlt || dialog?.open || root.dataset.shortcuts === "off") return;
    if (event.target.matches?.("input, textarea, select, [contenteditable]")) return;
    // with Alt some keyboards make other characters of letters
    const key = withAlt && /^Key[A-Z]$/.test(event.code) ? event.code[3][event.shiftKey ? "toUpperCase" : "toLowerCase"]() : event.key;
    if (key === "g" && !prefix) { prefix = "g "; setTimeout(() => { prefix = ""; }, 1200); return; }
    const meant = usually(prefix + key), own = $(`[data-key="${CSS.escape(meant)}"]`), action = Object.hasOwn(keys, meant) ? keys[meant] : own && (() => own.click());
    prefix = "";
    if (meant.startsWith("g ")) { if (go(meant[2])) event.preventDefault(); } else if (action) { event.preventDefault(); action(event); }
  });
})();
