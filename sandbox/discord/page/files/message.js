// One message: who, when, what was said, what is attached, what can be pressed, and the way to its thread.

import { act } from "./acts.js";
import { rows } from "./controls.js";
import { button, element, iconButton } from "./element.js";
import { interact } from "./interact.js";
import { plain, rendered } from "./markdown.js";
import { openMenu } from "./menu.js";
import { dismiss, me } from "./store.js";
import { glyph, player } from "./voice.js";

const TONES = 6;

export class MessageView {
  // `go`: { enter(thread), write({ reply } or { edit }), jump(channel, message), redraw() }.
  constructor(id, go) {
    this.go = go;
    this.text = element("div", "text");
    this.files = element("div", "files");
    this.context = element("p", "context");
    this.head = element("div", "head");
    this.thread = button("to-thread", "", () => go.enter(id));
    this.controls = element("div", "controls");
    this.reactions = element("div", "reactions");
    this.only = element("p", "only", "Only you can see this ");
    const away = button("link", "Dismiss", () => {
      dismiss(id);
      go.redraw();
    });
    this.only.append(away);
    this.more = iconButton("more", "⋯", "What to do with this message", () => openMenu(this.more, this.message, go));
    this.more.setAttribute("aria-haspopup", "menu");
    this.more.setAttribute("aria-expanded", "false");
    const under = [this.files, this.controls, this.reactions, this.thread, this.only];
    const body = element("div", "body", this.context, this.head, this.text, ...under);
    this.avatar = element("div", "avatar");
    this.avatar.setAttribute("aria-hidden", "true");
    this.element = element("li", "message", this.avatar, body, this.more);
    this.element.addEventListener("contextmenu", (event) => {
      if (this.more.hidden || event.target.closest("a") || String(getSelection())) return;
      event.preventDefault();
      openMenu(this.more, this.message, go);
    });
  }

  // `follows`: the message above is by the same author. `thread`: { name, count } or null. Only what changed is
  // drawn again, so that a recording goes on playing while an answer grows.
  update(message, follows, thread) {
    this.element.classList.toggle("follows", follows);
    this.element.dataset.id = message.id;
    if (message !== this.message) {
      this.#drawFrame(message);
      if (ids(message) !== ids(this.message)) this.files.replaceChildren(...message.files.map(attached));
      // A select menu that somebody has opened stays open.
      if (pressable(message) !== pressable(this.message)) {
        const at = { channel: message.channel, message: message.id };
        const use = (customId, values = null) => interact("press", { ...at, custom_id: customId, values });
        this.controls.replaceChildren(...rows(message.rows, use));
      }
      this.#drawRest(message);
    }
    this.message = message;
    this.thread.hidden = !thread;
    if (thread) {
      const count = thread.count === 1 ? "1 message" : `${thread.count} messages`;
      this.thread.replaceChildren(element("strong", "", thread.name), element("span", "", `${count} ›`));
    }
  }

  #drawFrame({ author, at, edited, thinking, forwarded, reply_to: repliedTo, used, text, names }) {
    const moment = new Date(at * 1000);
    const time = element("time", "", clock(moment));
    time.dateTime = moment.toISOString();
    time.title = moment.toLocaleString();
    const tone = Number(BigInt(author.id) % BigInt(TONES));
    this.avatar.className = author.bot ? "avatar bot" : `avatar tone-${tone}`;
    this.avatar.replaceChildren(author.bot ? glyph([7, 14, 20, 12, 6], 4, 22) : ([...author.name][0] ?? "?"));
    this.head.replaceChildren(element("strong", "author", author.name));
    if (author.bot) this.head.append(element("span", "tag", "bot"));
    this.head.append(time);
    const about = contextOf(forwarded, used, repliedTo, names);
    this.context.replaceChildren(about);
    this.context.hidden = !about;
    this.text.replaceChildren(rendered(text, names, this.go.jump));
    if (thinking) this.text.append(element("small", "", "thinking …"));
    if (edited && text) this.text.append(element("small", "edited", "edited"));
  }

  #drawRest({ id, channel, reactions, private: hidden }) {
    this.reactions.replaceChildren(...reactions.map((each) => reaction(each, { channel, message: id })));
    this.only.hidden = !hidden;
    this.more.hidden = hidden;
    this.element.classList.toggle("private", hidden);
  }
}

function reaction({ emoji, count, mine }, at) {
  const drawn = button("reaction", "", () => act("react", { ...at, emoji }));
  drawn.append(element("span", "emoji", emoji), `${count}`);
  drawn.setAttribute("aria-pressed", String(mine));
  return drawn;
}

function ids(message) {
  return message ? message.files.map((file) => file.id).join() : null;
}

function pressable(message) {
  return message ? JSON.stringify(message.rows) : null;
}

// The line above a message that says how it came about; empty if it was just written.
function contextOf(forwarded, used, repliedTo, names) {
  if (forwarded) return "↪ Forwarded";
  if (used) return `⌘ ${used.name} used ${used.command}`;
  if (!repliedTo) return "";
  return `↩ ${repliedTo.name}: ${plain(repliedTo.text, names) || "attachment"}`;
}

function clock(moment) {
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const today = moment.toDateString() === new Date().toDateString();
  return today ? time : `${moment.toLocaleDateString()} ${time}`;
}

function attached(file) {
  const source = `/page/attachments/${file.id}?as=${me()}`;
  if (file.voice) return player(file, source);
  if (file.picture) {
    const picture = element("img", "picture");
    picture.src = source;
    picture.alt = file.description ?? file.name;
    return picture;
  }
  const link = element("a", "chip", element("strong", "", file.name), element("span", "", amount(file.size)));
  link.href = source;
  link.download = file.name;
  if (!file.audio) return link;
  const audio = element("audio", "");
  audio.controls = true;
  audio.preload = "none";
  audio.src = source;
  audio.setAttribute("aria-label", file.name);
  return element("div", "audio", link, audio);
}

function amount(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
