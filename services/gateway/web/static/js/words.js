// Texts of scripts, in the page's language: the server puts them into the page.
const texts = JSON.parse(document.getElementById("words")?.textContent || "{}");

export function say(key, values = {}) {
  return (texts[key] || key).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

export function clock(moment = new Date()) {
  return moment.toLocaleTimeString("en-GB");
}
