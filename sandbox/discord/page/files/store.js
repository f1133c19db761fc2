// What the stand-in has told (see patches.py), as one person sees it.

const TYPING_FOR = 10_000;

export const channels = new Map();
export const messages = new Map();
export const dismissed = new Set();
const typing = new Map();
let world = { me: null, people: [], locales: [], about: "" };
let saidIn = null;

export function me() {
  return world.me;
}

export function fixed() {
  return world;
}

export function said(channelId) {
  saidIn ??= Map.groupBy(
    [...messages.values()].filter(({ id }) => !dismissed.has(id)),
    (message) => message.channel,
  );
  return saidIn.get(channelId) ?? [];
}

export function threads(parentId) {
  return [...channels.values()].filter((channel) => channel.parent === parentId);
}

export function topLevel() {
  return [...channels.values()].filter((channel) => !channel.parent);
}

export function typingIn(channelId) {
  return [...(typing.get(channelId)?.values() ?? [])].map(({ name }) => name);
}

export function dismiss(id) {
  dismissed.add(id);
  saidIn = null;
}

// Takes a patch in. `changed` is called once more when somebody has stopped typing.
export function apply(patch, changed) {
  saidIn = null;
  if (patch.fresh) {
    channels.clear();
    messages.clear();
    typing.clear();
    world = patch;
  }
  for (const channel of patch.channels ?? []) channels.set(channel.id, channel);
  for (const message of patch.messages ?? []) {
    messages.set(message.id, message);
    typing.get(message.channel)?.delete(message.author.id);
  }
  for (const id of patch.gone_messages ?? []) messages.delete(id);
  for (const id of patch.gone_channels ?? []) channels.delete(id);
  if (patch.typing && patch.typing.id !== world.me) nowTyping(patch.typing, changed);
}

function nowTyping({ channel, id, name }, changed) {
  if (!typing.has(channel)) typing.set(channel, new Map());
  const there = typing.get(channel);
  clearTimeout(there.get(id)?.timer);
  const timer = setTimeout(() => {
    there.delete(id);
    changed();
  }, TYPING_FOR);
  there.set(id, { name, timer });
}
