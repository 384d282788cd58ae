// Streaming conversion between two sample rates through a windowed-sinc low-pass, so that nothing above half of
// the lower rate folds back into the speech.

const ZERO_CROSSINGS = 12;
const CUTOFF = 0.45; // of the lower rate: 3.6 kHz for the telephone

function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}

export class Resampler {
  constructor(fromHz, toHz) {
    const divisor = gcd(fromHz, toHz);
    this.step = fromHz / divisor; // input advances step / phases samples an output sample
    this.phases = toHz / divisor;
    const cutoff = (CUTOFF * Math.min(fromHz, toHz)) / fromHz; // in cycles an input sample
    this.half = Math.ceil(ZERO_CROSSINGS / (2 * cutoff));
    this.kernels = Array.from({ length: this.phases }, (_, phase) => this.kernel(phase / this.phases, cutoff));
    this.held = new Float32Array(this.half); // history before the first sample: silence
    this.phase = 0;
    this.position = this.half; // centre of the next output within held
  }

  kernel(fraction, cutoff) {
    const taps = new Float32Array(2 * this.half + 1);
    let sum = 0;
    for (let i = 0; i < taps.length; i += 1) {
      const distance = i - this.half - fraction;
      const x = 2 * Math.PI * cutoff * distance;
      const w = Math.PI * (distance / (this.half + 1));
      const window = Math.abs(w) >= Math.PI ? 0 : 0.42 + 0.5 * Math.cos(w) + 0.08 * Math.cos(2 * w);
      taps[i] = (distance === 0 ? 1 : Math.sin(x) / x) * window;
      sum += taps[i];
    }
    return taps.map((tap) => tap / sum);
  }

  push(samples) {
    const input = new Float32Array(this.held.length + samples.length);
    input.set(this.held);
    input.set(samples, this.held.length);
    const output = [];
    while (this.position + this.half < input.length) {
      const kernel = this.kernels[this.phase];
      const first = this.position - this.half;
      let sum = 0;
      for (let i = 0; i < kernel.length; i += 1) sum += kernel[i] * input[first + i];
      output.push(sum);
      this.phase += this.step;
      this.position += Math.floor(this.phase / this.phases);
      this.phase %= this.phases;
    }
    const keepFrom = Math.min(input.length, this.position - this.half);
    this.held = input.slice(keepFrom);
    this.position -= keepFrom;
    return Float32Array.from(output);
  }
}
