// The audio thread: the microphone down to 8 kHz frames of 20 ms, the far end's 8 kHz up to the sound card.

import { Resampler } from "./resample.js";
import { PlaybackQueue } from "./playback.js";
import { encode } from "./mulaw.js";

const FRAME = 160;

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.down = new Resampler(sampleRate, 8000);
    this.up = new Resampler(8000, sampleRate);
    this.queue = new PlaybackQueue((name) => this.port.postMessage({ kind: "mark", name }));
    this.captured = new Float32Array(0);
    this.ready = new Float32Array(0);
    this.muted = false;
    this.port.onmessage = ({ data }) => {
      if (data.kind === "media") this.queue.media(data.samples);
      if (data.kind === "mark") this.queue.mark(data.name);
      if (data.kind === "mute") this.muted = data.muted;
      if (data.kind === "clear") {
        this.queue.clear();
        this.ready = new Float32Array(0);
      }
    };
  }

  process(inputs, outputs) {
    const output = outputs[0][0];
    const heard = inputs[0] && inputs[0][0] && !this.muted ? inputs[0][0] : new Float32Array(output.length);
    this.capture(heard);
    this.play(output);
    return true;
  }

  capture(heard) {
    const samples = this.down.push(heard);
    const all = new Float32Array(this.captured.length + samples.length);
    all.set(this.captured);
    all.set(samples, this.captured.length);
    let start = 0;
    for (; start + FRAME <= all.length; start += FRAME) {
      const frame = all.subarray(start, start + FRAME);
      const payload = encode(frame);
      const level = Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / FRAME);
      this.port.postMessage({ kind: "frame", payload, level }, [payload.buffer]);
    }
    this.captured = all.slice(start);
  }

  play(output) {
    let pending = this.ready;
    while (pending.length < output.length) {
      const more = this.up.push(this.queue.pull(32));
      const joined = new Float32Array(pending.length + more.length);
      joined.set(pending);
      joined.set(more, pending.length);
      pending = joined;
    }
    output.set(pending.subarray(0, output.length));
    this.ready = pending.slice(output.length);
  }
}

registerProcessor("telephone", Telephone);
