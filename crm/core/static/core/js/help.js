/* Help beside the screen: the panel that the help button fetches gets the focus, and gives it back when it closes. */

const panel = document.getElementById("help-beside");
const button = document.querySelector("[data-help-button]");

function close() {
  if (!panel?.firstElementChild) return;
  panel.replaceChildren();
  button?.setAttribute("aria-expanded", "false");
  button?.focus();
}

if (panel && button) {
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", panel.id);
  /* the second press closes; before htmx sees it */
  button.addEventListener("click", (event) => {
    if (!panel.firstElementChild || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    close();
  }, true);
  panel.addEventListener("htmx:afterSwap", () => {
    button.setAttribute("aria-expanded", "true");
    panel.querySelector("#help-beside-q:focus, h2")?.focus();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-action=close-help]")) close();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
}
