/* What is told without being asked: toasts, loading after 200 ms, failed requests with a way to try again. */

const SHOWN_MS = 8000;
const PATIENCE_MS = 200;
const texts = document.body.dataset;
const place = document.getElementById("toasts");
const timers = new WeakMap();

/* ---------------------------------------------------------------- toasts */

function countDown(toast) {
  clearTimeout(timers.get(toast));
  if (!("stays" in toast.dataset)) timers.set(toast, setTimeout(() => toast.remove(), SHOWN_MS));
}

function watch(toast) {
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(timers.get(toast)));
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, () => countDown(toast));
  countDown(toast);
}

function button(text, css, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button small ${css}`;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function toast({ text, stays = false, action = null }) {
  if (!place) return;
  const made = document.createElement("div");
  const words = document.createElement("div");
  made.className = "toast";
  made.dataset.toast = "";
  if (stays || action) made.dataset.stays = "";
  words.textContent = text;
  made.append(words);
  if (action) made.append(button(action.text, "", () => { made.remove(); action.act(); }));
  const close = button("✕", "quiet only", () => made.remove());
  close.setAttribute("aria-label", texts.textClose);
  made.append(close);
  place.append(made);
}

if (place) {
  place.querySelectorAll("[data-toast]").forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) watch(node);
  }).observe(place, { childList: true });
}

document.addEventListener("click", (event) => event.target.closest("[data-action=close-toast]")?.closest("[data-toast]").remove());
document.addEventListener("schakel:tell", (event) => toast(event.detail));

/* ---------------------------------------------------------------- loading: nothing under 200 ms, then a bar on the region */

const waiting = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  const { xhr, target, elt } = event.detail;
  if (elt.closest("[data-quiet]")) return;
  const region = target.closest("[data-region]") || target;
  waiting.set(xhr, [region, setTimeout(() => {
    region.dataset.loading = "true";
    region.setAttribute("aria-busy", "true");
  }, PATIENCE_MS)]);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const [region, timer] = waiting.get(event.detail.xhr) || [];
  waiting.delete(event.detail.xhr);
  clearTimeout(timer);
  if (!region) return;
  delete region.dataset.loading;
  region.removeAttribute("aria-busy");
});

/* ---------------------------------------------------------------- what failed: typed text stays, one click tries again */

function retry(detail) {
  const { elt, requestConfig: config } = detail;
  return { text: texts.textRetry, act: () => {
    if (elt.matches("form")) elt.requestSubmit();
    else window.htmx.ajax(config.verb, config.path, { source: elt, target: detail.target });
  } };
}

function signInAgain() {
  toast({ text: texts.textSession, action: { text: texts.textSignIn, act: () => window.open(texts.signIn, "_blank", "noopener") } });
}

/* A form that is refused comes back with its errors (422) or both values (409): show it instead of dropping it. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const landed = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
  if (texts.signIn && landed === new URL(texts.signIn, location.href).pathname && landed !== location.pathname) {
    event.detail.shouldSwap = false;
    signInAgain();
  } else if ([409, 422].includes(xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (event.detail.elt.closest("[data-quiet]") && status < 500) return;
  if (status === 401) signInAgain();
  else if (status === 403) toast({ text: texts.textDenied, stays: true });
  else toast({ text: `${texts.textFailed} (${status})`, action: retry(event.detail) });
});

for (const name of ["htmx:sendError", "htmx:timeout"])
  document.addEventListener(name, (event) => {
    if (!event.detail.elt.closest("[data-quiet]")) toast({ text: texts.textOffline, action: retry(event.detail) });
  });
