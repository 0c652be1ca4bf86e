/* What somebody types in a line of the bulk form is meant to be changed: its tick goes on by itself. */
document.addEventListener("input", (event) => {
  const line = event.target.closest(".bulk-value")?.closest("li");
  if (line) line.querySelector(".tick input").checked = true;
});
