/* What pages do in the browser, by delegation on `data-action`: dialogs, menus, focus, theme, copying, sending once.
   Pages work without it; modules talk through events, so none imports another (the static manifest renames files). */

const root = document.documentElement;
root.dataset.js = "";
const YEAR_SECONDS = 31536000;

function remember(name, value) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = value
    ? `${name}=${value};path=/;max-age=${YEAR_SECONDS};samesite=lax${secure}`
    : `${name}=;path=/;max-age=0;samesite=lax${secure}`;
}

function prefer(name, value) {
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  remember(name, value);
}

/* ---------------------------------------------------------------- actions */

const actions = {
  "open-dialog": (button) => openDialog(document.getElementById(button.dataset.target), button),
  "close-dialog": (button) => button.closest("dialog").close(),
  theme: (button) => { prefer("theme", button.dataset.value); showPreferences(); },
  "menu-size": () => prefer("menu", root.dataset.menu === "small" ? "" : "small"),
  density: () => prefer("density", root.dataset.density === "wide" ? "" : "wide"),
  copy: (button) => copy(button),
  reveal: (button) => reveal(button),
  print: () => window.print(),
  back: () => history.back(),
  "choose-all": (box) => chooseAll(box),
  "toggle-fields": (box) => {
    for (const other of document.querySelectorAll(".selectable-field-export-row input[type=checkbox]")) other.checked = box.checked;
  },
};

document.addEventListener("click", (event) => {
  if (event.target.matches("td.pick, th.pick")) event.target.querySelector("input")?.click();
  const source = event.target.closest("[data-action]");
  if (!source || source.disabled) return;
  const act = actions[source.dataset.action];
  if (!act) return;
  if (source.tagName === "A") event.preventDefault();
  act(source);
});

document.addEventListener("change", (event) => {
  if (event.target.dataset.action === "keys-switch") prefer("keys", event.target.checked ? "" : "off");
  if (event.target.dataset.action === "submit") event.target.form.requestSubmit();
});

function showPreferences() {
  for (const button of document.querySelectorAll("[data-action=theme]"))
    button.setAttribute("aria-pressed", String((root.dataset.theme || "") === button.dataset.value));
  for (const box of document.querySelectorAll("[data-action=keys-switch]")) box.checked = root.dataset.keys !== "off";
}

function openDialog(dialog, opener) {
  if (!dialog || dialog.open) return;
  opener?.closest("details[data-menu]")?.removeAttribute("open");
  dialog.showModal();
  const first = dialog.querySelector("[autofocus], [data-safe]")
    || dialog.querySelector("form :is(input:not([type=hidden]), select, textarea)")
    || dialog.querySelector("button");
  first?.focus();
}

async function copy(button) {
  const from = button.dataset.target ? document.getElementById(button.dataset.target) : button.previousElementSibling;
  try {
    await navigator.clipboard.writeText((from.value ?? from.textContent).trim());
    tell(document.body.dataset.textCopied);
  } catch {
    getSelection().selectAllChildren(from);
  }
}

function reveal(button) {
  const field = document.getElementById(button.dataset.target);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
}

function chooseAll(box) {
  const table = box.closest("table");
  for (const other of table.querySelectorAll("tbody .pick input[type=checkbox]"))
    if (other.checked !== box.checked) other.click();
}

function tell(text) {
  document.dispatchEvent(new CustomEvent("schakel:tell", { detail: { text } }));
}

/* ---------------------------------------------------------------- menus: one open at a time, arrows, Esc */

document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (opened.matches?.("details[data-menu]") && opened.open) {
    for (const other of document.querySelectorAll("details[data-menu][open]"))
      if (other !== opened && !other.contains(opened)) other.open = false;
    keepInside(opened.querySelector(".menu-list"));
  }
  if (opened.matches?.("[popover]") && event.newState === "open") place(opened);
}, true);

document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
    event.preventDefault();
  }
  if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) || event.target.matches("input, select, textarea")) return;
  const entries = [...menu.querySelectorAll(".menu-list :is(a, button)")];
  if (!entries.length) return;
  const at = entries.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? entries.length - 1 : at - 1, Home: 0, End: entries.length - 1 }[event.key];
  entries[(next + entries.length) % entries.length].focus();
  event.preventDefault();
});

/* A list that would leave the window opens to the other side. Set through the CSSOM: no style attribute, the CSP holds. */
function keepInside(list) {
  if (!list) return;
  list.style.translate = "";
  const box = list.getBoundingClientRect();
  const over = Math.max(0, box.right - innerWidth + 8) - Math.max(0, 8 - box.left);
  if (over) list.style.translate = `${-over}px 0`;
}

function place(popover) {
  const opener = document.querySelector(`[popovertarget="${popover.id}"]`);
  if (!opener) return;
  const at = opener.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8));
  const below = at.bottom + 4;
  popover.style.left = `${left}px`;
  popover.style.top = `${below + size.height > innerHeight - 8 ? Math.max(8, at.top - size.height - 4) : below}px`;
}

/* ---------------------------------------------------------------- forms: sent once, edited in place */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.method !== "post") return;
  form.dataset.sent = "true";
  const button = event.submitter;
  // after this event, or the button's name and value would not be sent
  setTimeout(() => busy(button), 0);
}, true);

function busy(button) {
  if (!button?.matches(".button")) return;
  button.setAttribute("aria-busy", "true");
  button.dataset.was = button.innerHTML;
  const spinner = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const arc = document.createElementNS("http://www.w3.org/2000/svg", "path");
  spinner.setAttribute("class", "icon busy-icon");
  spinner.setAttribute("viewBox", "0 0 16 16");
  spinner.setAttribute("aria-hidden", "true");
  arc.setAttribute("d", "M8 2a6 6 0 1 0 6 6");
  spinner.append(arc);
  if (button.dataset.busy || !button.classList.contains("only"))
    button.replaceChildren(spinner, button.dataset.busy || document.body.dataset.textBusy || button.textContent);
}

function release(form) {
  if (!form?.matches?.("form")) form = form?.closest?.("form");
  if (!form) return;
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy=true]")) {
    button.removeAttribute("aria-busy");
    if (button.dataset.was !== undefined) button.innerHTML = button.dataset.was;
    delete button.dataset.was;
  }
}

document.addEventListener("htmx:afterRequest", (event) => release(event.detail.elt));
// Back shows the page as it was left: a form that was sent may be sent again
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release); });

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-in-place]");
  if (event.key !== "Escape" || !form || event.target.getAttribute("aria-expanded") === "true") return;
  event.stopPropagation();
  form.querySelector("[data-cancel]")?.click();
});

/* ---------------------------------------------------------------- focus and place */

function attend(inside) {
  const target = [...inside.querySelectorAll("[data-autofocus]")].at(-1) || inside.querySelector("[autofocus]");
  target?.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const fresh = event.detail.elt;
  showPreferences();
  if (fresh?.matches?.("[data-in-place], .fact")) {
    const target = fresh.querySelector("[data-autofocus], [autofocus], .fact-edit");
    target?.focus();
  } else if (fresh?.querySelector) attend(fresh);
});

/* A list that is come back to by a link, not by Back, stands where it was left. */
const PLACE = `place ${location.pathname}${location.search}`;
addEventListener("pagehide", () => {
  if (document.querySelector("[data-keeps-place]")) sessionStorage.setItem(PLACE, String(scrollY));
});
if (document.querySelector("[data-keeps-place]") && sessionStorage.getItem(PLACE) && !location.hash)
  scrollTo(0, Number(sessionStorage.getItem(PLACE)));

if (document.querySelector("[data-autofocus]")) attend(document);
showPreferences();
