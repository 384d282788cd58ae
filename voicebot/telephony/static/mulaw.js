// G.711 mu-law, both ways, between samples in [-1, 1] and bytes.

const BIAS = 0x84;
const CLIP = 32635;

export function encodeSample(sample) {
  let value = Math.max(-1, Math.min(1, sample)) * 32767;
  const sign = value < 0 ? 0x80 : 0;
  value = Math.min(CLIP, Math.round(Math.abs(value))) + BIAS;
  const exponent = 31 - Math.clz32(value) - 7; // BIAS keeps bit 7 or a higher one set
  const mantissa = (value >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

const DECODED = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
  return (code & 0x80 ? -magnitude : magnitude) / 32768;
});

export function encode(samples) {
  return Uint8Array.from(samples, encodeSample);
}

export function decode(bytes) {
  return Float32Array.from(bytes, (byte) => DECODED[byte]);
}
