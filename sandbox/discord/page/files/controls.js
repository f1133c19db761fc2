// Buttons and select menus under a message.

import { button, element } from "./element.js";
import { selectMenu } from "./listbox.js";

// `use(custom id, values)` is called when one is pressed (no values) or chosen from; until the promise it returns is kept,
// the control is busy.
export function rows(drawn, use) {
  return drawn.map((row) =>
    element("div", "row", ...row.map((each) => (each.kind === "select" ? menu(each, use) : press(each, use)))),
  );
}

function press({ style, label, emoji, off, url, custom_id: customId }, use) {
  const parts = [emoji && element("span", "emoji", emoji), label && element("span", "", label)];
  if (style === "link") return link(url, parts);
  const drawn = button(`control ${style}`, "", () => busyWhile(drawn, use(customId)));
  drawn.append(...parts.filter(Boolean));
  drawn.classList.toggle("off", off);
  drawn.disabled = off;
  return drawn;
}

function link(url, parts) {
  const drawn = element("a", "control link", ...parts, "↗");
  if (/^https?:\/\//.test(url)) drawn.href = url;
  drawn.target = "_blank";
  drawn.rel = "noopener noreferrer";
  return drawn;
}

function menu(control, use) {
  const { drawn } = selectMenu(control, control.placeholder || "Options", (values) =>
    busyWhile(drawn.firstChild, use(control.custom_id, values)),
  );
  return drawn;
}

async function busyWhile(control, working) {
  control.disabled = true;
  control.setAttribute("aria-busy", "true");
  await working;
  control.disabled = false;
  control.removeAttribute("aria-busy");
}
