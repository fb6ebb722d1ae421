"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = () => document.body.dataset;
  const isWide = () => window.matchMedia("(min-width: 901px)").matches;
  const store = window.localStorage;

  // Clocks: every number that runs on the page.
  const span = (seconds) => {
    const s = Math.abs(Math.trunc(seconds));
    const [pattern, n] = s < 60 ? ["seconds", s] : s < 3600 ? ["minutes", Math.floor(s / 60)]
      : s < 86400 ? ["hours", Math.floor(s / 3600)] : ["days", Math.floor(s / 86400)];
    return words()[pattern].replace("{}", n);
  };
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const tick = () => {
    const now = Date.now() / 1000;
    for (const clock of $$(".clock[data-due]")) {
      const { start, due } = clock.dataset;
      const left = due - now;
      const late = left < 0;
      clock.classList.toggle("late", late);
      clock.classList.toggle("soon", !late && left < 1800);
      put(clock.lastElementChild, late && clock.closest(".row") ? words().late.replace("{}", span(left)) : span(left));
      const turned = Math.round(100 * Math.min(Math.max(1 - left / Math.max(due - start, 1), 0), 1));
      clock.querySelector("circle:last-child").setAttribute("stroke-dasharray", `${turned} 100`);
    }
    for (const end of $$("[data-expires]")) {
      const left = Math.max(0, Math.floor(end.dataset.expires - now));
      put(end, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    }
    const undo = $("#undo");
    if (undo) {
      const left = Math.ceil(undo.dataset.until - now);
      if (left <= 0) undo.remove();
      else put($("b", undo), span(left));
    }
  };

  // The list: changed rows change in place, new ones wait behind the pill; nothing is sorted anew.
  const news = new Set();
  const showNews = () => {
    const pill = $("#pill");
    if (!pill) return;
    pill.hidden = news.size === 0;
    const text = news.size === 1 ? pill.dataset.one : pill.dataset.many.replace("{}", news.size);
    if (!news.size || pill.textContent === text) return;
    pill.textContent = text;
    $("#news").textContent = text;
  };
  const takeIn = () => {
    for (const template of $$("#changes > template")) {
      const id = template.dataset.case;
      const shown = document.getElementById(`case-${id}`);
      if (!shown) {
        if ("near" in template.dataset) news.add(id); else news.delete(id);
        continue;
      }
      if (Number(shown.dataset.version) >= Number(template.dataset.version)) continue;
      const row = $(".row", shown), fresh = $(".row", template.content);
      row.className = fresh.className;
      row.replaceChildren(...fresh.cloneNode(true).childNodes);
      shown.dataset.version = template.dataset.version;
      shown.classList.toggle("left", !("listed" in template.dataset));
      if (template.dataset.state && !("listed" in template.dataset)) put($("em", row), template.dataset.state);
      shown.classList.add("tinted");
      window.setTimeout(() => shown.classList.remove("tinted"), 300);
    }
    showNews();
  };
  const current = () => (document.activeElement?.closest?.(".row") || $(".row[aria-current]"));
  const move = (step) => {
    const rows = $$(".rows .row");
    if (!rows.length) return;
    const at = rows.indexOf(current());
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const open = (row) => {
    mark(row);
    return window.htmx.ajax("GET", row.getAttribute("href"), { target: "#case", swap: "innerHTML" });
  };
  const mark = (row) => {
    for (const other of $$(".row[aria-current]")) other.removeAttribute("aria-current");
    row?.setAttribute("aria-current", "true");
  };

  // Drafts stay in this browser until they are sent.
  const draftKey = (field) => `draft:${words().agent}:${field.dataset.draft}`;
  const restore = () => {
    for (const field of $$("textarea[data-draft]")) {
      if (!field.value) field.value = store.getItem(draftKey(field)) || "";
      if (field.value && field.dataset.draft === $("#pane")?.dataset.case) field.dispatchEvent(new Event("kulanz:filled"));
    }
  };
  const forget = (draft) => store.removeItem(`draft:${words().agent}:${draft}`);

  // A claim lasts while its holder writes.
  let keptAt = 0;
  const keep = async (field) => {
    if (!field.dataset.keep || Date.now() - keptAt < 60000) return;
    keptAt = Date.now();
    const token = JSON.parse(document.body.getAttribute("hx-headers"));
    const answer = await fetch(field.dataset.keep, { method: "POST", headers: token }).catch(() => null);
    const until = answer?.ok && (await answer.text());
    if (until) for (const end of $$(".mine [data-expires]")) end.dataset.expires = until;
  };

  // After every change of the page.
  let wanted = null, isSent = false;
  const settle = (isFresh = true) => {
    const pane = $("#pane");
    document.body.classList.toggle("open", Boolean(pane));
    if (pane) {
      document.title = `${pane.dataset.title} · Kulanz`;
      mark(document.getElementById(`case-${pane.dataset.case}`)?.firstElementChild);
      const thread = $("#thread");
      if (thread) thread.scrollTop = thread.scrollHeight;
    }
    restore();
    const focus = $("[data-focus]") || (wanted === "reply" && $("#reply-text"));
    if (focus) focus.focus();
    else if (isFresh && pane && (isSent || !document.activeElement?.matches("input, textarea, select"))) {
      $("#case-title").focus({ preventScroll: true });
    }
    wanted = null;
    isSent = false;
    tick();
  };

  const act = (key) => {
    const target = $$(`[data-key="${key}"]`).find((element) => element.offsetParent !== null);
    if (!target) return false;
    const details = target.tagName === "SUMMARY" && target.parentElement;
    if (details) {
      details.open = !details.open;
      if (details.open) $("input:not([type=hidden]), textarea, button, select", details)?.focus();
    } else target.click();
    return true;
  };
  const go = { q: "/", m: "/?view=my", h: "/?view=hidden", t: "/trends", s: "/sources", a: "/approvals" };
  let pending = "";
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    Enter: () => false,
    c: () => act("c"), o: () => act("o"), n: () => act("n"), e: () => act("e"), s: () => act("s"), b: () => act("b"),
    r: () => { const field = $("#reply-text"); if (field) field.focus(); else act("r"); },
    u: () => $("#undo button")?.click(),
    "/": () => $("#search")?.focus(),
    ".": () => { const pill = $("#pill"); if (pill && !pill.hidden) pill.click(); },
    "?": () => $("#keys")?.showModal(),
    g: () => { pending = "g"; window.setTimeout(() => { pending = ""; }, 1500); },
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input:not([type=radio]), textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && field?.id === "reply-text") {
      event.preventDefault();
      $("[data-send]")?.click();
      return;
    }
    if (event.key === "Escape") {
      const details = event.target.closest(".drop[open], .me[open], #offering[open], .noting[open]");
      if (details) { details.open = false; $("summary", details).focus(); } else if (field) { field.blur(); }
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (pending === "g") {
      pending = "";
      const link = go[event.key] && $(`.rail a[href^="${go[event.key]}"]`);
      if (link) { event.preventDefault(); window.location.assign(go[event.key]); }
      return;
    }
    const action = keys[event.key];
    if (action && event.key !== "Enter") { event.preventDefault(); action(); }
  });

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const row = on(".row");
    if (row && isWide() && !event.ctrlKey && !event.metaKey && !event.shiftKey && window.htmx) {
      event.preventDefault();
      open(row);
      return;
    }
    if (on("[data-help]")) { const keysDialog = $("#keys"); if (keysDialog) keysDialog.showModal(); }
    if (on("[data-then]")) wanted = on("[data-then]").dataset.then;
    if (on("[data-click]")) $(on("[data-click]").dataset.click)?.click();
    if (on("[data-read]")) {
      $("#reply-form [name=newest_mention_id]").value = on("[data-read]").dataset.read;
      $("#newer").replaceChildren();
      $("#reply-text").focus();
    }
    const insert = on("[data-insert]");
    if (insert) {
      const text = $("#reply-text");
      const before = text.value && !/\s$/.test(text.value) ? " " : "";
      text.setRangeText(before + insert.dataset.insert, text.selectionEnd, text.selectionEnd, "end");
      $("#reply-offer").value = insert.dataset.offer;
      text.focus();
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const photo = on("[data-photo]");
    if (photo && !event.ctrlKey && !event.metaKey) { event.preventDefault(); enlarge(photo); }
    for (const menu of $$(".drop[open], .me[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  const enlarge = (link) => {
    const dialog = document.createElement("dialog");
    const picture = document.createElement("img");
    picture.src = link.href;
    picture.alt = $("img", link).alt;
    const close = document.createElement("button");
    close.textContent = $("#keys button")?.textContent || "×";
    close.addEventListener("click", () => dialog.close());
    dialog.className = "photo";
    dialog.setAttribute("aria-label", picture.alt);
    dialog.append(picture, close);
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("textarea[data-draft]")) return;
    if (field.value) store.setItem(draftKey(field), field.value); else store.removeItem(draftKey(field));
    keep(field);
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-auto] select, [data-auto] input")) field.form.requestSubmit();
    if (field.matches(".offering [name=kind]")) $(".offering [name=value]").value = field.dataset.default;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-forget]")) {
      for (const key of Object.keys(store)) if (key.startsWith("draft:")) store.removeItem(key);
    }
  });

  const offline = (is) => { const line = $("#offline"); if (line) line.hidden = !is; };
  let said = 0;
  const toast = (text) => {
    const place = $("#toast");
    place.textContent = text;
    window.clearTimeout(said);
    said = window.setTimeout(() => { place.textContent = ""; }, 6000);
  };
  document.addEventListener("htmx:sendError", () => offline(true));
  document.addEventListener("htmx:afterOnLoad", () => offline(false));
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.elt.matches("#changes, #pulse")) toast(words().fault);
  });
  window.addEventListener("offline", () => offline(true));
  window.addEventListener("online", () => offline(false));
  document.addEventListener("kulanz:sent", (event) => {
    forget(event.detail.value);
    isSent = true;
  });

  // What a person is working in is not replaced under their hands; what they unfolded stays unfolded.
  let unfolded = [];
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const target = event.detail.target;
    const busy = document.activeElement?.matches("input, textarea, select") && target.contains(document.activeElement);
    if (busy || $("[data-keeps][open], .drop[open], .confirm", target)) { event.detail.shouldSwap = false; return; }
    unfolded.push(...$$("details[open][id]", target).map((details) => details.id));
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    for (const id of unfolded) { const details = document.getElementById(id); if (details) details.open = true; }
    unfolded = [];
    tick();
  });
  // A post that grows by the words that explain it pushes nothing out of sight.
  let wasAtEnd = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const thread = $("#thread");
    wasAtEnd = event.detail.target.matches(".read") && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 4;
    if (event.detail.target.id === "case") unfolded = $$("#case .side details[open][id]:not([data-keeps])").map((details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const id = event.detail.target.id;
    if (wasAtEnd) $("#thread").scrollTop = $("#thread").scrollHeight;
    if (id === "changes") takeIn();
    if (id !== "case") return;
    for (const name of unfolded) { const details = document.getElementById(name); if (details) details.open = true; }
    unfolded = [];
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target.id === "case") settle(); });
  document.addEventListener("DOMContentLoaded", () => {
    settle(false);
    $(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }); window.setInterval(tick, 1000);
  });
})();
