// The chat page: what the stand-in tells it (see patches.py), as a list of channels, a channel, and a thread beside it.

import { element } from "./markdown.js";
import { MessageView } from "./message.js";

const TYPING_FOR = 10_000;
const TOGETHER = 5 * 60;
const SIGNS = { text: "#", voice: "♪", forum: "≡", direct: "@", thread: "↳" };

const channels = new Map();
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

  show(channel, shown) {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const atEnd = channel?.id !== this.shownId || scrollHeight - scrollTop - clientHeight < 60;
    this.shownId = channel?.id;
    this.root.hidden = !channel;
    if (!channel) shown = [];
    this.title.replaceChildren(...(channel ? nameOf(channel) : []));
    const old = this.views;
    this.views = new Map();
    let above = null;
    for (const message of shown) {
      const view = old.get(message.id) ?? new MessageView(() => choose(message.id));
      view.update(message, together(above, message), threadOn(message, channel));
      this.views.set(message.id, view);
      const next = above ? this.views.get(above.id).element.nextSibling : this.list.firstChild;
      if (next !== view.element) this.list.insertBefore(view.element, next);
      view.element.classList.toggle("starter", message.channel !== channel.id);
      above = message;
    }
    for (const [id, view] of old) if (!this.views.has(id)) view.element.remove();
    const names = [...(typing.get(channel?.id)?.keys() ?? [])];
    this.typing.textContent = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing …` : "";
    if (atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

const side = document.getElementById("channels");
const link = document.getElementById("link");
const channelPane = new Pane(document.getElementById("channel"));
const threadPane = new Pane(document.getElementById("thread"));
threadPane.root.getElementsByClassName("close")[0].addEventListener("click", () => choose(null));

function nameOf(channel) {
  return [element("span", "sign", SIGNS[channel.kind]), element("span", "name", channel.name)];
}

function together(above, message) {
  return (
    above?.channel === message.channel &&
    above.author.id === message.author.id &&
    message.at - above.at < TOGETHER &&
    above.only === message.only &&
    !message.reply_to &&
    !message.used
  );
}

function said(id) {
  return saidIn.get(id) ?? [];
}

function threadOn(message, shownIn) {
  const thread = channels.get(message.id);
  if (thread?.starter !== message.id || thread === shownIn) return null;
  return { name: thread.name, count: said(thread.id).filter(({ only }) => !only).length };
}

function threads(parentId) {
  return [...channels.values()].filter((channel) => channel.parent === parentId);
}

function choose(threadId) {
  chosen = threadId;
  draw();
}

function enter(channel) {
  channelId = channel.parent ?? channel.id;
  chosen = channel.parent ? channel.id : undefined;
  draw();
}

function draw() {
  saidIn = Map.groupBy(messages.values(), (message) => message.channel);
  const topLevel = [...channels.values()].filter((channel) => !channel.parent);
  if (!channels.has(channelId)) channelId = topLevel[0]?.id ?? null;
  if (chosen && !channels.has(chosen)) chosen = undefined;
  const thread = chosen === undefined ? threads(channelId).at(-1) : channels.get(chosen);
  drawSide(topLevel, thread);
  channelPane.show(channels.get(channelId), said(channelId));
  const starter = thread && messages.get(thread.starter);
  threadPane.show(thread, [...(starter ? [starter] : []), ...(thread ? said(thread.id) : [])]);
  document.body.classList.toggle("with-thread", Boolean(thread));
}

function drawSide(topLevel, thread) {
  const groups = new Map();
  for (const channel of topLevel) {
    const { id, name } = channel.guild ?? { id: "", name: "Direct messages" };
    if (!groups.has(id)) groups.set(id, { name, channels: [] });
    groups.get(id).channels.push(channel, ...threads(channel.id));
  }
  const entries = JSON.stringify([[...groups.values()], channelId, thread?.id]);
  if (entries === side.dataset.entries) return;
  side.dataset.entries = entries;
  side.replaceChildren(
    ...[...groups.values()].flatMap((group) => [
      element("h2", "", group.name),
      ...group.channels.map((channel) => {
        const button = element("button", channel.kind, ...nameOf(channel));
        button.type = "button";
        button.title = channel.name;
        button.dataset.id = channel.id;
        if (channel.id === channelId || channel.id === thread?.id) button.setAttribute("aria-current", "true");
        button.addEventListener("click", () => enter(channel));
        return button;
      }),
    ]),
  );
}

function nowTyping({ channel, name }) {
  if (!typing.has(channel)) typing.set(channel, new Map());
  const names = typing.get(channel);
  clearTimeout(names.get(name));
  const stop = () => {
    names.delete(name);
    draw();
  };
  names.set(name, setTimeout(stop, TYPING_FOR));
}

function apply(patch) {
  if (patch.fresh) {
    channels.clear();
    messages.clear();
    typing.clear();
  }
  for (const channel of patch.channels ?? []) channels.set(channel.id, channel);
  for (const message of patch.messages ?? []) {
    messages.set(message.id, message);
    typing.get(message.channel)?.delete(message.author.name);
  }
  for (const id of patch.gone_messages ?? []) messages.delete(id);
  for (const id of patch.gone_channels ?? []) channels.delete(id);
  if (patch.typing) nowTyping(patch.typing);
  draw();
}

const events = new EventSource("/page/events");
events.addEventListener("message", ({ data }) => apply(JSON.parse(data)));
events.addEventListener("open", () => (link.textContent = "A stand-in for Discord"));
events.addEventListener("error", () => (link.textContent = "The stand-in does not answer …"));
