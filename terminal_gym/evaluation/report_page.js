"use strict";
// What was recorded only ever becomes text (textContent), never markup.
const replays = JSON.parse(document.getElementById("replays").textContent);
const dialog = document.querySelector("dialog");
const screen = document.getElementById("screen");
const slider = document.getElementById("slider");
const play = document.getElementById("play");
let replay = null, timer = null;

function line(kind, text) {
  const part = document.createElement("span");
  part.className = kind;
  part.textContent = text.endsWith("\n") ? text : text + "\n";
  screen.append(part);
}

function show(count) {
  screen.replaceChildren();
  line("said", replay.task + "\n");
  for (const round of replay.rounds.slice(0, count)) {
    if (round.said) line("said", round.said);
    line("typed", round.cwd + "$ " + round.typed);
    if (round.output) line("output", round.output);
    if (round.exit) line("end", "[exit " + round.exit + "]");
  }
  if (count >= replay.rounds.length) line("end", "\n" + replay.end);
  slider.value = count;
  document.getElementById("place").textContent = count + "/" + replay.rounds.length;
  screen.scrollTop = count ? screen.scrollHeight : 0;
}

function stop() { clearTimeout(timer); timer = null; play.textContent = "play"; }

function tick() {
  const next = Number(slider.value) + 1;
  if (next > replay.rounds.length) return stop();
  show(next);
  const seconds = replay.rounds[next - 1].seconds;
  timer = setTimeout(tick, 1000 * Math.min(2, Math.max(0.4, seconds)));
}

function open(id) {
  if (!id || !Object.hasOwn(replays, id)) return;
  replay = replays[id];
  document.getElementById("title").textContent = replay.title;
  slider.max = replay.rounds.length;
  stop();
  if (!dialog.open) dialog.showModal();
  show(replay.rounds.length);
  history.replaceState(null, "", "#" + id);
}

// The address names the open replay, so that it can be sent to somebody.
function openNamed() { open(location.hash.slice(1)); }

document.addEventListener("click", (event) => {
  open(event.target.dataset && event.target.dataset.replay);
});
window.addEventListener("hashchange", openNamed);
slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
play.addEventListener("click", () => {
  if (timer) return stop();
  if (Number(slider.value) >= replay.rounds.length) show(0);
  play.textContent = "pause";
  timer = setTimeout(tick, 400);
});
document.getElementById("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  stop();
  history.replaceState(null, "", location.pathname + location.search);
});
openNamed();
