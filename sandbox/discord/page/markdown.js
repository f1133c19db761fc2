// The part of Discord's markdown that answers use, as DOM nodes: bold, code, quotes, small print, escapes.
// Whatever else a text holds stays text. Nothing here ever parses HTML.

const FENCE = /```(?:[\w+.#-]{0,40}\n)?([\s\S]+?)```/g;
const INLINE = /\\([!-/:-@[-`{-~])|`([^`\n]+)`|\*\*((?:\\.|[^\\])+?)\*\*/g;

export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function rendered(text) {
  const whole = document.createDocumentFragment();
  let end = 0;
  for (const fence of text.matchAll(FENCE)) {
    whole.append(...lines(text.slice(end, fence.index).replace(/\n$/, "")));
    whole.append(element("pre", "", element("code", "", fence[1].replace(/\n$/, ""))));
    end = fence.index + fence[0].length;
  }
  whole.append(...lines(text.slice(end).replace(end ? /^\n/ : /^$/, "")));
  return whole;
}

// Lines of a kind that follow each other are one block.
function lines(text) {
  const blocks = [];
  if (!text) return blocks;
  for (const line of text.split("\n")) {
    const [, mark, rest] = line.match(/^(> |-# |)(.*)$/s);
    const last = blocks.at(-1);
    if (last?.mark === mark) last.lines.push(rest);
    else blocks.push({ mark, lines: [rest] });
  }
  const names = { "> ": "blockquote", "-# ": "small", "": "p" };
  return blocks.map(({ mark, lines }) => element(names[mark], "", ...inline(lines.join("\n"))));
}

function inline(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, escaped, code, bold] = found;
    parts.push(text.slice(end, found.index));
    if (escaped) parts.push(escaped);
    else if (code) parts.push(element("code", "", code));
    else parts.push(element("strong", "", ...inline(bold)));
    end = found.index + all.length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}
