// Beside the channels: the list of them, who one is here, and in which language.

import { act } from "./acts.js";
import { button, element } from "./element.js";
import { nameOf } from "./pane.js";
import { fixed, threads, topLevel } from "./store.js";

const list = document.getElementById("channels");
const about = document.getElementById("about");
const person = document.getElementById("person");
const language = document.getElementById("language");

// `become(id)` is called when somebody chooses to be another person.
export function listen(become) {
  person.addEventListener("change", () => become(person.value));
  language.addEventListener("change", () => act("speak", { locale: language.value }));
}

export function drawPeople() {
  const { me, people, bot, locale, locales } = fixed();
  const who = people.filter(({ id }) => id !== bot);
  const named = ({ name, manages }) => (manages ? `${name} (server manager)` : name);
  person.replaceChildren(...who.map((each) => new Option(named(each), each.id, false, each.id === me)));
  language.replaceChildren(
    ...locales
      .map((each) => ({ each, name: nameIn(each) }))
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ each, name }) => new Option(name, each, false, each === locale)),
  );
  about.textContent = fixed().about;
  about.hidden = !fixed().about;
}

function nameIn(locale) {
  const name = new Intl.DisplayNames([locale], { type: "language" }).of(locale);
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
}

export function drawChannels(open, enter) {
  const groups = new Map();
  for (const channel of topLevel()) {
    const { id, name } = channel.guild ?? { id: "", name: "Direct messages" };
    if (!groups.has(id)) groups.set(id, { name, channels: [] });
    groups.get(id).channels.push(channel, ...threads(channel.id).filter(({ archived }) => !archived));
  }
  const entries = JSON.stringify([[...groups.values()], open]);
  if (entries === list.dataset.entries) return;
  list.dataset.entries = entries;
  const focused = document.activeElement?.dataset?.id;
  list.replaceChildren(
    ...[...groups.values()].flatMap((group) => [
      element("h2", "", group.name),
      element("ul", "", ...group.channels.map((channel) => element("li", "", entry(channel, open, enter)))),
    ]),
  );
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
}

function entry(channel, open, enter) {
  const made = button(channel.kind, "", () => enter(channel.id));
  made.append(...nameOf(channel));
  made.title = channel.name;
  made.dataset.id = channel.id;
  if (open.includes(channel.id)) made.setAttribute("aria-current", "true");
  return made;
}
