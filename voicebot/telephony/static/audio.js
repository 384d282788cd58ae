// Sound card and microphone of one call: frames of 20 ms out, the far end's frames and marks in.

const DRAIN_MS = 400; // what the sound card still holds when the line has closed

export class Audio8k {
  constructor(handlers) {
    this.handlers = handlers; // frame(payload, level), mark(name)
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.node = null;
    this.microphone = null;
  }

  static get isAllowed() {
    return window.isSecureContext && "audioWorklet" in AudioContext.prototype;
  }

  async open() {
    await this.context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(this.context, "telephone", { outputChannelCount: [1] });
    this.node.port.onmessage = ({ data }) => {
      if (data.kind === "frame") this.handlers.frame(data.payload, data.level);
      if (data.kind === "mark") this.handlers.mark(data.name);
    };
    this.node.connect(this.context.destination);
    await this.context.resume();
  }

  // Throws the browser's NotAllowedError or NotFoundError.
  async openMicrophone() {
    const microphone = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    if (this.context.state === "closed") {
      microphone.getTracks().forEach((track) => track.stop());
      return;
    }
    this.microphone = microphone;
    this.context.createMediaStreamSource(microphone).connect(this.node);
  }

  mute(muted) {
    this.tell({ kind: "mute", muted });
  }

  media(samples) {
    this.node.port.postMessage({ kind: "media", samples }, [samples.buffer]);
  }

  tell(message) {
    this.node?.port.postMessage(message);
  }

  close({ drained }) {
    this.microphone?.getTracks().forEach((track) => track.stop());
    const close = () => this.context.state !== "closed" && this.context.close();
    if (drained) setTimeout(close, DRAIN_MS);
    else close();
  }
}
