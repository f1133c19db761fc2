// The chat page: who one is, what they see, and which channel and thread are open.

import { Pane } from "./pane.js";
import { drawChannels, drawPeople, listen } from "./side.js";
import { apply, channels, fixed, messages, said, threads, topLevel } from "./store.js";

const WIDE = matchMedia("(min-width: 900px)");

let channelId = null;
// The thread a person chose; null: none, they closed it; undefined: the newest of the channel, whichever it is.
let chosen;
let events = null;

const go = { enter, jump, redraw: draw };
const link = document.getElementById("link");
const toSide = document.querySelector(".to-side");
const channelPane = new Pane(document.getElementById("channel"), go);
const threadPane = new Pane(document.getElementById("thread"), go);
threadPane.root.querySelector(".close").addEventListener("click", () => {
  chosen = null;
  draw();
  channelPane.composer.text.focus();
});
toSide.addEventListener("click", () => showSide(toSide.getAttribute("aria-expanded") !== "true"));

// On a narrow screen the list of channels covers the channel until one is chosen.
function showSide(shown) {
  toSide.setAttribute("aria-expanded", String(shown));
  document.body.classList.toggle("with-side", shown);
}

function enter(id) {
  const channel = channels.get(id);
  // A new thread may be told of a moment after it was made; it is the newest then.
  if (channel) channelId = channel.parent ?? id;
  chosen = channel?.parent ? id : undefined;
  showSide(false);
  draw();
  if (matchMedia("(hover: hover)").matches) (channel?.parent ? threadPane : channelPane).composer.text.focus();
}

function jump(channel, message) {
  if (!channels.has(channel)) return;
  enter(channel);
  if (message) (channels.get(channel).parent ? threadPane : channelPane).find(message);
}

function draw() {
  if (!channels.has(channelId)) channelId = topLevel()[0]?.id ?? null;
  if (chosen && !channels.has(chosen)) chosen = undefined;
  // Nobody is taken away from what they are writing, and on a narrow screen a thread would cover the channel.
  if (chosen === undefined && threadPane.composer.busy && channels.has(threadPane.shownId)) chosen = threadPane.shownId;
  const newest = WIDE.matches ? threads(channelId).filter(({ archived }) => !archived).at(-1) : undefined;
  const thread = chosen === undefined ? newest : channels.get(chosen);
  drawChannels([channelId, thread?.id], enter);
  channelPane.show(channels.get(channelId), said(channelId));
  const starter = thread && messages.get(thread.starter);
  threadPane.show(thread, [...(starter ? [starter] : []), ...(thread ? said(thread.id) : [])]);
  document.body.classList.toggle("with-thread", Boolean(thread));
}

// Who one is stands in the address: it survives a reload, and another window can be another person.
function connect(as) {
  events?.close();
  events = new EventSource(`/page/events${as ? `?as=${as}` : ""}`);
  events.addEventListener("message", ({ data }) => {
    const patch = JSON.parse(data);
    apply(patch, draw);
    if (patch.fresh) {
      history.replaceState(null, "", `?as=${fixed().me}`);
      drawPeople();
    }
    draw();
  });
  events.addEventListener("open", () => (link.textContent = "A stand-in for Discord"));
  events.addEventListener("error", () => (link.textContent = "The stand-in does not answer …"));
}

listen(connect);
connect(new URLSearchParams(location.search).get("as"));
