/* A passkey that did not come (cancelled, another device, a browser without): say so on the page, not in the console. */
const said = document.getElementById("passkey-refused");
if (said) {
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    said.hidden = false;
    said.focus();
  });
  if (!window.PublicKeyCredential) {
    for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = true;
    document.getElementById("passkey-missing")?.removeAttribute("hidden");
  }
}
