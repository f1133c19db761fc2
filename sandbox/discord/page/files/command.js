// A slash command being filled in: a field for each option, with the choices the bot offers while one types.

import { act } from "./acts.js";
import { element, iconButton, newId } from "./element.js";
import { interact } from "./interact.js";
import { Suggestions } from "./suggestions.js";

const ASK_AFTER = 150;

// Returns the form; `done()` is called once the command was used or given up.
export function commandForm(offer, channel, done) {
  const fields = offer.options.map((option) => field(option, typed));
  const send = element("button", "control primary", "Send");
  const title = element("p", "title", element("strong", "", `/${offer.label}`), element("span", "", offer.description));
  title.append(iconButton("close", "×", "Give this command up", done));
  const form = element("form", "command", title, element("div", "fields", ...fields.map(({ drawn }) => drawn)), send);
  form.setAttribute("aria-label", `/${offer.label}`);

  function entered() {
    return Object.fromEntries(fields.filter(({ value }) => value && value() !== null).map((each) => [each.name, each.value()]));
  }
  function typed(option, text) {
    return act("complete", { channel, command: offer.name, option, typed: text, options: entered() });
  }
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") done();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const chosen = fields.filter(({ files }) => files?.().length).map(({ name, files }) => [name, files()]);
    const about = { channel, command: offer.name, options: entered() };
    const answer = await interact("slash", about, Object.fromEntries(chosen));
    send.disabled = false;
    if (answer) done();
  });
  return form;
}

function field(option, typed) {
  const input = inputFor(option);
  input.id = newId("option");
  input.required = option.required;
  const name = element("label", "", option.label, option.required && element("span", "required", " *"));
  name.htmlFor = input.id;
  const small = element("small", "", option.description);
  small.id = `${input.id}-about`;
  input.setAttribute("aria-describedby", small.id);
  const about = { name: option.name, drawn: element("div", "field", name, input, small) };
  if (option.kind === "file") return { ...about, files: () => [...input.files] };
  if (option.completes) return { ...about, value: completed(option, input, about.drawn, typed) };
  return { ...about, value: () => value(option, input.value) };
}

function inputFor({ kind, choices, shortest, longest, least, most, required }) {
  if (kind === "switch") choices = [{ value: "yes", label: "Yes" }, { value: "no", label: "No" }];
  if (choices.length) {
    const select = element("select", "");
    if (!required) select.append(new Option("", ""));
    select.append(...choices.map((choice) => new Option(choice.label, choice.value)));
    return select;
  }
  const input = element("input", "");
  input.autocomplete = "off";
  input.type = { file: "file", whole: "number", number: "number" }[kind] ?? "text";
  if (kind === "file") input.accept = "audio/*,video/*,.ogg,.opus,.mp3,.m4a,.wav,.flac";
  if (kind === "number") input.step = "any";
  if (shortest) input.minLength = shortest;
  if (longest) input.maxLength = longest;
  if (least != null) input.min = least;
  if (most != null) input.max = most;
  return input;
}

// What was entered, of the option's type; null for nothing.
function value({ kind }, text) {
  if (text === "") return null;
  if (kind === "whole" || kind === "number") return Number(text);
  return kind === "switch" ? text === "yes" : text;
}

// The bot is asked for choices as one types. Of one that was chosen, the value is sent; otherwise, what was typed.
function completed(option, input, drawn, typed) {
  let picked = null;
  let asked = 0;
  let timer = null;
  const suggestions = new Suggestions(input, option.label, (choice) => {
    picked = choice;
    input.value = choice.label;
  });
  const ask = async () => {
    asked += 1;
    const mine = asked;
    const answer = await typed(option.name, input.value);
    if (mine === asked && document.activeElement === input) suggestions.show(answer?.choices ?? []);
  };
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.addEventListener("input", () => {
    picked = null;
    // Until the bot has answered, what no longer fits is gone: Enter must not take it.
    const typedSoFar = input.value.toLowerCase();
    suggestions.show(suggestions.items.filter(({ label }) => label.toLowerCase().includes(typedSoFar)));
    clearTimeout(timer);
    timer = setTimeout(ask, ASK_AFTER);
  });
  input.addEventListener("focus", ask);
  drawn.append(suggestions.list);
  return () => (picked ? picked.value : value(option, input.value));
}
