// New alerts are announced, never pushed under the hand. All pages of a browser share one stream: the page that holds the lock listens
// for all and tells the others; when it closes, the next one takes over.
import { toast } from "./toasts.js";
import { clock, say } from "./words.js";

const NAME = "opencen-alerts";
let come = 0;

export function startAlerts() {
  const path = document.body.dataset.stream;
  if (!path || !document.querySelector("[data-alert-count]")) return;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
  const tell = (news) => {
    channel?.postMessage(news);
    hear(news);
  };
  channel?.addEventListener("message", (event) => (event.data.kind === "who" ? undefined : hear(event.data)));
  if (navigator.locks && channel) navigator.locks.request(NAME, () => listen(path, tell));
  else listen(path, tell);
  if (channel) catchUp();
}

function listen(path, tell) {
  return new Promise(() => {
    const stream = new EventSource(path);
    stream.addEventListener("open", () => {
      tell({ kind: "live" });
      catchUp();
    });
    stream.addEventListener("alert", (event) => tell({ kind: "alert", id: JSON.parse(event.data).id }));
    stream.addEventListener("error", () => tell({ kind: "lost" }));
    window.addEventListener("pagehide", () => stream.close());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  });
}

// What came between the drawing of this page and the opening of the stream.
async function catchUp() {
  try {
    const answer = await fetch("/alerts/count", { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const missed = (await answer.json()).new - shown() - come;
    if (missed > 0) announce(missed);
    live(true);
  } catch {
    live(false);
  }
}

const shown = () => Number(document.body.dataset.newAlerts ?? 0);
const seen = new Set();

function hear(news) {
  if (news.kind === "alert" && !seen.has(news.id)) {
    seen.add(news.id);
    if (!document.querySelector(`[data-alert="${CSS.escape(news.id)}"]`)) announce(1);
  }
  live(news.kind !== "lost");
}

function announce(count) {
  come += count;
  for (const badge of document.querySelectorAll("[data-alert-count]")) {
    badge.hidden = false;
    badge.firstChild.nodeType === Node.TEXT_NODE ? (badge.firstChild.data = String(shown() + come)) : badge.prepend(String(shown() + come));
  }
  const text = come === 1 ? say("new-alert") : say("new-alerts", { count: come });
  const fresh = document.querySelector("[data-fresh]");
  if (fresh) {
    fresh.hidden = false;
    fresh.querySelector("[data-fresh-text]").textContent = text;
  } else toast(text, "/alerts");
}

function live(on) {
  for (const mark of document.querySelectorAll("[data-live]")) {
    mark.hidden = false;
    if (mark.classList.contains("off") === !on && mark.textContent) {
      if (on) mark.textContent = say("live", { time: clock() });
      continue;
    }
    mark.classList.toggle("off", !on);
    mark.textContent = say(on ? "live" : "not-live", { time: clock() });
  }
}
