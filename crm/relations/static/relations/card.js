/* On a phone the lower sections of the card begin folded; without JavaScript they are open. */

if (matchMedia("(max-width: 47.49rem)").matches) {
  for (const part of document.querySelectorAll("details[data-fold]")) part.open = false;
}
