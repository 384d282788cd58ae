// The page: one call at a time, from the button to the transcript.

import { decode } from "./mulaw.js";
import { MediaStream8k } from "./stream.js";
import { WORDING } from "./wording.js";

const find = (id) => document.getElementById(id);
const keys = [...document.querySelectorAll("[data-key]")];

let language = localStorage.getItem("softphone.language") === "en" ? "en" : "zh-CN";
let state = "idle";
let current = null; // the call in progress
let ticking = 0;

const say = (key) => WORDING[language][key];

function translate() {
  document.documentElement.lang = language;
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = say(node.dataset.t); });
  document.querySelectorAll("[data-t-placeholder]").forEach((node) => { node.placeholder = say(node.dataset.tPlaceholder); });
  document.querySelectorAll("[data-t-label]").forEach((node) => { node.setAttribute("aria-label", say(node.dataset.tLabel)); });
  find("language").textContent = say("other");
  find("language").lang = say("otherLang");
  find("state-text").textContent = say(state);
}

function enter(next) {
  state = next;
  find("state").dataset.state = next;
  find("state-text").textContent = say(next);
  const talking = next === "talking";
  const busy = talking || next === "connecting";
  find("call").disabled = busy;
  find("hangup").disabled = !busy;
  find("number").disabled = busy;
  [...keys, find("text"), find("send")].forEach((node) => { node.disabled = !talking; });
  clearInterval(ticking);
  if (talking) {
    const since = performance.now();
    find("clock").hidden = false;
    ticking = setInterval(() => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      find("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }, 500);
  }
}

function line(kind, text) {
  const item = document.createElement("li");
  item.className = kind;
  if (kind !== "note") {
    const speaker = document.createElement("span");
    speaker.className = "hidden";
    speaker.textContent = `${say(kind)}: `;
    item.append(speaker);
  }
  item.append(text);
  find("transcript").append(item);
  find("transcript").scrollTop = find("transcript").scrollHeight;
}

async function openAudio(call) {
  const context = new AudioContext({ latencyHint: "interactive" });
  call.context = context;
  await context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
  const node = new AudioWorkletNode(context, "telephone", { outputChannelCount: [1] });
  node.connect(context.destination);
  call.node = node;
  if (find("microphone").checked) {
    try {
      call.microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
      context.createMediaStreamSource(call.microphone).connect(node);
    } catch (error) {
      console.warn("microphone", error);
      line("note", say("micRefused"));
    }
  }
}

function closeAudio(call) {
  call.microphone?.getTracks().forEach((track) => track.stop());
  if (call.context && call.context.state !== "closed") call.context.close();
}

async function askForTicket() {
  const number = find("number").value.replace(/[\s-]/g, "");
  const response = await fetch("/softphone/call", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from_number: number === "" ? null : number }),
  });
  if (response.ok) return response.json();
  line("note", say({ 400: "badNumber", 503: "busy" }[response.status] ?? "refused"));
  return null;
}

async function call() {
  find("transcript").replaceChildren();
  find("clock").hidden = true;
  find("clock").textContent = "0:00";
  enter("connecting");
  const mine = { outcome: null, over: false };
  current = mine;
  try {
    await openAudio(mine);
    if (mine.over) return;
    const admitted = await askForTicket();
    if (mine.over) return;
    if (admitted === null) {
      finish(mine, "failed");
      return;
    }
    connect(mine, admitted);
  } catch (error) {
    console.error(error);
    line("note", say("refused"));
    finish(mine, "failed");
  }
}

function connect(mine, admitted) {
  mine.stream = new MediaStream8k(admitted, {
    open: () => {
      enter("talking");
      find("text").focus();
    },
    media: (bytes) => {
      const samples = decode(bytes);
      mine.node.port.postMessage({ kind: "media", samples }, [samples.buffer]);
    },
    mark: (name) => mine.node.port.postMessage({ kind: "mark", name }),
    clear: () => mine.node.port.postMessage({ kind: "clear" }),
    transcript: ({ speaker, text }) => line(speaker === "caller" ? "caller" : "bot", text),
    ended: (message) => { mine.outcome = message; },
    closed: (code) => {
      if (mine.over) return;
      const transferred = mine.outcome?.outcome === "transfer";
      if (transferred) {
        const ticket = mine.outcome.ticket_no ? `${say("ticket")} ${mine.outcome.ticket_no}\n` : "";
        line("note", ticket + (mine.outcome.summary ?? []).join("\n"));
      } else if (mine.outcome === null && code !== 1000) {
        line("note", say(code === 1008 ? "refused" : "lost"));
      }
      finish(mine, transferred ? "transferred" : "ended");
    },
  });
  mine.node.port.onmessage = ({ data }) => {
    if (mine.over) return;
    if (data.kind === "frame") mine.stream.frame(data.payload);
    if (data.kind === "mark") mine.stream.markReached(data.name);
  };
}

function finish(mine, next) {
  if (mine.over) return;
  mine.over = true;
  closeAudio(mine);
  if (current === mine) current = null;
  enter(next);
  find("call").focus();
}

function hangUp() {
  const mine = current;
  if (mine === null) return;
  mine.stream?.hangUp();
  finish(mine, "ended");
}

function press(digit) {
  if (state !== "talking") return;
  current.stream.key(digit);
  const button = keys.find((key) => key.dataset.key === digit);
  button.focus();
}

find("call").addEventListener("click", call);
find("hangup").addEventListener("click", hangUp);
find("microphone").addEventListener("change", ({ target }) => {
  current?.node?.port.postMessage({ kind: "mute", muted: !target.checked });
});
keys.forEach((button) => button.addEventListener("click", () => press(button.dataset.key)));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
  if (/^[0-9*#]$/.test(event.key)) {
    event.preventDefault();
    press(event.key);
  }
});
find("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("text").value.trim();
  if (text === "" || state !== "talking") return;
  current.stream.text(text);
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
