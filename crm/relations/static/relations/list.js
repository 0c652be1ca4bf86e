/* The list of relations: choosing rows, all of a list at once, and the order of columns. Works without, by plain forms. */

function bar() { return document.getElementById("list-bulk"); }
function boxes() { return [...document.querySelectorAll("#list .pick input[name=chosen]")]; }

/* ---------------------------------------------------------------- chosen rows */

function count() {
  const form = bar();
  if (!form) return;
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  const everything = form.querySelector("input[name=all]");
  form.querySelector("[data-count]").textContent = everything ? form.dataset.total : String(chosen);
  const head = document.querySelector("#list th.pick input");
  if (head) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
}

function onlyThese() {
  bar()?.querySelector("input[name=all]")?.remove();
  const button = bar()?.querySelector("[data-list=all]");
  if (button) button.hidden = false;
}

function everything(button) {
  for (const box of boxes()) box.checked = true;
  const mark = document.createElement("input");
  mark.type = "hidden";
  mark.name = "all";
  mark.value = "yes";
  bar().append(mark);
  button.hidden = true;
  bar().querySelector("button:not([type=reset], .link)")?.focus();
  count();
}

function letGo() {
  onlyThese();
  for (const box of boxes()) box.checked = false;
  count();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#list .pick input[name=chosen]")) { onlyThese(); count(); }
});

document.addEventListener("reset", (event) => {
  if (event.target === bar()) { event.preventDefault(); letGo(); }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (document.querySelector("dialog[open], [popover]:popover-open, details[data-menu][open]")) return;
  if (boxes().some((box) => box.checked)) letGo();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-list]");
  if (button?.dataset.list === "all") {
    event.preventDefault();
    everything(button);
  } else if (button?.dataset.list === "empty-search") {
    const field = document.getElementById("list-q");
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
});

/* A list that fits on its page has nothing more to choose. */
function settle() {
  const button = bar()?.querySelector("[data-list=all]");
  if (button && String(boxes().length) === bar().dataset.total) button.remove();
  count();
}

document.addEventListener("htmx:afterSettle", settle);
addEventListener("pageshow", settle);
settle();

/* ---------------------------------------------------------------- columns: moved by button or dragged, sent once */

function ends(list) {
  const all = [...list.children];
  all.forEach((item, place) => {
    const [up, down] = item.querySelectorAll("[name=move]");
    if (up) up.disabled = place === 0;
    if (down) down.disabled = place === all.length - 1;
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".list-columns [name=move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const list = item.parentElement;
  if (button.value.endsWith(":up")) item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  ends(list);
  (button.disabled ? item.querySelector("[name=move]:not(:disabled)") : button)?.focus();
  const place = [...list.children].indexOf(item) + 1;
  const said = button.closest("form").querySelector("[role=status]");
  said.textContent = `${item.querySelector(".tick").textContent.trim()}: ${place}`;
});

let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".list-order > li") || null;
  if (!dragged) return;
  dragged.dataset.dragged = "";
  event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.(".list-order > li");
  if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (over === dragged) return;
  const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
  if (event.clientY < middle) over.before(dragged);
  else over.after(dragged);
});

document.addEventListener("dragend", () => {
  if (!dragged) return;
  delete dragged.dataset.dragged;
  ends(dragged.parentElement);
  dragged = null;
});

/* One parameter for all columns, so that the address stays short. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-list=columns]")) return;
  const ticked = [...event.target.querySelectorAll("input[name=columns]:checked")];
  if (ticked.length < 2) return;
  const [first, ...rest] = ticked;
  first.value = ticked.map((box) => box.value).join(",");
  for (const box of rest) box.disabled = true;
});
