/* Keys: `/` search, Ctrl+K search and do (search.js), `j` `k` rows, Enter open, `x` choose, `e` edit, `g`/`n` then a letter, `[` menu, `?` list.
   Dead while typing, with a modifier, inside a dialog, or switched off (WCAG 2.1.4). Never the only way. */

const root = document.documentElement;
const CHORD_MS = 1500;
let begun = "";
let timer;

function typing(element) {
  return element.matches?.("input:not([type=checkbox], [type=radio], [type=range], [type=button]), select, textarea, [contenteditable=true]");
}

function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.offsetParent !== null);
}

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.hasAttribute("data-current"));
  const next = Math.max(0, Math.min(all.length - 1, at + step));
  all.forEach((row, place) => row.toggleAttribute("data-current", place === next));
  const row = all[next];
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function current() {
  return rows().find((row) => row.hasAttribute("data-current"));
}

function follow(target) {
  if (!target) return false;
  target.click();
  return true;
}

const keys = {
  "/": () => { const field = document.getElementById("global-search"); field?.focus(); field?.select(); return Boolean(field); },
  j: () => { walk(1); return true; },
  k: () => { walk(-1); return true; },
  x: () => follow(current()?.querySelector("input[type=checkbox]")),
  e: () => follow(document.querySelector("[data-key=e]")),
  "[": () => follow(document.querySelector("[data-action=menu-size]")),
  "?": () => { document.getElementById("keys-dialog")?.showModal(); return true; },
};

/* Switched off or on in the list of keys: kept with the user, so that it holds on every computer. */
document.addEventListener("change", async ({ target }) => {
  if (target.dataset.action !== "keys-switch" || !target.dataset.url) return;
  const address = target.dataset.url.replace(/\/on\/\d{4}-\d{2}-\d{2}\//, "/"); // it is no part of the day that is shown
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  try {
    const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ on: target.checked ? "yes" : "" }) });
    if (!answer.ok) throw new Error(String(answer.status));
  } catch {
    document.dispatchEvent(new CustomEvent("schakel:tell", { detail: { text: document.body.dataset.textFailed } }));
  }
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (root.dataset.keys === "off" || typing(target) || document.querySelector("dialog[open]")) return;
  if (begun) {
    const chord = `${begun} ${key}`;
    begun = "";
    clearTimeout(timer);
    if (follow(document.querySelector(`[data-key="${CSS.escape(chord).replaceAll("\\ ", " ")}"]`))) event.preventDefault();
    return;
  }
  if (key === "g" || key === "n") {
    begun = key;
    timer = setTimeout(() => { begun = ""; }, CHORD_MS);
    return;
  }
  if (key === "Enter" && target.matches("[data-row]")) follow(target.querySelector("a[href]"));
  else if (Object.hasOwn(keys, key) && keys[key]()) event.preventDefault();
});
