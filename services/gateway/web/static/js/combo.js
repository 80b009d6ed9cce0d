// A long select becomes a combobox (ARIA 1.2): it finds by word, street name, code and the other script. Without script the select stays.
import { say } from "./words.js";

const MOST_SHOWN = 12;
let made = 0;

const fold = (text) => text.normalize("NFKC").toLocaleLowerCase().trim();

export function enhanceCombos(root) {
  for (const box of root.querySelectorAll("[data-combo]")) if (!box.dataset.made) enhance(box);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function enhance(box) {
  const select = box.querySelector("select");
  const listId = `combo-${(made += 1)}`;
  const chosen = () => select.selectedOptions[0];
  const input = element("input", {
    class: "in", id: select.id, role: "combobox", type: "text", autocomplete: "off", spellcheck: "false", "aria-expanded": "false",
    "aria-controls": listId, "aria-autocomplete": "list", "aria-invalid": select.getAttribute("aria-invalid"), "aria-describedby": select.getAttribute("aria-describedby"),
    placeholder: select.options[0]?.value === "" ? select.options[0].text : null,
  });
  const list = element("div", { class: "combo-list", role: "listbox", id: listId, "aria-label": box.closest(".field")?.querySelector("label")?.textContent ?? "", hidden: "" });
  const news = element("p", { class: "vh", role: "status" });
  const entries = [...select.options].filter((option) => option.value).map((option) => ({
    option, code: option.value, text: option.text, other: option.dataset.other ?? "",
    words: fold([option.text, option.dataset.other, option.dataset.words, option.value.replaceAll("_", " ")].join(" ")),
  }));
  const state = { shown: [], at: -1 };
  input.value = chosen()?.value ? chosen().text : "";
  select.removeAttribute("id");
  select.hidden = true;
  box.append(input, list, news);
  box.dataset.made = "yes";

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    state.at = -1;
  };
  const take = (entry) => {
    select.value = entry ? entry.code : "";
    input.value = entry ? entry.text : "";
    select.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  };
  const point = (index) => {
    state.at = index;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === index)));
    if (index >= 0) {
      input.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
    }
  };
  const open = () => {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    const untouched = input.value === (chosen()?.text ?? "");
    state.shown = entries.filter((entry) => untouched || words.every((word) => entry.words.includes(word))).slice(0, MOST_SHOWN);
    list.replaceChildren(...state.shown.map((entry, index) => row(entry, `${listId}-${index}`, words, () => take(entry))));
    list.hidden = !state.shown.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    news.className = state.shown.length ? "vh" : "hint";
    news.textContent = state.shown.length ? say("choices", { count: state.shown.length }) : say("no-choice");
    point(state.shown.length && words.length && !untouched ? 0 : -1);
  };
  input.addEventListener("input", open);
  input.addEventListener("click", () => list.hidden && open());
  input.addEventListener("blur", () => setTimeout(() => {
    if (fold(input.value) === "") select.value = "";
    input.value = chosen()?.value ? chosen().text : "";
    news.textContent = "";
    close();
  }, 150));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (state.shown.length) point((state.at + by + state.shown.length) % state.shown.length);
    } else if (event.key === "Enter" && !list.hidden && state.at >= 0) {
      event.preventDefault();
      take(state.shown[state.at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
}

function row(entry, id, words, take) {
  const text = element("span", {});
  const at = words.length ? fold(entry.text).indexOf(words[0]) : -1;
  if (at >= 0 && fold(entry.text).length === entry.text.length) {
    text.append(entry.text.slice(0, at), element("mark", {}, entry.text.slice(at, at + words[0].length)), entry.text.slice(at + words[0].length));
  } else text.append(entry.text);
  const other = element("span", { class: "mute", lang: document.body.dataset.language === "lo" ? "en" : "lo" }, entry.other);
  const made = element("div", { role: "option", id, "aria-selected": "false" }, text, other);
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", take);
  return made;
}
