// Discord's Markdown as DOM nodes. discord-markdown-parser makes a tree of a text; each kind of node in it is drawn here by
// element and text node. Whatever else a text holds stays text.

import { element } from "./element.js";
import { SimpleMarkdown, rules } from "./vendor/discord-markdown-parser.js";

// The last group is the end of the line: by it the library's rules for headings and small print know where one begins.
const LISTS = [/^((?: *[-*] [^\n]*\n)* *[-*] [^\n]*)(\n|$)/, /^((?: *\d{1,9}\. [^\n]*\n)* *\d{1,9}\. [^\n]*)(\n|$)/];
const ITEM = /^ *(?:[-*]|(\d{1,9})\.) ([^\n]*)/;
const JUMP = /^https:\/\/(?:\w+\.)?discord\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?$/;
const MOMENTS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

// What begins a line is not looked for again within it: a thousand signs would be a thousand boxes in each other.
function notInside(rule) {
  return {
    ...rule,
    match: (source, state, before) => (state.inLine ? null : rule.match(source, state, before)),
    parse: (capture, parse, state) => rule.parse(capture, parse, { ...state, inLine: true }),
  };
}

// The parser's own rules have no lists, which Discord has had since 2023.
const list = {
  order: SimpleMarkdown.defaultRules.heading.order - 0.4,
  match(source, { prevCapture }) {
    return !prevCapture || prevCapture[0].endsWith("\n") ? (LISTS[0].exec(source) ?? LISTS[1].exec(source)) : null;
  },
  parse(capture, parse, state) {
    const items = capture[1].split("\n").map((line) => ITEM.exec(line));
    return { start: items[0][1], items: items.map(([, , text]) => parse(text, state)) };
  },
};
// An emoticon stays as it was typed, and an emoji is text like any other.
const { emoticon, twemoji, ...ours } = rules;
const parse = SimpleMarkdown.parserFor({
  ...ours,
  heading: notInside(rules.heading),
  subtext: notInside(rules.subtext),
  list: notInside(list),
});

const PARAGRAPHS = new Set(["blockQuote", "codeBlock", "heading", "subtext", "list"]);

// `names`: what is shown in place of each mention, by sign and number. One of nobody known stays as it is.
// `jump(channel, message)` goes to where a link within Discord leads.
export function rendered(text, names = {}, jump = null) {
  const whole = document.createDocumentFragment();
  let paragraph = null;
  let afterBlock = false;
  for (const node of parse(text, { inline: true })) {
    if (PARAGRAPHS.has(node.type)) {
      whole.append(drawn(node, { names, jump }));
      [paragraph, afterBlock] = [null, true];
      continue;
    }
    // The end of a block is the end of its line already.
    if (afterBlock && node.type === "br") {
      afterBlock = false;
      continue;
    }
    if (!paragraph) whole.append((paragraph = element("p", "")));
    paragraph.append(drawn(node, { names, jump }));
    afterBlock = false;
  }
  for (const each of whole.querySelectorAll("p, blockquote")) trimEnd(each);
  return whole;
}

export function plain(text, names) {
  return [...rendered(text, names).children].map((block) => block.textContent).join(" ");
}

function trimEnd(block) {
  const last = block.lastChild;
  if (last?.nodeType !== Node.TEXT_NODE) return;
  last.data = last.data.replace(/\n$/, "");
  if (last.data) return;
  last.remove();
  if (!block.childNodes.length) block.remove();
}

function all(nodes, context) {
  if (typeof nodes === "string") return [nodes];
  return nodes.map((node) => drawn(node, context));
}

const INSIDE = { strong: "strong", em: "em", underline: "u", strikethrough: "s", subtext: "small", blockQuote: "blockquote" };

function drawn(node, context) {
  switch (node.type) {
    case "strong":
    case "em":
    case "underline":
    case "strikethrough":
    case "subtext":
    case "blockQuote":
      return element(INSIDE[node.type], "", ...all(node.content, context));
    case "heading":
      return headline(node, context);
    case "list":
      return listing(node, context);
    case "codeBlock":
      return element("pre", "", element("code", "", node.content.replace(/\n$/, "")));
    case "inlineCode":
      return element("code", "", node.content);
    case "spoiler":
      return spoiler(node, context);
    case "br":
    case "newline":
      return document.createTextNode("\n");
    case "user":
      return mention(`@${node.id}`, `<@${node.id}>`, context);
    case "role":
      return mention(`@&${node.id}`, `<@&${node.id}>`, context);
    case "channel":
      return mention(`#${node.id}`, `<#${node.id}>`, context, () => context.jump?.(node.id));
    case "slashCommand":
      return element("span", "mention", `/${node.fullName}`);
    case "everyone":
    case "here":
      return document.createTextNode(`@${node.type}`);
    case "timestamp":
      return moment(Number(node.timestamp), node.format ?? "f");
    case "emoji":
      return document.createTextNode(`:${node.name}:`);
    case "url":
    case "autolink":
      return link(node, context);
    default:
      return document.createTextNode(typeof node.content === "string" ? node.content : "");
  }
}

// Headings of the page itself end with those of its panes.
function headline({ level, content }, context) {
  const made = element("p", `headline level-${level}`, ...all(content, context));
  made.setAttribute("role", "heading");
  made.setAttribute("aria-level", String(level + 2));
  return made;
}

function listing({ start, items }, context) {
  const made = element(start ? "ol" : "ul", "", ...items.map((item) => element("li", "", ...all(item, context))));
  if (start) made.start = Number(start);
  return made;
}

function spoiler({ content }, context) {
  const made = element("button", "spoiler", ...all(content, context));
  made.type = "button";
  made.setAttribute("aria-label", "Spoiler: show it");
  made.addEventListener("click", () => {
    made.classList.add("shown");
    made.removeAttribute("aria-label");
  });
  return made;
}

function mention(key, written, { names }, go) {
  if (!Object.hasOwn(names, key)) return document.createTextNode(written);
  if (!go) return element("span", "mention", names[key]);
  const made = element("button", "mention", names[key]);
  made.type = "button";
  made.addEventListener("click", go);
  return made;
}

function link({ target, content }, { jump }) {
  const within = JUMP.exec(target);
  const shown = typeof content === "string" ? content : target;
  if (within && jump) {
    const made = element("button", "link", "to the message");
    made.type = "button";
    made.title = target;
    made.addEventListener("click", () => jump(within[1], within[2]));
    return made;
  }
  if (!/^https?:\/\//.test(target)) return document.createTextNode(shown);
  const made = element("a", "", shown);
  made.href = target;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}

function moment(seconds, style) {
  const when = new Date(seconds * 1000);
  if (Number.isNaN(when.getTime())) return document.createTextNode(`<t:${seconds}>`);
  const shown = style === "R" ? ago(seconds) : when.toLocaleString([], MOMENTS[style] ?? MOMENTS.f);
  const drawn = element("time", "moment", shown);
  drawn.dateTime = when.toISOString();
  return drawn;
}

function ago(seconds) {
  const passed = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, long]) => Math.abs(passed) >= long) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(Math.round(passed / length), unit);
}
