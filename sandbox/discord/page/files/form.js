// A form (modal) the bot has answered with, as a dialog.

import { attempt } from "./acts.js";
import { button, element, newId } from "./element.js";
import { selectMenu } from "./listbox.js";

export function openForm({ title, fields }, interaction) {
  const inputs = fields.map(drawnField);
  const problem = element("p", "problem");
  problem.setAttribute("role", "alert");
  const send = element("button", "control primary", "Submit");
  const headline = element("h2", "", title);
  headline.id = newId("form");
  const form = element(
    "form",
    "form",
    headline,
    ...inputs.map(({ drawn }) => drawn),
    problem,
    element("div", "row", button("control secondary", "Cancel", () => dialog.close()), send),
  );
  const dialog = element("dialog", "", form);
  dialog.setAttribute("aria-labelledby", headline.id);
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const lacking = inputs.find(({ lacks }) => lacks?.());
    if (lacking) {
      problem.textContent = "Choose what is asked for.";
      return;
    }
    send.disabled = true;
    const values = Object.fromEntries(inputs.filter(({ value }) => value).map(({ id, value }) => [id, value()]));
    const files = Object.fromEntries(inputs.filter(({ files }) => files).map(({ id, files }) => [id, files()]));
    const answer = await attempt("submit", { interaction, values }, files);
    send.disabled = false;
    problem.textContent = answer.problem ?? "";
    if (!answer.problem) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function drawnField(field) {
  if (field.kind === "words") return { drawn: element("p", "", field.label) };
  const about = { id: field.custom_id };
  const name = element("span", "label", field.label, field.required && element("span", "required", " *"));
  const small = field.description && element("small", "", field.description);
  if (field.kind === "select") {
    const select = { ...field.select, least: field.required ? field.select.least : 0 };
    const menu = selectMenu(select, field.label, () => {});
    const lacks = () => !menu.enough() || (field.required && !menu.values().length);
    return { ...about, drawn: element("div", "field", name, small, menu.drawn), value: menu.values, lacks };
  }
  const input = element(field.paragraph ? "textarea" : "input", "");
  input.required = field.required;
  if (field.kind === "files") {
    input.type = "file";
    input.multiple = field.most > 1;
    return { ...about, drawn: element("label", "field", name, small, input), files: () => [...input.files] };
  }
  input.placeholder = field.placeholder;
  input.value = field.value;
  if (field.least) input.minLength = field.least;
  input.maxLength = field.most;
  return { ...about, drawn: element("label", "field", name, small, input), value: () => input.value };
}
