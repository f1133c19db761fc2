// The chat page: what the stand-in tells it (see patches.py), as channels, a channel, and a thread beside it.

import { element } from "./markdown.js";
import { MessageView } from "./message.js";

const TYPING_FOR = 10_000;
const TOGETHER = 5 * 60;
const SIGNS = { text: "#", voice: "♪", forum: "≡", direct: "@", thread: "↳" };

const places = new Map();
const messages = new Map();
const typing = new Map();
let saidIn = new Map();
let channelId = null;
// The thread a person chose; null: none, they closed it; undefined: the newest of the channel, whichever it is.
let chosen;

class Pane {
  constructor(root) {
    this.root = root;
    [this.title] = root.getElementsByTagName("h1");
    [this.scroller] = root.getElementsByClassName("scroller");
    [this.typing] = root.getElementsByClassName("typing");
    [this.list] = root.getElementsByTagName("ol");
    this.views = new Map();
  }

  show(place, shown) {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const atEnd = place?.id !== this.placeId || scrollHeight - scrollTop - clientHeight < 60;
    this.placeId = place?.id;
    this.root.hidden = !place;
    if (!place) shown = [];
    this.title.replaceChildren(...(place ? nameOf(place) : []));
    const old = this.views;
    this.views = new Map();
    let above = null;
    for (const message of shown) {
      const view = old.get(message.id) ?? new MessageView(() => choose(message.id));
      view.update(message, together(above, message), threadOn(message, place));
      this.views.set(message.id, view);
      const next = above ? this.views.get(above.id).element.nextSibling : this.list.firstChild;
      if (next !== view.element) this.list.insertBefore(view.element, next);
      view.element.classList.toggle("starter", message.place !== place.id);
      above = message;
    }
    for (const [id, view] of old) if (!this.views.has(id)) view.element.remove();
    const names = [...(typing.get(place?.id)?.keys() ?? [])];
    this.typing.textContent = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing …` : "";
    if (atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

const side = document.getElementById("places");
const link = document.getElementById("link");
const channelPane = new Pane(document.getElementById("channel"));
const threadPane = new Pane(document.getElementById("thread"));
threadPane.root.getElementsByClassName("close")[0].addEventListener("click", () => choose(null));

function nameOf(place) {
  return [element("span", "sign", SIGNS[place.kind]), element("span", "name", place.name)];
}

function together(above, message) {
  return (
    above?.place === message.place &&
    above.author.id === message.author.id &&
    message.at - above.at < TOGETHER &&
    !message.reply_to
  );
}

function said(placeId) {
  return saidIn.get(placeId) ?? [];
}

function threadOn(message, shownIn) {
  const thread = places.get(message.id);
  if (thread?.starter !== message.id || thread === shownIn) return null;
  return { name: thread.name, count: said(thread.id).length };
}

function threads(parentId) {
  return [...places.values()].filter((place) => place.parent === parentId);
}

function choose(threadId) {
  chosen = threadId;
  draw();
}

function enter(place) {
  channelId = place.parent ?? place.id;
  chosen = place.parent ? place.id : undefined;
  draw();
}

function draw() {
  saidIn = Map.groupBy(messages.values(), (message) => message.place);
  const channels = [...places.values()].filter((place) => !place.parent);
  if (!places.has(channelId)) channelId = channels[0]?.id ?? null;
  if (chosen && !places.has(chosen)) chosen = undefined;
  const thread = chosen === undefined ? threads(channelId).at(-1) : places.get(chosen);
  drawSide(channels, thread);
  channelPane.show(places.get(channelId), said(channelId));
  const starter = thread && messages.get(thread.starter);
  threadPane.show(thread, [...(starter ? [starter] : []), ...(thread ? said(thread.id) : [])]);
  document.body.classList.toggle("with-thread", Boolean(thread));
}

function drawSide(channels, thread) {
  const groups = new Map();
  for (const place of channels) {
    const { id, name } = place.guild ?? { id: "", name: "Direct messages" };
    if (!groups.has(id)) groups.set(id, { name, places: [] });
    groups.get(id).places.push(place, ...threads(place.id));
  }
  const entries = JSON.stringify([[...groups.values()], channelId, thread?.id]);
  if (entries === side.dataset.entries) return;
  side.dataset.entries = entries;
  side.replaceChildren(
    ...[...groups.values()].flatMap((group) => [
      element("h2", "", group.name),
      ...group.places.map((place) => {
        const button = element("button", place.kind, ...nameOf(place));
        button.type = "button";
        button.title = place.name;
        if (place.id === channelId || place.id === thread?.id) button.setAttribute("aria-current", "true");
        button.addEventListener("click", () => enter(place));
        return button;
      }),
    ]),
  );
}

function nowTyping({ place, name }) {
  if (!typing.has(place)) typing.set(place, new Map());
  const names = typing.get(place);
  clearTimeout(names.get(name));
  const stop = () => {
    names.delete(name);
    draw();
  };
  names.set(name, setTimeout(stop, TYPING_FOR));
}

function apply(patch) {
  if (patch.fresh) {
    places.clear();
    messages.clear();
    typing.clear();
  }
  for (const place of patch.places ?? []) places.set(place.id, place);
  for (const message of patch.messages ?? []) {
    messages.set(message.id, message);
    typing.get(message.place)?.delete(message.author.name);
  }
  for (const id of patch.gone_messages ?? []) messages.delete(id);
  for (const id of patch.gone_places ?? []) places.delete(id);
  if (patch.typing) nowTyping(patch.typing);
  draw();
}

const events = new EventSource("/page/events");
events.addEventListener("message", ({ data }) => apply(JSON.parse(data)));
events.addEventListener("open", () => (link.textContent = "A stand-in for Discord"));
events.addEventListener("error", () => (link.textContent = "The stand-in does not answer …"));
