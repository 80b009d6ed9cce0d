// The record form: every word goes to this device at once and to the centre soon after, so that nothing is lost when the line is.
import { toast } from "./toasts.js";
import { clock, say } from "./words.js";

const DEVICE_MS = 500;
const CENTRE_MS = 15000;
const PREFIX = "opencen:draft:";
const NOT_KEPT = new Set(["csrf_token", "version", "mode"]);

const keyOf = (id) => `${PREFIX}${document.body.dataset.account}:${id || "new"}`;

export function startRecord() {
  const form = document.querySelector("[data-record]");
  if (!form) return;
  const state = { form, saving: null, dirty: false, device: 0, centre: 0 };
  restore(state);
  form.addEventListener("input", () => changed(state));
  form.addEventListener("submit", (event) => hold(state, event));
  window.addEventListener("pagehide", () => state.dirty && keep(state));
  window.addEventListener("online", () => state.dirty && "autosave" in form.dataset && send(state));
  document.addEventListener("keydown", (event) => onKey(state, event));
  followParts();
}

function changed(state) {
  state.dirty = true;
  clearTimeout(state.device);
  clearTimeout(state.centre);
  state.device = setTimeout(() => keep(state), DEVICE_MS);
  if ("autosave" in state.form.dataset) state.centre = setTimeout(() => send(state), CENTRE_MS);
}

function words(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_KEPT.has(name));
}

function keep({ form }) {
  const copy = { at: new Date().toISOString(), version: form.dataset.version, title: form.elements.title?.value ?? "", words: words(form) };
  try {
    localStorage.setItem(keyOf(form.dataset.case), JSON.stringify(copy));
    mark("[data-saved-device]", say("saved-device", { time: clock() }));
  } catch {
    // A device without room: the centre has it within seconds.
  }
}

function mark(selector, text) {
  const row = document.querySelector(selector);
  if (row) {
    row.className = "done";
    row.querySelector("[data-time]").textContent = clock();
  }
  tell(text, true);
}

function tell(text, good) {
  const saved = document.querySelector("[data-saved]");
  if (!saved) return;
  saved.textContent = text;
  saved.classList.toggle("off", !good);
}

async function send(state) {
  if (state.saving) return state.saving;
  const body = new FormData(state.form);
  body.set("act", "save");
  state.dirty = false;
  state.saving = fetch(state.form.action, { method: "POST", body, headers: { Accept: "application/json" } })
    .then(async (answer) => told(state, answer.status, answer.headers.get("content-type")?.includes("json") ? await answer.json() : {}))
    .catch(() => {
      state.dirty = true;
      tell(say("offline"), false);
    })
    .finally(() => {
      state.saving = null;
    });
  return state.saving;
}

function told(state, status, answer) {
  const { form } = state;
  if (status === 200) {
    if (!form.dataset.case) {
      localStorage.removeItem(keyOf(""));
      form.dataset.case = answer.id;
      form.action = `/record/${answer.id}`;
      history.replaceState(null, "", form.action);
    }
    form.dataset.version = answer.version;
    form.elements.version.value = answer.version;
    if (!state.dirty) localStorage.removeItem(keyOf(form.dataset.case));
    mark("[data-saved-centre]", say("saved-centre", { time: clock() }));
  } else if (status === 412) tell(say("changed-elsewhere"), false);
  else if (status === 422) tell(say("not-saved", { reason: answer.errors?.[0]?.message ?? "" }), false);
  else tell(say("offline"), false);
}

// A save on its way changes the version: the officer's own act waits for it.
function hold(state, event) {
  clearTimeout(state.centre);
  keep(state);
  if (state.saving) {
    event.preventDefault();
    const { submitter } = event;
    state.saving.finally(() => state.form.requestSubmit(submitter));
    return;
  }
  state.dirty = false;
}

function restore(state) {
  const { form } = state;
  const key = keyOf(form.dataset.case);
  const copy = JSON.parse(localStorage.getItem(key) ?? "null");
  if (!copy) return;
  const errors = document.querySelector(".summary-bad, [data-focus]");
  if (copy.version !== form.dataset.version) {
    if (!errors) localStorage.removeItem(key);
    return;
  }
  if (errors || JSON.stringify(copy.words) === JSON.stringify(words(form))) return;
  const lines = new Set(words(form).map(([name]) => name));
  if (copy.words.some(([name]) => !lines.has(name) && !["offence_types", "concealment"].includes(name))) return;
  fill(form, copy.words);
  tell(say("restored"), false);
  toast(say("restored"));
  changed(state);
}

function fill(form, copied) {
  const ticked = new Set(copied.map(([name, value]) => `${name}=${value}`));
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = ticked.has(`${box.name}=${box.value}`);
  for (const [name, value] of copied) {
    const field = form.elements[name];
    if (!field || field.type === "checkbox" || field instanceof RadioNodeList) continue;
    field.value = value;
    const combo = field.closest?.("[data-combo]")?.querySelector("[role=combobox]");
    if (combo) combo.value = field.selectedOptions[0]?.value ? field.selectedOptions[0].text : "";
  }
}

function onKey(state, event) {
  const { form } = state;
  const go = (selector) => form.querySelector(selector)?.click();
  if (event.ctrlKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    keep(state);
    send(state);
  } else if (event.ctrlKey && event.key === "Enter") go('[name="act"][value="submit"]');
  else if (event.altKey && event.key === "Insert") go('[data-add="goods"]');
  else if (event.key === "F8") nextError(event);
  else if (event.ctrlKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) nextPart(event, event.key === "ArrowDown" ? 1 : -1);
}

function nextError(event) {
  const wrong = [...document.querySelectorAll("[aria-invalid=true]")];
  if (!wrong.length) return;
  event.preventDefault();
  wrong[(wrong.indexOf(document.activeElement) + 1) % wrong.length].focus();
}

function nextPart(event, by) {
  const parts = [...document.querySelectorAll(".sect")].filter((part) => part.offsetParent);
  const now = parts.findIndex((part) => part.contains(document.activeElement));
  const next = parts[Math.max(0, Math.min(parts.length - 1, now + by))];
  event.preventDefault();
  next?.scrollIntoView();
  next?.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
}

function followParts() {
  const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver((seen) => {
    for (const entry of seen) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const part of document.querySelectorAll(".sect")) watcher.observe(part);
}

// Home: drafts that never reached the centre.
export function listDeviceDrafts() {
  const table = document.querySelector("[data-device-drafts]");
  const copy = table && JSON.parse(localStorage.getItem(keyOf("")) ?? "null");
  if (!copy) return;
  const row = table.insertRow(0);
  const head = document.createElement("th");
  head.scope = "row";
  const link = document.createElement("a");
  link.href = "/record";
  link.textContent = copy.title || say("untitled");
  head.append(link);
  row.append(head);
  for (const text of ["—", "—", say("device-only")]) row.insertCell().textContent = text;
  table.querySelector("[data-none]")?.remove();
}
