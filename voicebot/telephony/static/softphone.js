// The page: one call at a time, from the button to the outcome.

import { Audio8k } from "./audio.js";
import { decode } from "./mulaw.js";
import { MediaStream8k } from "./stream.js";
import { Transcript, clockTime } from "./transcript.js";
import { WORDING } from "./wording.js";

const find = (id) => document.getElementById(id);
const keys = [...document.querySelectorAll("[data-key]")];
const suggestions = [...document.querySelectorAll("[data-number]")];

let language = localStorage.getItem("softphone.language") ?? (/^zh/i.test(navigator.language) ? "zh-CN" : "en");
let state = "idle";
let current = null; // the call in progress
let ticking = 0;

const say = (key) => WORDING[language][key];
const transcript = new Transcript(find("transcript"), say);
const secondsOf = (call) => (call.since === null ? 0 : (performance.now() - call.since) / 1000);

// ---- what the page shows

function translate() {
  document.documentElement.lang = language;
  document.title = say("title");
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = say(node.dataset.t); });
  document.querySelectorAll("[data-t-placeholder]").forEach((node) => { node.placeholder = say(node.dataset.tPlaceholder); });
  document.querySelectorAll("[data-t-label]").forEach((node) => { node.setAttribute("aria-label", say(node.dataset.tLabel)); });
  find("language").textContent = say("otherLanguage");
  find("language").lang = say("otherLang");
  showState();
  showNumber();
}

function showState() {
  const fresh = state === "idle";
  document.querySelector("main").dataset.state = state;
  find("state").textContent = say(state);
  find("pane-title").textContent = say(fresh ? "guide" : "transcript");
  find("guide").hidden = !fresh;
  find("transcript").hidden = fresh;
  find("typed").hidden = state !== "talking";
  find("openings").hidden = state !== "talking";
}

function showNumber() {
  const { value, selectedOptions: [{ dataset }] } = find("number");
  const openings = dataset.openings ? dataset.openings.split("|") : [];
  find("own-number").hidden = value !== "other";
  find("facts").hidden = !dataset.zh;
  find("to-try").textContent = (language === "en" ? dataset.en : dataset.zh) ?? "";
  find("asked").hidden = !dataset.answers;
  find("answers").textContent = dataset.answers ?? "";
  suggestions.forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.number === value)));
  find("openings").replaceChildren(...[...openings, say("human")].map((text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => speakInWriting(text));
    return button;
  }));
}

function enter(next) {
  state = next;
  showState();
  const talking = next === "talking";
  const busy = talking || next === "connecting" || next === "asking";
  find("call").disabled = busy;
  find("hangup").disabled = !busy;
  [find("number"), find("own-number"), ...suggestions].forEach((node) => { node.disabled = busy; });
  [...keys, find("text"), find("send")].forEach((node) => { node.disabled = !talking; });
  clearInterval(ticking);
  if (talking) ticking = setInterval(() => { find("clock").textContent = clockTime(secondsOf(current)); }, 250);
  else find("level").style.setProperty("--level", "0");
}

function showLevel(level) {
  const decibels = 20 * Math.log10(Math.max(level, 1e-4));
  find("level").style.setProperty("--level", String(Math.max(0, (decibels + 60) / 60)));
}

// ---- one call

async function openMicrophone(call) {
  try {
    await call.audio.openMicrophone();
  } catch (error) {
    if (call.over) return;
    transcript.add("note", say(error.name === "NotFoundError" ? "noMic" : "micRefused"));
    find("microphone").checked = false;
  }
}

class NotAdmitted extends Error {}

async function askForTicket() {
  const chosen = find("number").value;
  const number = (chosen === "other" ? find("own-number").value : chosen).replace(/[\s-]/g, "");
  if (chosen === "other" && !/^\+?[0-9]{3,20}$/.test(number)) throw new NotAdmitted("badNumber");
  const asked = fetch("/softphone/call", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from_number: number === "" ? null : number }),
  });
  const response = await asked.catch(() => { throw new NotAdmitted("unreachable"); });
  if (response.ok) return response.json();
  throw new NotAdmitted({ 400: "badNumber", 429: "tooMany", 503: "busy" }[response.status] ?? "refused");
}

async function call() {
  const mine = { outcome: null, over: false, since: null, audio: null, stream: null };
  current = mine;
  transcript.clear();
  find("clock").hidden = true;
  enter("connecting");
  try {
    if (!Audio8k.isAllowed) throw new NotAdmitted("insecure");
    mine.audio = new Audio8k({
      frame: (payload, level) => {
        if (mine.over) return;
        showLevel(level);
        mine.stream?.frame(payload);
      },
      mark: (name) => {
        if (mine.over) return;
        transcript.heard(name);
        mine.stream.markReached(name);
      },
    });
    await mine.audio.open().catch((error) => { throw error.name === "AbortError" ? new NotAdmitted("unreachable") : error; });
    if (find("microphone").checked) {
      enter("asking");
      await openMicrophone(mine);
      if (mine.over) return;
      enter("connecting");
    }
    const admitted = await askForTicket();
    if (!mine.over) connect(mine, admitted);
  } catch (error) {
    if (mine.over) return;
    if (!(error instanceof NotAdmitted)) console.error(error);
    transcript.add("note", say(error instanceof NotAdmitted ? error.message : "refused"));
    finish(mine, "failed");
  }
}

function connect(mine, admitted) {
  mine.stream = new MediaStream8k(admitted, {
    open: () => begin(mine),
    media: (bytes) => mine.audio.media(decode(bytes)),
    mark: (name) => {
      transcript.queued(name);
      mine.audio.tell({ kind: "mark", name });
    },
    clear: () => {
      transcript.cut();
      mine.audio.tell({ kind: "clear" });
    },
    transcript: ({ speaker, text }) => transcript.add(speaker === "caller" ? "caller" : "bot", text, secondsOf(mine)),
    ended: (message) => { mine.outcome = message; },
    closed: (code) => closed(mine, code),
  });
}

function begin(mine) {
  if (mine.over) return;
  mine.since = performance.now();
  find("clock").textContent = clockTime(0);
  find("clock").hidden = false;
  enter("talking");
  // Whoever speaks has digit keys at hand; whoever types, the text field; nobody a screen keyboard in the way.
  const types = !find("microphone").checked && matchMedia("(pointer: fine)").matches;
  find(types ? "text" : "transcript").focus({ preventScroll: true });
}

function closed(mine, code) {
  if (mine.over) return;
  const end = mine.outcome;
  const lasted = [say("lasted"), clockTime(secondsOf(mine))];
  if (end?.outcome === "transfer") {
    const ticket = end.ticket_no ? [[say("ticket"), end.ticket_no]] : [];
    transcript.outcome(say("transferred"), [...ticket, lasted], end.summary ?? []);
    finish(mine, "transferred");
  } else if (end?.outcome === "hangup") {
    transcript.outcome(say("lineHungUp"), [lasted], []);
    finish(mine, "ended");
  } else if (mine.since === null) {
    transcript.add("note", say("unreachable"));
    finish(mine, "failed");
  } else {
    transcript.cut();
    transcript.add("note", say({ 1008: "refused", 1011: "broken" }[code] ?? "serverGone"));
    finish(mine, code === 1008 ? "failed" : "lost");
  }
}

function finish(mine, next) {
  mine.over = true;
  mine.audio?.close({ drained: next === "ended" || next === "transferred" });
  current = null;
  enter(next);
  find("call").focus({ preventScroll: true });
}

function hangUp() {
  const mine = current;
  if (mine === null) return;
  mine.over = true;
  mine.stream?.hangUp();
  mine.audio?.close({ drained: false });
  transcript.cut();
  if (mine.since !== null) transcript.outcome(say("youHungUp"), [[say("lasted"), clockTime(secondsOf(mine))]], []);
  finish(mine, mine.since === null ? "idle" : "ended");
}

// ---- what the caller does

function press(digit) {
  if (state !== "talking") return;
  current.stream.key(digit);
  transcript.key(digit, secondsOf(current));
  const button = keys.find((key) => key.dataset.key === digit);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
}

function speakInWriting(text) {
  if (text !== "" && state === "talking") current.stream.text(text);
}

find("call").addEventListener("click", call);
find("hangup").addEventListener("click", hangUp);
find("number").addEventListener("change", () => {
  showNumber();
  if (find("number").value === "other") find("own-number").focus();
});
suggestions.forEach((button) => button.addEventListener("click", () => {
  find("number").value = button.dataset.number;
  showNumber();
}));
find("microphone").addEventListener("change", async ({ target }) => {
  const mine = current;
  if (mine === null || mine.audio?.node == null) return;
  mine.audio.mute(!target.checked);
  if (target.checked && mine.audio.microphone === null) await openMicrophone(mine);
});
keys.forEach((button) => button.addEventListener("click", () => press(button.dataset.key)));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("#text, #own-number")) return;
  if (state === "talking" && /^[0-9*#]$/.test(event.key)) {
    event.preventDefault();
    press(event.key);
  }
});
find("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  speakInWriting(find("text").value.trim());
  find("text").value = "";
});
find("language").addEventListener("click", () => {
  language = language === "en" ? "zh-CN" : "en";
  localStorage.setItem("softphone.language", language);
  translate();
});
window.addEventListener("pagehide", hangUp);
translate();
enter("idle");
