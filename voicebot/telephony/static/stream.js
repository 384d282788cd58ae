// The caller's end of one media stream: the carrier's messages over a WebSocket, with typed text beside speech.

function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export class MediaStream8k {
  constructor(call, handlers) {
    this.call = call;
    this.handlers = handlers; // open(), media(bytes), mark(name), clear(), transcript(message), ended(message), closed(code)
    this.sequence = 0;
    this.chunk = 0;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}${call.socket}`);
    this.socket.onopen = () => this.start();
    this.socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    this.socket.onclose = ({ code }) => handlers.closed(code);
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  start() {
    this.put({ event: "connected", protocol: "Call", version: "1.0.0" });
    this.send("start", {
      start: {
        accountSid: this.call.account_sid,
        streamSid: this.call.stream_sid,
        callSid: this.call.call_sid,
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
        customParameters: { ticket: this.call.ticket },
      },
    });
    this.handlers.open();
  }

  receive(message) {
    if (message.event === "media") this.handlers.media(fromBase64(message.media.payload));
    else if (message.event === "mark") this.handlers.mark(message.mark.name);
    else if (message.event === "clear") this.handlers.clear();
    else if (message.event === "transcript") this.handlers.transcript(message);
    else if (message.event === "ended") this.handlers.ended(message);
  }

  // Sound from before the line is open is nobody's; counted, it would look lost.
  frame(payload) {
    if (!this.isOpen) return;
    this.chunk += 1;
    this.send("media", {
      media: {
        track: "inbound",
        chunk: String(this.chunk),
        timestamp: String((this.chunk - 1) * 20),
        payload: toBase64(payload),
      },
    });
  }

  key(digit) {
    this.send("dtmf", { dtmf: { track: "inbound_track", digit } });
  }

  markReached(name) {
    this.send("mark", { mark: { name } });
  }

  text(text) {
    this.send("text", { text });
  }

  hangUp() {
    this.send("stop", { stop: { accountSid: this.call.account_sid, callSid: this.call.call_sid } });
    this.socket.close(1000);
  }

  send(event, body) {
    this.sequence += 1;
    this.put({ event, sequenceNumber: String(this.sequence), streamSid: this.call.stream_sid, ...body });
  }

  put(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }
}
