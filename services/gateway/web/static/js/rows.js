// Lists with a current row: J and K move, Enter opens; in the search the row's facts appear beside it.
const WAIT_MS = 150;
let waiting = 0;

export function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")];
}

export function step(by) {
  const all = rows();
  if (!all.length) return false;
  const now = all.findIndex((row) => row.hasAttribute("aria-current"));
  choose(all[Math.max(0, Math.min(all.length - 1, now + by))]);
  return true;
}

function choose(row) {
  for (const other of rows()) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  (row.matches("a") ? row : row.querySelector("a")).focus();
  peek(row);
}

function peek(row) {
  const panel = document.getElementById("peek");
  if (!row.dataset.peek || !panel || !window.htmx || getComputedStyle(panel).display === "none") return;
  clearTimeout(waiting);
  waiting = setTimeout(() => window.htmx.ajax("GET", row.dataset.peek, { target: "#peek", select: "#peek", swap: "outerHTML" }), WAIT_MS);
}

export function startRows() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("li[data-row]");
    if (row && !event.target.closest("a, button, input") && !getSelection()?.toString()) choose(row);
  });
}
