// One message: who, when, what was said, what is attached, what can be pressed, and the way to its thread.

import { form, rows } from "./controls.js";
import { element, rendered } from "./markdown.js";

const SVG = "http://www.w3.org/2000/svg";
const BARS = 46;
const PITCH = 5;
const HEIGHT = 30;
const TONES = 6;
let playing = null;

export class MessageView {
  constructor(openThread) {
    this.text = element("div", "text");
    this.files = element("div", "files");
    this.context = element("p", "context");
    this.head = element("div", "head");
    this.thread = element("button", "to-thread");
    this.thread.type = "button";
    this.thread.addEventListener("click", openThread);
    this.controls = element("div", "controls");
    this.reactions = element("div", "reactions");
    this.only = element("p", "only");
    const under = [this.files, this.controls, this.reactions, this.thread, this.only];
    const body = element("div", "body", this.context, this.head, this.text, ...under);
    this.avatar = element("div", "avatar");
    this.avatar.setAttribute("aria-hidden", "true");
    this.element = element("li", "message", this.avatar, body);
  }

  // `follows`: the message above is by the same author. `thread`: { name, count } or null. Only what changed is
  // drawn again, so that a recording goes on playing while an answer grows.
  update(message, follows, thread) {
    this.element.classList.toggle("follows", follows);
    this.element.dataset.id = message.id;
    if (message !== this.message) {
      this.drawFrame(message);
      if (ids(message) !== ids(this.message)) {
        this.files.replaceChildren(...message.files.map((file) => (file.voice ? player(file) : chip(file))));
      }
      // A select menu that somebody has opened stays open.
      if (pressable(message) !== pressable(this.message)) {
        this.controls.replaceChildren(...rows(message.rows), ...(message.form ? [form(message.form)] : []));
      }
      this.drawRest(message);
    }
    this.message = message;
    this.thread.hidden = !thread;
    if (thread) {
      const count = thread.count === 1 ? "1 message" : `${thread.count} messages`;
      this.thread.replaceChildren(element("strong", "", thread.name), element("span", "", `${count} ›`));
    }
  }

  drawFrame({ author, at, edited, thinking, forwarded, reply_to: repliedTo, used, text, names }) {
    const moment = new Date(at * 1000);
    const time = element("time", "", clock(moment));
    time.dateTime = moment.toISOString();
    time.title = moment.toLocaleString();
    const tone = Number(BigInt(author.id) % BigInt(TONES));
    this.avatar.className = author.bot ? "avatar bot" : `avatar tone-${tone}`;
    this.avatar.replaceChildren(author.bot ? glyph([7, 14, 20, 12, 6], 4, 22) : [...author.name][0] ?? "?");
    this.head.replaceChildren(element("strong", "author", author.name));
    if (author.bot) this.head.append(element("span", "tag", "bot"));
    this.head.append(time);
    const about = contextOf(forwarded, used, repliedTo, names);
    this.context.replaceChildren(about);
    this.context.hidden = !about;
    this.text.replaceChildren(rendered(text, names));
    if (thinking) this.text.append(element("small", "", "thinking …"));
    if (edited && text) this.text.append(element("small", "edited", "edited"));
  }

  drawRest({ reactions, only }) {
    this.reactions.replaceChildren(
      ...reactions.map(({ emoji, count }) => element("span", "reaction", element("span", "emoji", emoji), `${count}`)),
    );
    this.only.textContent = only ? `Only ${only} can see this` : "";
    this.only.hidden = !only;
    this.element.classList.toggle("private", Boolean(only));
  }
}

function ids(message) {
  return message ? message.files.map((file) => file.id).join() : null;
}

function pressable(message) {
  return message ? JSON.stringify([message.rows, message.form]) : null;
}

// The line above a message that says how it came about; empty if it was just written.
function contextOf(forwarded, used, repliedTo, names) {
  if (forwarded) return "↪ Forwarded";
  if (used) return `⌘ ${used.name} used ${used.command}`;
  if (!repliedTo) return "";
  const said = [...rendered(repliedTo.text, names).children].map((block) => block.textContent).join(" ");
  return `↩ ${repliedTo.name}: ${said || "attachment"}`;
}

function clock(moment) {
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const today = moment.toDateString() === new Date().toDateString();
  return today ? time : `${moment.toLocaleDateString()} ${time}`;
}

// Onto a canvas: the page's policy lets no image in that has no address.
function drawn(file) {
  const canvas = element("canvas", "picture");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", file.description ?? file.name);
  const bytes = Uint8Array.from(atob(file.picture), (sign) => sign.charCodeAt(0));
  createImageBitmap(new Blob([bytes], { type: "image/png" })).then((picture) => {
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d").drawImage(picture, 0, 0);
  });
  return canvas;
}

function chip(file) {
  if (file.picture) return drawn(file);
  const parts = [element("strong", "", file.name), element("span", "", amount(file.size))];
  // What one person alone sees has no address on this page.
  if (file.hidden) return element("span", "chip", ...parts);
  const link = element("a", "chip", ...parts);
  link.href = `/page/attachments/${file.id}`;
  link.download = file.name;
  return link;
}

function amount(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// A voice note: a button, its shape, its length. A click on the shape plays from there.
function player(file) {
  const audio = new Audio();
  audio.preload = "none";
  audio.src = `/page/attachments/${file.id}`;
  const bars = glyph(shape(file.waveform), PITCH, HEIGHT);
  bars.classList.add("wave");
  const button = element("button", "play");
  button.type = "button";
  const length = element("span", "length");

  const show = () => {
    const paused = audio.paused || audio.ended;
    const done = audio.ended ? 0 : audio.currentTime;
    button.classList.toggle("playing", !paused);
    button.setAttribute("aria-label", paused ? "Play the voice note" : "Pause");
    length.textContent = minutes(paused && !done ? (file.seconds ?? 0) : done);
    const share = file.seconds ? done / file.seconds : 0;
    [...bars.children].forEach((bar, at) => bar.classList.toggle("played", at < share * BARS));
  };
  const play = () => {
    if (playing !== audio) playing?.pause();
    playing = audio;
    audio.play().catch(() => {
      button.disabled = true;
      button.setAttribute("aria-label", "This recording cannot be played here");
    });
  };
  button.addEventListener("click", () => (audio.paused ? play() : audio.pause()));
  bars.addEventListener("click", (event) => {
    const { left, width } = bars.getBoundingClientRect();
    audio.currentTime = (Math.max(0, event.clientX - left) / width) * (file.seconds ?? 0);
    play();
  });
  for (const name of ["play", "pause", "ended", "timeupdate"]) audio.addEventListener(name, show);
  show();
  return element("div", "player", button, bars, length);
}

function minutes(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// A waveform (base64, a byte a point) as as many heights as there are bars.
function shape(waveform) {
  let points;
  try {
    points = [...atob(waveform ?? "")].map((sign) => sign.charCodeAt(0));
  } catch {
    points = [];
  }
  if (!points.length) points = [0];
  return Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * points.length) / BARS);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * points.length) / BARS));
    return Math.max(3, (Math.max(...points.slice(from, to)) / 255) * HEIGHT);
  });
}

// Rounded bars around a middle line.
function glyph(heights, pitch, height) {
  const drawing = document.createElementNS(SVG, "svg");
  const thick = pitch * 0.6;
  const size = { width: heights.length * pitch - (pitch - thick), height };
  for (const [name, value] of Object.entries(size)) drawing.setAttribute(name, value);
  drawing.append(
    ...heights.map((tall, at) => {
      const bar = document.createElementNS(SVG, "rect");
      const box = { x: at * pitch, y: (height - tall) / 2, width: thick, height: tall, rx: thick / 2 };
      for (const [name, value] of Object.entries(box)) bar.setAttribute(name, value);
      return bar;
    }),
  );
  return drawing;
}
