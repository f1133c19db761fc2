// Buttons, select menus and forms as the bot sent them. The page only shows them: none can be pressed, chosen from or sent
// in. A select menu opens, to show what is in it.

import { element } from "./markdown.js";

const ONLY_SHOWN = "This page shows what there is to press; it does not press it.";

export function rows(drawn) {
  return drawn.map((row) => element("div", "row", ...row.map((each) => (each.kind === "select" ? menu(each) : button(each)))));
}

export function form({ title, fields }) {
  const ends = element("div", "row", press("secondary", "Cancel"), press("primary", "Submit"));
  const drawn = element("section", "form", element("h2", "", title), ...fields.map(field), ends);
  drawn.setAttribute("aria-label", title);
  return drawn;
}

function button({ style, label, emoji, off }) {
  const parts = [emoji && element("span", "emoji", emoji), label && element("span", "", label), style === "link" && "↗"];
  const drawn = press(style, ...parts.filter(Boolean));
  drawn.classList.toggle("off", off);
  return drawn;
}

function press(style, ...parts) {
  const drawn = element("button", `control ${style}`, ...parts);
  drawn.type = "button";
  drawn.disabled = true;
  drawn.title = ONLY_SHOWN;
  return drawn;
}

function menu({ placeholder, options, off }) {
  const chosen = options.filter((option) => option.chosen).map((option) => option.label);
  const drawn = element("details", "menu", element("summary", "", chosen.join(", ") || placeholder || "Make a selection"));
  drawn.classList.toggle("off", off);
  drawn.append(element("ul", "", ...options.map(choice)));
  return drawn;
}

function choice({ label, emoji, description, chosen }) {
  const words = element("span", "words", label);
  if (description) words.append(element("small", "", description));
  const drawn = element("li", chosen ? "chosen" : "", element("span", "emoji", emoji ?? ""), words);
  drawn.title = ONLY_SHOWN;
  return drawn;
}

function field({ label, description, required, paragraph, placeholder, value, select }) {
  const name = element("span", "label", label);
  if (required) name.append(element("span", "required", " *"));
  const drawn = element("label", "", name);
  if (description) drawn.append(element("small", "", description));
  if (select) {
    drawn.append(menu(select));
    return drawn;
  }
  const input = element(paragraph ? "textarea" : "input", "");
  input.placeholder = placeholder;
  input.value = value;
  input.disabled = true;
  input.title = ONLY_SHOWN;
  drawn.append(input);
  return drawn;
}
