/* Choosing by typing: an ARIA combobox over the options that `data-url?q=` answers as HTML (`picker_options.html`).
   A hidden field gets the value; an option with `data-url` or `data-href` leads to a page instead. */

const WAIT_MS = 150;

class Combobox {
  constructor(place) {
    this.place = place;
    this.input = place.querySelector("[role=combobox]");
    this.list = place.querySelector("[role=listbox]");
    this.value = place.querySelector("[data-picker-value]");
    this.status = place.querySelector("[role=status]");
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get chosen() { return this.list.querySelector("[aria-selected=true]"); }

  typed() {
    if (this.value) this.value.value = "";
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    if (text.length < 2) return this.close();
    this.timer = setTimeout(() => this.ask(text), WAIT_MS);
  }

  async ask(text) {
    this.request?.abort();
    this.request = new AbortController();
    const url = new URL(this.place.dataset.url, location.href);
    url.searchParams.set("q", text);
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": this.list.id }, signal: this.request.signal });
      if (!answer.ok || answer.redirected) return this.close();
      this.list.innerHTML = await answer.text();
      this.options.forEach((option, number) => { option.id = `${this.list.id}-${number}`; });
      this.open();
    } catch (failure) {
      if (failure.name !== "AbortError") this.close();
    }
  }

  open() {
    const found = this.options.filter((option) => !option.dataset.url).length;
    this.list.hidden = !this.options.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.removeAttribute("aria-activedescendant");
    if (this.status) this.status.textContent = found ? `${found} ${this.status.dataset.textCount}` : this.status.dataset.textNone;
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  point(option) {
    this.chosen?.setAttribute("aria-selected", "false");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  pressed(event) {
    const { options, chosen } = this;
    if (event.key === "Enter" && event.ctrlKey && !this.list.hidden) {
      const made = options.find((option) => option.dataset.url);
      if (made) { event.preventDefault(); this.choose(made); }
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) return this.typed();
      const at = options.indexOf(chosen) + (event.key === "ArrowDown" ? 1 : -1);
      this.point(options[(at + options.length) % options.length]);
    } else if (event.key === "Enter" && chosen && !this.list.hidden) {
      event.preventDefault();
      this.choose(chosen);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  choose(option) {
    if (!option) return;
    const link = option.dataset.url || option.dataset.href;
    if (link) { location.assign(link); return; }
    this.input.value = option.dataset.text;
    if (this.value) {
      this.value.value = option.dataset.value;
      this.value.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.close();
  }
}

function prepare(inside) {
  for (const place of inside.querySelectorAll("[data-picker]:not([data-ready])")) {
    place.dataset.ready = "";
    new Combobox(place);
  }
}

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement || document));
