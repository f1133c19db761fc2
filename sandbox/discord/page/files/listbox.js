// A select menu as Discord has it: a button that opens a list of options, each with an emoji and a second line. The keys are
// those of a listbox; with several to choose, what was ticked is sent when the list closes.

import { button, element, newId } from "./element.js";

// `choose(values)` is called with what was chosen.
export function selectMenu({ placeholder, options, off, least, most }, label, choose) {
  const several = most > 1 || least === 0;
  const before = options.filter((option) => option.chosen).map((option) => option.value);
  const chosen = new Set(before);
  const list = element("ul", "options");
  list.id = newId("options");
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  if (several) list.setAttribute("aria-multiselectable", "true");
  const opener = button("opener", "", () => (list.hidden ? open() : close(true)));
  opener.disabled = off || !options.length;
  opener.setAttribute("aria-haspopup", "listbox");
  opener.setAttribute("aria-controls", list.id);
  opener.setAttribute("aria-expanded", "false");
  const drawn = element("div", "select", opener, list);
  drawn.classList.toggle("off", off);
  const entries = options.map((option) => {
    const words = element("span", "words", option.label, option.description && element("small", "", option.description));
    const entry = element("li", "", element("span", "emoji", option.emoji ?? ""), words);
    entry.setAttribute("role", "option");
    entry.tabIndex = -1;
    entry.addEventListener("click", () => pick(option.value));
    return entry;
  });
  list.append(...entries);

  const show = () => {
    const names = options.filter(({ value }) => chosen.has(value)).map((option) => option.label);
    opener.textContent = names.join(", ") || placeholder || "Make a selection";
    opener.classList.toggle("empty", !names.length);
    options.forEach(({ value }, at) => entries[at].setAttribute("aria-selected", String(chosen.has(value))));
  };
  const open = () => {
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    const first = options.findIndex(({ value }) => chosen.has(value));
    entries[Math.max(0, first)].focus();
  };
  const close = (back) => {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus();
    if (several && [...chosen].sort().join("\n") !== [...before].sort().join("\n")) send();
  };
  const send = () => {
    if (chosen.size < least || chosen.size > most) return;
    before.splice(0, before.length, ...chosen);
    choose([...chosen]);
  };
  const pick = (value) => {
    if (!several) {
      chosen.clear();
      chosen.add(value);
      show();
      close(true);
      choose([value]);
      return;
    }
    if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < most) chosen.add(value);
    show();
  };
  list.addEventListener("keydown", (event) => {
    const at = entries.indexOf(document.activeElement);
    const to = {
      ArrowDown: Math.min(at + 1, entries.length - 1),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: entries.length - 1,
    }[event.key];
    if (to !== undefined) entries[to].focus();
    else if (event.key === "Enter" || event.key === " ") pick(options[at].value);
    else if (event.key === "Escape") close(true);
    else if (event.key.length === 1) {
      const typed = event.key.toLowerCase();
      entries.find((_, index) => index > at && options[index].label.toLowerCase().startsWith(typed))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  drawn.addEventListener("focusout", ({ relatedTarget }) => {
    if (!list.hidden && relatedTarget && !drawn.contains(relatedTarget)) close(false);
  });
  show();
  return { drawn, values: () => [...chosen], enough: () => chosen.size >= least && chosen.size <= most };
}
