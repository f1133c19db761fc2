// Using what the bot offers: what it answers with at once is a form, or messages that come by themselves.

import { act } from "./acts.js";
import { openForm } from "./form.js";

export async function interact(what, about, files) {
  const answer = await act(what, about, files);
  if (answer?.form) openForm(answer.form, answer.interaction);
  return answer;
}
