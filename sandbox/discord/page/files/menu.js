// What can be done with a message: the menu behind its “⋯”, with the bot's commands for messages.

import { act } from "./acts.js";
import { button, element } from "./element.js";
import { interact } from "./interact.js";
import { channels, fixed } from "./store.js";

const EMOJI = ["👍", "❤️", "👂", "🇩🇪", "🇫🇷", "🇪🇸", "🇧🇷", "🇯🇵", "🇨🇳", "🇷🇺", "🇬🇧"];

let closeOther = () => {};

// `write({ reply } or { edit })` begins an answer to the message, or a change of it; `enter(id)` goes to a thread.
export async function openMenu(opener, message, { write, enter }) {
  const channel = channels.get(message.channel);
  const own = message.author.id === fixed().me;
  const at = { channel: message.channel, message: message.id };
  const menu = element("div", "actions");
  // Closed by hand: by itself, it would close as the right mouse button that opened it is let go.
  menu.popover = "manual";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "What to do with this message");

  const item = (label, does, className = "") => {
    const made = button(className, label, () => {
      close(true);
      does();
    });
    made.setAttribute("role", "menuitem");
    return made;
  };
  if (!message.private) {
    const reactions = element("div", "reactions", ...EMOJI.map((emoji) => item(emoji, () => act("react", { ...at, emoji }))));
    reactions.setAttribute("role", "group");
    reactions.setAttribute("aria-label", "React");
    menu.append(reactions);
    if (channel.writable) menu.append(item("Reply", () => write({ reply: message })));
    if (channel.threads && !channels.has(message.id)) {
      menu.append(item("Create thread", () => startThread(at, message, enter)));
    }
    menu.append(forwarding(menu, at, item));
    if (own) menu.append(item("Edit message", () => write({ edit: message })));
    if (own || channel.moderated) menu.append(item("Delete message", () => act("delete", at), "danger"));
  }
  opener.closest(".pane").append(menu);
  closeOther();
  const close = (back) => {
    closeOther = () => {};
    removeEventListener("pointerdown", pressed, true);
    opener.setAttribute("aria-expanded", "false");
    menu.remove();
    if (back) opener.focus();
  };
  const pressed = ({ target }) => {
    if (!menu.contains(target)) close(false);
  };
  closeOther = close;
  addEventListener("pointerdown", pressed, true);
  menu.addEventListener("keydown", (event) => move(menu, event, close));
  opener.setAttribute("aria-expanded", "true");
  menu.showPopover();
  place(menu, opener);
  menu.querySelector("button")?.focus();
  const offered = message.private ? null : await act("offers", { channel: message.channel });
  if (!menu.isConnected || !offered?.menus.length) return;
  const apps = element("div", "apps", ...offered.menus.map(({ name, label }) => item(label, () => interact("menu", { ...at, command: name }))));
  apps.setAttribute("role", "group");
  apps.setAttribute("aria-label", "Apps");
  menu.append(apps);
  place(menu, opener);
}

// Opens into the channels a message can be forwarded to.
function forwarding(menu, at, item) {
  const opener = button("", "Forward to …", () => {
    const there = [...channels.values()].filter(({ writable, kind }) => writable && kind !== "forum");
    const list = there.map(({ id, name }) => item(name, () => act("forward", { ...at, to: id })));
    menu.replaceChildren(...list);
    list[0]?.focus();
  });
  opener.setAttribute("role", "menuitem");
  return opener;
}

async function startThread(at, message, enter) {
  const thread = await act("open_thread", { ...at, name: message.text.split("\n")[0].slice(0, 40) });
  if (thread) enter(thread.channel);
}

function move(menu, event, close) {
  const items = [...menu.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    close(true);
    event.stopPropagation();
  }
  if (!step) return;
  event.preventDefault();
  items[(at + step + items.length) % items.length].focus();
}

// Below the button, or above it where there is no room.
function place(menu, opener) {
  const { bottom, top, right } = opener.getBoundingClientRect();
  const { offsetHeight: height, offsetWidth: width } = menu;
  const below = bottom + height + 8 < innerHeight;
  menu.style.top = `${Math.max(8, below ? bottom + 4 : top - height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(right - width, innerWidth - width - 8))}px`;
}
