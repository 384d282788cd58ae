// What the far end has queued to be heard, with the carrier's meaning of mark and clear: a mark comes back when
// everything before it was played; clear throws the queue away and brings back every mark in it.

export const START_SAMPLES = 480; // 60 ms at 8 kHz held back after a pause, against jitter

export class PlaybackQueue {
  constructor(markReached) {
    this.markReached = markReached;
    this.items = []; // Float32Array of 8 kHz samples, or the name of a mark
    this.offset = 0; // within the first item
    this.queued = 0;
    this.playing = false;
    this.waited = 0;
  }

  media(samples) {
    this.items.push(samples);
    this.queued += samples.length;
  }

  mark(name) {
    this.items.push(name);
    this.passMarks();
  }

  clear() {
    const marks = this.items.filter((item) => typeof item === "string");
    this.items = [];
    this.offset = 0;
    this.queued = 0;
    this.playing = false;
    this.waited = 0;
    marks.forEach((name) => this.markReached(name));
  }

  // Returns `count` samples, silence where there is nothing to play.
  pull(count) {
    const output = new Float32Array(count);
    if (!this.playing && this.queued > 0) {
      this.waited += count;
      // A short prompt never fills the hold; it is played when the hold's own time has passed.
      this.playing = this.queued >= START_SAMPLES || this.waited >= START_SAMPLES;
    }
    let filled = 0;
    while (this.playing && filled < count && this.items.length > 0) {
      const samples = this.items[0];
      const take = Math.min(count - filled, samples.length - this.offset);
      output.set(samples.subarray(this.offset, this.offset + take), filled);
      filled += take;
      this.offset += take;
      this.queued -= take;
      if (this.offset === samples.length) {
        this.items.shift();
        this.offset = 0;
        this.passMarks();
      }
    }
    if (this.items.length === 0) {
      this.playing = false;
      this.waited = 0;
    }
    return output;
  }

  passMarks() {
    while (typeof this.items[0] === "string") this.markReached(this.items.shift());
  }
}
