// Makes pages faster and livelier; every act works without it.
import { startAlerts } from "./alerts.js";
import { enhanceCombos } from "./combo.js";
import { startKeys } from "./keys.js";
import { startRecord, listDeviceDrafts } from "./record.js";
import { startRows } from "./rows.js";
import { watch } from "./toasts.js";
import { clock, say } from "./words.js";

document.documentElement.classList.add("js");

function enhance(root) {
  enhanceCombos(root);
  for (const select of root.querySelectorAll("select[data-submit]")) select.addEventListener("change", () => select.form.requestSubmit());
  root.querySelector("[data-focus]")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const close = event.target.closest("[data-close-panel]");
  if (close && document.getElementById("fields-panel")?.contains(close)) {
    event.preventDefault();
    document.getElementById("fields-panel").replaceChildren();
    document.getElementById("q")?.focus();
  }
});
document.addEventListener("submit", (event) => {
  if (event.submitter?.matches("button.btn")) requestAnimationFrame(() => event.defaultPrevented || event.submitter.setAttribute("aria-busy", "true"));
});
window.addEventListener("pageshow", () => document.querySelectorAll("[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy")));
document.addEventListener("htmx:afterSwap", (event) => enhance(event.detail.elt ?? event.target));

function showConnection() {
  for (const mark of document.querySelectorAll("[data-connection]")) {
    mark.hidden = false;
    mark.classList.toggle("off", !navigator.onLine);
    mark.textContent = navigator.onLine ? say("connected") : say("no-connection", { time: clock() });
  }
}
window.addEventListener("online", showConnection);
window.addEventListener("offline", showConnection);

enhance(document);
showConnection();
document.querySelectorAll(".toast").forEach(watch);
startKeys();
startRows();
startRecord();
listDeviceDrafts();
startAlerts();
