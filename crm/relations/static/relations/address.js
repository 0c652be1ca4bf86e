/* Street and city from postcode and number. Only empty fields, or fields filled from here before, are filled:
   what somebody typed is never overwritten, and typing on is never blocked. */

const WAIT_MS = 300;

function fieldsOf(place) {
  const find = (name) => place.querySelector(`[name$="${name}"]`);
  return {
    postcode: find("postcode"), number: find("house_number"), letter: find("house_letter"),
    addition: find("house_addition"), street: find("street"), city: find("city"), country: find("country"),
  };
}

function fill(input, value) {
  if (!value || (input.value && input.dataset.filled !== input.value)) return;
  input.value = value;
  input.dataset.filled = value;
}

for (const place of document.querySelectorAll("[data-address]")) {
  const fields = fieldsOf(place);
  const note = place.querySelector("[data-address-note]");
  const options = place.querySelector("[data-address-options]");
  let waiting = 0;
  let latest = 0;

  /* Several addresses at one number: a button each, which fills in its letter, addition, street and city. */
  const offer = (addresses) => {
    options.replaceChildren(...addresses.map((address) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = address.label;
      button.addEventListener("click", () => {
        fields.letter.value = address.letter;
        fields.addition.value = address.addition;
        for (const [name, value] of [["street", address.street], ["city", address.city]]) {
          fields[name].value = value;
          fields[name].dataset.filled = value;
        }
        offer([]);
        fields.street.focus();
        ask();
      });
      return button;
    }));
    options.hidden = !addresses.length;
  };

  const ask = async () => {
    const abroad = fields.country.value.trim().toUpperCase() !== "NL";
    if (abroad || !fields.postcode.value.trim() || !fields.number.value.trim()) return;
    const turn = ++latest;
    const query = new URLSearchParams({
      postcode: fields.postcode.value, house_number: fields.number.value,
      house_letter: fields.letter.value, house_addition: fields.addition.value,
    });
    try {
      const answer = await fetch(`${place.dataset.url}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || turn !== latest) return;
      const found = await answer.json();
      fill(fields.street, found.street);
      fill(fields.city, found.city);
      if (found.message) {
        note.textContent = found.message;
        note.className = `said ${found.state === "found" ? "found" : "warned"}`;
      }
      offer(found.options);
    } catch { /* no connection: the form works without */ }
  };

  for (const input of [fields.postcode, fields.number, fields.letter, fields.addition]) {
    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, WAIT_MS); });
  }
}
