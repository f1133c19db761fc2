// A voice message: a button, its shape, its length. A click on the shape plays from there.

import { element } from "./element.js";

const SVG = "http://www.w3.org/2000/svg";
const BARS = 46;
const PITCH = 5;
const HEIGHT = 30;
let playing = null;

export function player(file, source) {
  const audio = new Audio();
  audio.preload = "none";
  audio.src = source;
  const bars = glyph(shape(file.waveform), PITCH, HEIGHT);
  bars.classList.add("wave");
  bars.setAttribute("aria-hidden", "true");
  const button = element("button", "play");
  button.type = "button";
  const length = element("span", "length");

  const show = () => {
    const paused = audio.paused || audio.ended;
    const done = audio.ended ? 0 : audio.currentTime;
    button.classList.toggle("playing", !paused);
    button.setAttribute("aria-label", paused ? "Play the voice message" : "Pause");
    length.textContent = minutes(paused && !done ? (file.seconds ?? 0) : done);
    const share = file.seconds ? done / file.seconds : 0;
    [...bars.children].forEach((bar, at) => bar.classList.toggle("played", at < share * BARS));
  };
  const play = () => {
    if (playing !== audio) playing?.pause();
    playing = audio;
    audio.play().catch(() => {
      button.disabled = true;
      button.setAttribute("aria-label", "This recording cannot be played here");
    });
  };
  button.addEventListener("click", () => (audio.paused ? play() : audio.pause()));
  bars.addEventListener("click", (event) => {
    const { left, width } = bars.getBoundingClientRect();
    audio.currentTime = (Math.max(0, event.clientX - left) / width) * (file.seconds ?? 0);
    play();
  });
  for (const name of ["play", "pause", "ended", "timeupdate"]) audio.addEventListener(name, show);
  show();
  return element("div", "player", button, bars, length);
}

export function minutes(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// A waveform (base64, a byte a point) as as many heights as there are bars.
function shape(waveform) {
  let points;
  try {
    points = [...atob(waveform ?? "")].map((sign) => sign.charCodeAt(0));
  } catch {
    points = [];
  }
  if (!points.length) points = [0];
  return Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * points.length) / BARS);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * points.length) / BARS));
    return Math.max(3, (Math.max(...points.slice(from, to)) / 255) * HEIGHT);
  });
}

// Rounded bars around a middle line.
export function glyph(heights, pitch, height) {
  const drawing = document.createElementNS(SVG, "svg");
  const thick = pitch * 0.6;
  const size = { width: heights.length * pitch - (pitch - thick), height };
  for (const [name, value] of Object.entries(size)) drawing.setAttribute(name, value);
  drawing.append(
    ...heights.map((tall, at) => {
      const bar = document.createElementNS(SVG, "rect");
      const box = { x: at * pitch, y: (height - tall) / 2, width: thick, height: tall, rx: thick / 2 };
      for (const [name, value] of Object.entries(box)) bar.setAttribute(name, value);
      return bar;
    }),
  );
  return drawing;
}
