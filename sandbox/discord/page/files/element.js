// Making elements. Nothing on this page ever parses HTML: text from outside becomes text nodes.

export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

export function button(className, label, act) {
  const made = element("button", className, label);
  made.type = "button";
  if (act) made.addEventListener("click", act);
  return made;
}

// A button that shows a sign alone; `label` is what it is called.
export function iconButton(className, sign, label, act) {
  const made = button(`icon ${className}`, sign, act);
  made.setAttribute("aria-label", label);
  made.title = label;
  return made;
}

let numbers = 0;

export function newId(prefix) {
  numbers += 1;
  return `${prefix}-${numbers}`;
}
