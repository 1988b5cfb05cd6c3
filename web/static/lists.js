/* For pages with lists: selection and the bar of bulk actions, tokens that are offered while one types, and what is
   shown while a list is looked for or a plan is worked out. Every list works without this file. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- the menu of a row: the address of what it is about; an empty list: the file that would make the first ----
  const COPIES = "[data-copy-link], [data-copy-sample]";
  const showCopies = () => $$(COPIES).forEach(button => { button.hidden = !navigator.clipboard; });
  document.addEventListener("htmx:after:swap", showCopies);
  showCopies();
  document.addEventListener("click", async event => {
    const button = event.target.closest?.(COPIES), link = button?.dataset.copyLink;
    if (!button) return;
    await navigator.clipboard.writeText(link ? new URL(link, location.href).href : $("pre", button.closest("p").parentNode).textContent);
    button.textContent = say(link ? "The link was copied." : "The example was copied.");
  });

  // ---- selection: check boxes of rows, ranges with Shift, a bar for what is selected; a page may have several lists,
  // each with its bar ----
  let lastBox = null;
  const boxes = () => $$("td.check input"), boxesBeside = box => $$("td.check input", box.closest("table"));
  const able = (button, chosen, bar) => {
    if ($("[name=all]:checked", bar)) return true;
    return chosen.some(box => !box.dataset.can || box.dataset.can.split(" ").includes(button.value));
  };
  const showSelection = () => {
    const all = boxes(), chosen = all.filter(box => box.checked);
    all.forEach(box => {
      const row = box.closest("tr");
      if (box.checked) row?.setAttribute("aria-selected", "true"); else row?.removeAttribute("aria-selected");
    });
    $$("[data-check-all]").forEach(box => {
      const own = boxesBeside(box), number = own.filter(each => each.checked).length;
      box.hidden = !own.length; box.checked = own.length > 0 && number === own.length;
      box.indeterminate = number > 0 && number < own.length;
    });
    $$("[data-bulk]").forEach(bar => {
      const own = chosen.filter(box => box.form === bar);
      bar.classList.toggle("used", own.length > 0);
      $("[data-selected-count]", bar).textContent = say("# selected:", own.length);
      $$("button[name=verb]", bar).forEach(button => { button.disabled = !able(button, own, bar); });
    });
  };
  document.addEventListener("click", event => {
    const box = event.target.closest?.("td.check input");
    if (!box) return;
    if (event.shiftKey && lastBox?.isConnected && lastBox.form === box.form) {
      const all = boxesBeside(box), [from, to] = [all.indexOf(lastBox), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach(each => { each.checked = box.checked; });
    }
    lastBox = box;
  });
  document.addEventListener("change", event => {
    if (event.target.matches?.("[data-check-all]")) boxesBeside(event.target).forEach(box => { box.checked = event.target.checked; });
    if (event.target.matches?.("[data-check-all], td.check input, [data-bulk] [name=all]")) showSelection();
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape" || $("dialog[open]")) return;
    boxes().forEach(each => { each.checked = false; });
    showSelection();
  });
  document.addEventListener("htmx:after:swap", () => boxes().length && showSelection());
  addEventListener("pageshow", showSelection);
  showSelection();

  // ---- tokens: the browser compares with the whole field, so each offer begins with what stands before the word ----
  const offered = $("#tokens"), tokens = $$("option", offered ?? undefined).map(option => option.value);
  document.addEventListener("input", event => {
    if (!offered || event.target.getAttribute?.("list") !== "tokens") return;
    const before = event.target.value.slice(0, event.target.value.search(/\S*$/));
    const words = /(^|\s)not\s$/.test(before) ? tokens : [...tokens, "not "];
    offered.replaceChildren(...words.map(word => Object.assign(document.createElement("option"), { value: before + word })));
  });

  // ---- how many a filter has found is said to those who do not see the heading ----
  const found = $("#region-table h2"), announce = $("#announce");
  if (found && announce && location.search) addEventListener("load", () => { announce.textContent = found.textContent.trim(); });

  // ---- what is being worked out is looked at each second; the region itself asks, so that it waits while somebody works
  // in it, and not at all while the page is frozen ----
  setInterval(() => {
    const region = $("[data-settles]")?.closest("[data-live]");
    if (!region || document.hidden || region.matches(".htmx-request") || $("#news-" + region.id)) return;
    region.dispatchEvent(new CustomEvent("catch-up"));
  }, 1000);

  // ---- a list that takes its time: grey rows soon, a sentence and a way out later ----
  const list = $("#region-table, #region-plan");
  let slow = 0, long = 0;
  const loaded = () => {
    clearTimeout(slow); clearTimeout(long);
    list?.classList.remove("loading");
    $("#still")?.remove();
  };
  const loading = () => {
    loaded();
    slow = setTimeout(() => list?.classList.add("loading"), 300);
    long = setTimeout(() => {
      const line = Object.assign(document.createElement("p"), { id: "still", className: "banner" }), button = document.createElement("button");
      line.setAttribute("role", "status");
      Object.assign(button, { type: "button", className: "button small", textContent: say("Cancel") });
      button.addEventListener("click", () => { stop(); loaded(); });
      line.append(say("This takes longer than usual; it is still looked for."), " ", button);
      list?.before(line);
    }, 3000);
  };
  document.addEventListener("submit", event => event.target.matches("form[method=get]") && loading());
  document.addEventListener("click", event => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.matches("[download], [hx-get], [target]")) return;
    if (link.pathname === location.pathname && !link.hash) loading();
  });
  addEventListener("pageshow", loaded);
})();
