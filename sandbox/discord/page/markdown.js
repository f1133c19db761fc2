// The part of Discord's markdown that answers use, as DOM nodes: bold, code, quotes, lists, small print, escapes,
// mentions of people, channels and commands, moments. Whatever else a text holds stays text. Nothing here ever parses HTML.

const FENCE = /```(?:[\w+.#-]{0,40}\n)?([\s\S]+?)```/g;
const INLINE =
  /\\([!-/:-@[-`{-~])|`([^`\n]+)`|\*\*((?:\\.|[^\\])+?)\*\*|(<(?:@[!&]?|#)\d{1,20}>)|<t:(\d{1,11})(?::([tTdDfFR]))?>|<(\/[^:<>\n]{1,98}):\d{1,20}>/g;
const MOMENTS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// `names`: what is shown in place of each mention, by how it is written. One of nobody known stays as it is.
export function rendered(text, names = {}) {
  const whole = document.createDocumentFragment();
  let end = 0;
  for (const fence of text.matchAll(FENCE)) {
    whole.append(...lines(text.slice(end, fence.index).replace(/\n$/, ""), names));
    whole.append(element("pre", "", element("code", "", fence[1].replace(/\n$/, ""))));
    end = fence.index + fence[0].length;
  }
  whole.append(...lines(text.slice(end).replace(end ? /^\n/ : /^$/, ""), names));
  return whole;
}

// Lines of a kind that follow each other are one block.
function lines(text, names) {
  const blocks = [];
  if (!text) return blocks;
  for (const line of text.split("\n")) {
    const [, mark, rest] = line.match(/^(> |-# |- |)(.*)$/s);
    const last = blocks.at(-1);
    if (last?.mark === mark) last.lines.push(rest);
    else blocks.push({ mark, lines: [rest] });
  }
  const tags = { "> ": "blockquote", "-# ": "small", "": "p" };
  return blocks.map(({ mark, lines }) => {
    if (mark === "- ") return element("ul", "", ...lines.map((line) => element("li", "", ...inline(line, names))));
    return element(tags[mark], "", ...inline(lines.join("\n"), names));
  });
}

function inline(text, names) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, escaped, code, bold, mention, seconds, style, command] = found;
    parts.push(text.slice(end, found.index));
    if (escaped) parts.push(escaped);
    else if (code) parts.push(element("code", "", code));
    else if (bold) parts.push(element("strong", "", ...inline(bold, names)));
    else if (seconds) parts.push(moment(Number(seconds), style ?? "f"));
    else if (command) parts.push(element("span", "mention", command));
    else parts.push(Object.hasOwn(names, mention) ? element("span", "mention", names[mention]) : all);
    end = found.index + all.length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}

function moment(seconds, style) {
  const when = new Date(seconds * 1000);
  const shown = style === "R" ? ago(seconds) : when.toLocaleString([], MOMENTS[style]);
  const drawn = element("time", "moment", shown);
  drawn.dateTime = when.toISOString();
  return drawn;
}

function ago(seconds) {
  const passed = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, long]) => Math.abs(passed) >= long) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(Math.round(passed / length), unit);
}
