// A list of suggestions for what is being typed into a field, chosen from with the arrow keys, Enter or Tab.

import { element, newId } from "./element.js";

export class Suggestions {
  // `pick(item)` is called with the one chosen.
  constructor(input, label, pick) {
    this.input = input;
    this.pick = pick;
    this.items = [];
    this.at = 0;
    this.list = element("ul", "suggestions");
    this.list.id = newId("suggestions");
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.show([]));
    // A press on the list must not take the focus from the field.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get open() {
    return !this.list.hidden;
  }

  // `items`: { label, description? } and whatever else whoever picks needs.
  show(items) {
    this.items = items;
    this.at = 0;
    this.list.hidden = !items.length;
    this.list.replaceChildren(
      ...items.map((item, at) => {
        const small = item.description && element("small", "", item.description);
        const entry = element("li", "", element("strong", "", item.label), small);
        entry.id = `${this.list.id}-${at}`;
        entry.setAttribute("role", "option");
        entry.addEventListener("click", () => this.#choose(at));
        return entry;
      }),
    );
    this.#mark();
  }

  #mark() {
    [...this.list.children].forEach((entry, at) => entry.setAttribute("aria-selected", String(at === this.at)));
    const active = this.list.children[this.at];
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
    if (this.input.getAttribute("role") === "combobox") this.input.setAttribute("aria-expanded", String(this.open));
    active?.scrollIntoView({ block: "nearest" });
  }

  #choose(at) {
    const item = this.items[at];
    this.show([]);
    this.pick(item);
  }

  #key(event) {
    if (!this.open || event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.at = (this.at + (key === "ArrowDown" ? 1 : this.items.length - 1)) % this.items.length;
      this.#mark();
    } else if (key === "Enter" || key === "Tab") this.#choose(this.at);
    else if (key === "Escape") this.show([]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
