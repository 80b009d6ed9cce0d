// Keys of ui/README.md. Single letters never act while somebody writes.
import { step } from "./rows.js";

const PLACES = { h: "/", r: "/record", s: "/search", a: "/alerts", d: "/dashboard" };
const SEQUENCE_MS = 1500;
let begun = 0;

const writing = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const press = (selector) => {
  const element = document.querySelector(selector);
  element?.click();
  return Boolean(element);
};
const focus = (selector) => {
  const element = document.querySelector(selector);
  element?.focus();
  return Boolean(element);
};

function go(path) {
  const link = document.querySelector(`.nav a[href="${path}"]`);
  if (link) link.click();
  return Boolean(link);
}

async function showKeys() {
  if (press('.query [data-key="fields"]')) return;
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  document.body.append(dialog);
  const page = await (await fetch("/keys")).text();
  const keys = new DOMParser().parseFromString(page, "text/html").getElementById("keys");
  if (!keys) return location.assign("/keys");
  dialog.append(document.adoptNode(keys));
  dialog.setAttribute("aria-labelledby", "keys-heading");
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
}

function newRecord() {
  const fresh = document.querySelector("[data-fresh]:not([hidden])");
  if (fresh) return Boolean(fresh.click()) || true;
  return focus("#quick .combo input, #quick select") || go("/record");
}

function actOnAlert(letter) {
  const button = document.querySelector(`[data-act-key="${letter}"]`);
  if (!button) return false;
  const comment = document.getElementById("comment");
  if (letter === "d" && comment && !comment.value) {
    comment.closest("details").open = true;
    comment.focus();
  } else button.click();
  return true;
}

const acts = {
  "/": () => focus(".query input[type=search], .find input"),
  n: newRecord,
  j: () => step(1),
  k: () => step(-1),
  w: () => focus("#watch-name"),
  v: () => focus('[name="to"][value="validated"]'),
  r: () => document.querySelector('[name="to"][value="returned"]') && focus("#comment"),
  c: () => press('a.btn[href^="/record/"]'),
  "?": () => Boolean(showKeys()),
};

function onKey(event) {
  if (event.key === "Escape" && writing(event.target)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || document.querySelector("dialog[open]")) return undefined;
  const letter = event.key.toLowerCase();
  if (Date.now() - begun < SEQUENCE_MS && PLACES[letter]) {
    begun = 0;
    event.preventDefault();
    return go(PLACES[letter]);
  }
  if (letter === "g") {
    begun = Date.now();
    return undefined;
  }
  if (actOnAlert(letter) || acts[letter]?.()) event.preventDefault();
  return undefined;
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
}
