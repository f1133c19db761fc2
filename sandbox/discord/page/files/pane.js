// A channel, or a thread beside it: its messages and where one writes.

import { Composer } from "./composer.js";
import { button, element } from "./element.js";
import { MessageView } from "./message.js";
import { channels, said, threads, typingIn } from "./store.js";

const TOGETHER = 5 * 60;
const HINT = "Record a voice message with the microphone below, or drop an audio file here. Type / for what else there is.";
export const SIGNS = { text: "#", voice: "♪", forum: "≡", direct: "@", thread: "↳" };

export function nameOf(channel) {
  const sign = element("span", "sign", SIGNS[channel.kind]);
  sign.setAttribute("aria-hidden", "true");
  return [sign, element("span", "name", channel.name)];
}

export class Pane {
  // `go`: { enter(channel id), jump(channel id, message id), redraw() }.
  constructor(root, go) {
    this.root = root;
    this.go = { ...go, write: (about) => this.composer.write(about) };
    this.title = root.querySelector(".title");
    this.scroller = root.querySelector(".scroller");
    this.typing = root.querySelector(".typing");
    this.list = root.querySelector(".scroller ol");
    this.posts = element("ul", "posts");
    this.hint = element("p", "hint");
    this.list.before(this.hint, this.posts);
    this.composer = new Composer(go.enter);
    root.append(this.composer.element);
    this.views = new Map();
    this.#takeDrops();
  }

  show(channel, shown) {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const atEnd = channel?.id !== this.shownId || scrollHeight - scrollTop - clientHeight < 60;
    this.shownId = channel?.id;
    this.root.hidden = !channel;
    if (!channel) shown = [];
    this.title.replaceChildren(...(channel ? nameOf(channel) : []));
    this.#showMessages(channel, shown);
    const forum = channel?.kind === "forum";
    const posts = forum ? threads(channel.id) : [];
    this.posts.hidden = !forum;
    this.#showPosts(posts.map(({ id, name }) => ({ id, name, count: said(id).length })));
    this.hint.hidden = Boolean(shown.length || posts.length);
    this.hint.textContent = forum ? "Open a post below, with a recording or a question." : HINT;
    const names = typingIn(channel?.id);
    const are = names.length > 1 ? "are" : "is";
    const typing = names.length ? `${names.join(", ")} ${are} typing …` : "";
    // What is said again is read out again.
    if (this.typing.textContent !== typing) this.typing.textContent = typing;
    if (channel) this.composer.enter(channel);
    if (atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  // Brings a message into sight.
  find(id) {
    const found = this.views.get(id)?.element;
    found?.scrollIntoView({ block: "center" });
    found?.animate([{ outline: "2px solid" }, { outline: "2px solid transparent" }], 1500);
  }

  #showMessages(channel, shown) {
    const old = this.views;
    this.views = new Map();
    let above = null;
    for (const message of shown) {
      const view = old.get(message.id) ?? new MessageView(message.id, this.go);
      view.update(message, together(above, message), threadOn(message, channel));
      this.views.set(message.id, view);
      const next = above ? this.views.get(above.id).element.nextSibling : this.list.firstChild;
      if (next !== view.element) this.list.insertBefore(view.element, next);
      view.element.classList.toggle("starter", message.channel !== channel.id);
      above = message;
    }
    for (const [id, view] of old) if (!this.views.has(id)) view.element.remove();
  }

  // Drawn again only where they have changed, and whoever is at one of them stays there.
  #showPosts(posts) {
    const drawn = JSON.stringify(posts);
    if (drawn === this.posts.dataset.drawn) return;
    this.posts.dataset.drawn = drawn;
    const focused = this.posts.contains(document.activeElement) ? document.activeElement.dataset.thread : null;
    this.posts.replaceChildren(...posts.map((post) => this.#post(post)));
    if (focused) this.posts.querySelector(`[data-thread="${focused}"]`)?.focus();
  }

  #post({ id, name, count }) {
    const open = button("post", "", () => this.go.enter(id));
    open.dataset.thread = id;
    open.append(element("strong", "", name), element("span", "", count === 1 ? "1 message" : `${count} messages`));
    return element("li", "", open);
  }

  #takeDrops() {
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    this.root.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      this.root.classList.add("dropping");
    });
    this.root.addEventListener("dragleave", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.root.classList.remove("dropping");
    });
    this.root.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      this.root.classList.remove("dropping");
      this.composer.add([...event.dataTransfer.files]);
    });
  }
}

function together(above, message) {
  return (
    above?.channel === message.channel &&
    above.author.id === message.author.id &&
    message.at - above.at < TOGETHER &&
    above.private === message.private &&
    !message.reply_to &&
    !message.used
  );
}

function threadOn(message, shownIn) {
  const thread = channels.get(message.id);
  if (thread?.starter !== message.id || thread === shownIn) return null;
  return { name: thread.name, count: said(thread.id).filter((each) => !each.private).length };
}
