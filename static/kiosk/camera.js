// The camera: on when somebody is asked to look, off as soon as that is over, so that its own light tells the
// truth. Opening it anew costs a third of a second, in which the student turns to it anyway.

const FRAME = { width: 640, height: 480 };
const OPENS_MS = 5000;
const SETTLES_MS = 350; // The first frames of most cameras are too dark.
const QUALITY = 0.88;
const TROUBLES = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing" };

export class Camera {
  #video;
  #use = 0;

  constructor(video) {
    this.#video = video;
  }

  // Why it can't be used, in one word: refused, missing or busy.
  static trouble(error) {
    return TROUBLES[error?.name] ?? "busy";
  }

  get isOn() {
    return Boolean(this.#video.srcObject);
  }

  // Light it and wait for it to settle; true, unless it was darkened meanwhile.
  async open() {
    if (this.isOn) return true;
    const use = ++this.#use;
    const media = navigator.mediaDevices;
    if (!media) throw new DOMException("no camera", "NotFoundError");
    const wanted = { facingMode: "user", width: { ideal: FRAME.width }, height: { ideal: FRAME.height } };
    const asked = media.getUserMedia({ video: wanted, audio: false });
    // It may come after we have given up: then nobody would switch it off.
    asked.then((stream) => use !== this.#use && stop(stream)).catch(() => {});
    const stream = await within(OPENS_MS, asked);
    if (use !== this.#use) return false;
    this.#video.srcObject = stream;
    await within(OPENS_MS, this.#video.play());
    await pause(SETTLES_MS);
    return use === this.#use;
  }

  // Take a few frames, one every `gap` milliseconds, as JPEGs; none, if it was darkened meanwhile.
  async burst(count, gap) {
    const use = this.#use;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, FRAME);
    const frames = [];
    for (let number = 0; number < count; number++) {
      if (number) await pause(gap);
      if (use !== this.#use) return [];
      if (!this.#video.srcObject.active) throw new DOMException("unplugged", "NotFoundError");
      this.#draw(canvas);
      frames.push(await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY)));
    }
    canvas.width = canvas.height = 0;
    return use === this.#use ? frames : [];
  }

  close() {
    this.#use++;
    if (!this.isOn) return;
    stop(this.#video.srcObject);
    this.#video.srcObject = null;
  }

  // Fill the frame, cut what overhangs, stretch nothing, mirror nothing.
  #draw(canvas) {
    const { videoWidth, videoHeight } = this.#video;
    const scale = Math.max(FRAME.width / videoWidth, FRAME.height / videoHeight);
    const [width, height] = [videoWidth * scale, videoHeight * scale];
    const place = [(FRAME.width - width) / 2, (FRAME.height - height) / 2];
    canvas.getContext("2d").drawImage(this.#video, ...place, width, height);
  }
}

const stop = (stream) => stream.getTracks().forEach((track) => track.stop());
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function within(ms, promise) {
  let timer;
  const end = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new DOMException("too slow", "TimeoutError")), ms);
  });
  return Promise.race([promise, end]).finally(() => clearTimeout(timer));
}
