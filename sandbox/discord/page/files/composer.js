// Where somebody writes: text, files, a recording, a slash command, an answer to a message or a change of one.

import { act, complain } from "./acts.js";
import { commandForm } from "./command.js";
import { button, element, iconButton } from "./element.js";
import { record } from "./recorder.js";
import { fixed, me } from "./store.js";
import { Suggestions } from "./suggestions.js";
import { minutes } from "./voice.js";

const TYPING_EVERY = 8000;
const COMMAND = /^\/(.*)$/;
const NAME = /(?:^|\s)@(\S*)$/;
const LONGEST = 2000;

export class Composer {
  // `entered(id)` is called with a new post, which whoever wrote it wants to see.
  constructor(entered) {
    this.entered = entered;
    this.channel = null;
    this.files = [];
    this.about = null;
    this.offered = null;
    this.typed = 0;
    this.title = element("input", "post-title");
    this.title.placeholder = "Title";
    this.title.maxLength = 100;
    this.title.setAttribute("aria-label", "Title of the post");
    this.text = element("textarea", "");
    this.text.rows = 1;
    this.text.maxLength = LONGEST;
    this.suggestions = new Suggestions(this.text, "Suggestions", (item) => item.use());
    this.picker = element("input", "");
    this.picker.type = "file";
    this.picker.multiple = true;
    this.picker.hidden = true;
    this.attach = iconButton("attach", "＋", "Attach files", () => this.picker.click());
    this.microphone = iconButton("microphone", "", "Record a voice message", () => this.#record());
    this.send = element("button", "icon send", "➤");
    this.send.setAttribute("aria-label", "Send");
    this.bar = element("div", "bar");
    this.chips = element("ul", "chosen");
    this.chips.setAttribute("aria-label", "Files to send");
    this.form = element("form", "write", this.attach, this.text, this.microphone, this.send);
    this.element = element("div", "composer", this.suggestions.list, this.bar, this.title, this.chips, this.form, this.picker);
    this.#listen();
    this.#show();
  }

  #listen() {
    this.picker.addEventListener("change", () => {
      this.add([...this.picker.files]);
      this.picker.value = "";
    });
    this.text.addEventListener("paste", (event) => {
      const { files } = event.clipboardData;
      if (!files.length) return;
      event.preventDefault();
      this.add([...files]);
    });
    this.text.addEventListener("input", () => {
      this.#suggest();
      this.#tellTyping();
      this.#fit();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      } else if (event.key === "Escape" && this.about) this.write(null);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  // Writes in that channel from now on; what was begun elsewhere is given up.
  enter(channel) {
    const place = `${channel.id} ${me()}`;
    if (place !== this.place) {
      this.command?.remove();
      this.command = null;
      [this.files, this.about, this.offered, this.text.value, this.title.value] = [[], null, null, "", ""];
      this.recording?.cancel();
    }
    // Whatever is told of the world comes by here: what has not changed is left alone, and so is who is at one of its buttons.
    const changed = place !== this.place || JSON.stringify(channel) !== JSON.stringify(this.channel);
    this.place = place;
    this.channel = channel;
    if (changed) this.#show();
  }

  // Whether something was begun here that is not sent yet.
  get busy() {
    return Boolean(this.text.value || this.files.length || this.about || this.command || this.recording);
  }

  // Begins an answer to a message (`reply`), a change of one (`edit`), or neither (null).
  write(about) {
    this.about = about;
    if (about?.edit) this.text.value = about.edit.text;
    this.#show();
    this.text.focus();
  }

  add(files) {
    this.files.push(...files);
    this.#show();
    this.text.focus();
  }

  #show() {
    const { channel, about } = this;
    const forum = channel?.kind === "forum";
    const closed = channel && !channel.writable;
    this.title.hidden = !forum;
    this.text.placeholder = closed ? "Nobody but moderators can write here" : forum ? "What is it about?" : "Write, or type / for a command";
    this.text.setAttribute("aria-label", channel ? `Write in ${channel.name}` : "Write");
    for (const each of [this.text, this.attach, this.microphone, this.send]) each.disabled = Boolean(closed);
    this.microphone.hidden = forum || !navigator.mediaDevices;
    this.form.hidden = Boolean(this.command || this.recording);
    this.chips.replaceChildren(...this.files.map((file, at) => this.#chip(file, at)));
    this.chips.hidden = !this.files.length;
    if (this.recording) return;
    this.bar.hidden = !about;
    const what = about?.edit ? "Changing your message" : `Answering ${about?.reply?.author.name}`;
    this.bar.replaceChildren(element("span", "", what), iconButton("close", "×", "Give this up", () => this.#giveUp()));
    this.#fit();
  }

  #giveUp() {
    if (this.about.edit) this.text.value = "";
    this.write(null);
  }

  #chip(file, at) {
    const remove = iconButton("close", "×", `Do not send ${file.name}`, () => {
      this.files.splice(at, 1);
      this.#show();
    });
    return element("li", "", element("span", "", file.name), remove);
  }

  // As high as what is written, up to what the stylesheet allows.
  #fit() {
    this.text.style.height = "";
    if (this.text.value) this.text.style.height = `${this.text.scrollHeight}px`;
  }

  async #suggest() {
    const { value, selectionStart } = this.text;
    const before = value.slice(0, selectionStart);
    const command = this.channel.kind !== "forum" && COMMAND.exec(value);
    if (command) {
      // Asked for once: with a list of what was typed before, Enter would take the wrong one.
      const asked = this.place;
      const offered = this.offered ?? (await act("offers", { channel: this.channel.id }))?.slash ?? [];
      if (asked !== this.place) return;
      this.offered = offered;
      this.#suggestCommands();
      return;
    }
    this.offered = null;
    const name = NAME.exec(before)?.[1].toLowerCase();
    if (name === undefined) {
      this.suggestions.show([]);
      return;
    }
    const start = before.length - name.length;
    const named = fixed().people.filter((person) => person.name.toLowerCase().startsWith(name));
    this.suggestions.show(
      named.map((person) => ({
        label: `@${person.name}`,
        use: () => this.text.setRangeText(`${person.name} `, start, selectionStart, "end"),
      })),
    );
  }

  #suggestCommands() {
    const typed = COMMAND.exec(this.text.value)?.[1].toLowerCase().trim();
    if (typed === undefined) {
      this.suggestions.show([]);
      return;
    }
    const found = this.offered.filter((offer) => `${offer.label} ${offer.name}`.toLowerCase().includes(typed));
    const begins = (offer) => (offer.label.startsWith(typed) ? 0 : 1);
    found.sort((one, other) => begins(one) - begins(other));
    this.suggestions.show(
      found.map((offer) => ({ ...offer, label: `/${offer.label}`, use: () => this.#fillIn(offer) })),
    );
  }

  #fillIn(offer) {
    this.text.value = "";
    this.command = commandForm(offer, this.channel.id, () => {
      this.command?.remove();
      this.command = null;
      this.#show();
      this.text.focus();
    });
    this.form.before(this.command);
    this.#show();
    (this.command.querySelector("input, select") ?? this.command.lastChild).focus();
  }

  #tellTyping() {
    const now = Date.now();
    if (now - this.typed < TYPING_EVERY || !this.text.value || this.text.value.startsWith("/")) return;
    if (this.channel.kind === "forum") return;
    this.typed = now;
    act("type", { channel: this.channel.id });
  }

  async #send() {
    const { channel, about, files } = this;
    const text = mentioned(this.text.value);
    if (!text.trim() && !files.length) return;
    if (COMMAND.test(text) && !about) {
      complain("There is no such command here; those there are appear as you type.");
      return;
    }
    const at = { channel: channel.id, text };
    let sent;
    this.send.disabled = true;
    if (about?.edit) sent = await act("edit", { ...at, message: about.edit.id });
    else if (channel.kind === "forum") sent = await act("open_post", { ...at, title: this.title.value }, { files });
    else sent = await act("post", { ...at, reply_to: about?.reply.id ?? null }, { files });
    this.send.disabled = false;
    if (!sent) return;
    [this.files, this.about, this.text.value, this.title.value, this.typed] = [[], null, "", "", 0];
    this.#show();
    if (sent.channel) this.entered(sent.channel);
  }

  async #record() {
    let recording;
    try {
      recording = await record();
    } catch (error) {
      complain(error.message);
      return;
    }
    const channel = this.channel.id;
    const began = Date.now();
    const length = element("span", "length", "0:00");
    const timer = setInterval(() => (length.textContent = minutes((Date.now() - began) / 1000)), 250);
    const end = () => {
      clearInterval(timer);
      this.recording = null;
      this.#show();
      this.text.focus();
    };
    const cancel = () => {
      recording.cancel();
      end();
    };
    const send = async () => {
      const file = await recording.stop();
      end();
      act("voice", { channel }, { files: [file] });
    };
    this.recording = { cancel };
    const finish = button("control primary", "Send", send);
    this.bar.hidden = false;
    this.bar.replaceChildren(element("span", "recording", "Recording", length), button("control secondary", "Cancel", cancel), finish);
    this.#show();
    finish.focus();
  }
}

// @Name, as it is shown while one writes, becomes the mention that is sent.
function mentioned(text) {
  const people = [...fixed().people].sort((one, other) => other.name.length - one.name.length);
  return people.reduce((so, { id, name }) => so.replaceAll(`@${name}`, `<@${id}>`), text);
}
