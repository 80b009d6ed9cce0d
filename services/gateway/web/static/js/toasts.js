// Short news at the edge of the page, the newest of each kind: stays until closed, or ten seconds without the focus. Never for errors.
import { say } from "./words.js";

const STAY_MS = 10000;

export function toast(text, link = null) {
  const box = document.createElement("div");
  box.className = "toast";
  const words = document.createElement(link ? "a" : "span");
  words.textContent = text;
  if (link) words.href = link;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = say("close");
  box.append(words, close);
  const kind = link ?? "";
  box.dataset.kind = kind;
  document.querySelector(`#toasts [data-kind="${CSS.escape(kind)}"]`)?.remove();
  document.getElementById("toasts").append(box);
  watch(box);
}

export function watch(box) {
  box.querySelector("button")?.addEventListener("click", () => box.remove());
  const leave = () => (box.contains(document.activeElement) ? setTimeout(leave, STAY_MS) : box.remove());
  setTimeout(leave, STAY_MS);
}
