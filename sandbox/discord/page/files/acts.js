// Doing something as one of the people: one request for each, and a sentence where it cannot be done.

import { me } from "./store.js";

const notice = document.getElementById("notice");
let hiding = null;

// Returns what came of it; null if it could not be done, which was said then. `files`: { field: [File] }.
export async function act(what, about = {}, files = {}) {
  const answer = await attempt(what, about, files);
  return answer.problem ? complain(answer.problem) : answer;
}

// The same, without saying it: where it could not be done, `problem` has the sentence.
export async function attempt(what, about = {}, files = {}) {
  const form = new FormData();
  form.append("act", JSON.stringify({ ...about, do: what, as: me() }));
  for (const [field, chosen] of Object.entries(files)) {
    for (const file of chosen) form.append(field, file, file.name);
  }
  try {
    const response = await fetch("/page/acts", { method: "POST", body: form });
    if (response.status === 413) return { problem: "That is more than this stand-in takes at once (32 MB)." };
    return await response.json();
  } catch {
    return { problem: "The stand-in does not answer. Is it still running?" };
  }
}

export function complain(sentence) {
  notice.textContent = sentence;
  clearTimeout(hiding);
  hiding = setTimeout(() => (notice.textContent = ""), 12_000);
  return null;
}
