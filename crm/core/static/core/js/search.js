/* The box on top: suggestions while one types, and with Ctrl+K (or Cmd+K) what can be done, as one ARIA combobox.
   Without this it is a form that opens the page with all results. */

const WAIT_MS = 150;
const SHORTEST = 2;

class SearchBox {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("[role=combobox]");
    this.list = form.querySelector("[role=listbox]");
    this.status = form.querySelector("[role=status]");
    this.commands = false;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("focus", () => { if (this.input.value.trim().length >= SHORTEST) this.typed(); });
    this.input.addEventListener("blur", () => setTimeout(() => this.leave(), 150));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]"), event));
    this.list.addEventListener("pointermove", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && option !== this.chosen) this.point(option, false);
    });
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get chosen() { return this.list.querySelector("[aria-selected=true]"); }
  get shown() { return this.form.offsetParent !== null; }

  /* The palette: the same box, with what can be done first. */
  command() {
    if (!this.shown) { location.assign(this.form.action); return; }
    this.commands = true;
    this.input.placeholder = this.form.dataset.textCommands;
    this.input.focus();
    this.input.select();
    this.ask();
  }

  typed() {
    clearTimeout(this.timer);
    if (!this.commands && this.input.value.trim().length < SHORTEST) { this.request?.abort(); this.close(); return; }
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    this.request?.abort();
    this.request = new AbortController();
    const url = new URL(this.form.dataset.url, location.href);
    url.searchParams.set("q", this.input.value.trim());
    if (this.commands) {
      url.searchParams.set("actions", "");
      url.searchParams.set("from", location.pathname + location.search);
    }
    const { signal } = this.request;
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": this.list.id }, signal });
      if (!answer.ok || answer.redirected) { this.close(); return; }
      const html = await answer.text();
      if (signal.aborted || document.activeElement !== this.input) return;
      this.list.innerHTML = html;
      this.open();
    } catch (failure) {
      if (failure.name !== "AbortError") this.close();
    }
  }

  open() {
    this.options.forEach((option, number) => { option.id = `${this.list.id}-${number}`; });
    this.list.hidden = !this.list.children.length;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.removeAttribute("aria-activedescendant");
    const found = this.options.filter((option) => !("results" in option.dataset)).length;
    this.status.textContent = found ? `${found} ${this.status.dataset.textCount}` : this.status.dataset.textNone;
    // of the palette Enter does the first; a search goes to the page with all results
    if (this.commands && this.options.length) this.point(this.options[0]);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  leave() {
    if (document.activeElement === this.input) return;
    clearTimeout(this.timer);
    this.request?.abort();
    this.commands = false;
    this.input.placeholder = this.form.dataset.textSearch;
    this.close();
  }

  point(option, scroll = true) {
    this.chosen?.setAttribute("aria-selected", "false");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    if (scroll) option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  pressed(event) {
    const { options, chosen } = this;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) { this.typed(); return; }
      const at = options.indexOf(chosen) + (event.key === "ArrowDown" ? 1 : -1);
      this.point(options[(at + options.length) % options.length]);
    } else if (event.key === "Enter" && chosen && !this.list.hidden) {
      event.preventDefault();
      this.choose(chosen, event);
    } else if (event.key === "Enter" && !this.input.value.trim()) {
      event.preventDefault();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (this.list.hidden) this.input.blur();
      else this.close();
    }
  }

  choose(option, event) {
    if (!option) return;
    const { href, press } = option.dataset;
    if (href) {
      if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener");
      else location.assign(href);
      return;
    }
    this.input.value = "";
    this.input.blur();
    this.close();
    pressOnPage(press);
  }
}

/* What the palette presses is on the page already: the menus are where it is done. */
function pressOnPage(what) {
  const [name, value] = what.split(":");
  const press = {
    theme: () => document.querySelector(`[data-action=theme][data-value="${value}"]`)?.click(),
    keys: () => document.getElementById("keys-dialog")?.showModal(),
    print: () => window.print(),
    "sign-out": () => document.querySelector("[data-sign-out]")?.requestSubmit(),
    "as-of": () => {
      const field = document.getElementById("asof-band-date") || document.getElementById("asof-date");
      const menu = field?.closest("details");
      if (menu) menu.open = true;
      field?.focus();
    },
  }[name];
  // after the box let go of the focus
  setTimeout(() => press?.(), 0);
}

const form = document.querySelector("form.top-search");
const box = form?.querySelector("[role=combobox]") ? new SearchBox(form) : null;

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (!box || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  box.command();
});
