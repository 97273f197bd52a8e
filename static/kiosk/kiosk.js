// The screen at a gate: events go into the machine, and what it asks for is done here.

import { Calls } from "./calls.js";
import { Camera } from "./camera.js";
import { fillScreen, setUpAnew, stayAwake, watchClock } from "./device.js";
import { UNPAIRED, listens, start, step } from "./machine.js";
import { decoder, findCard } from "./qr.js";
import { CardReader } from "./reader.js";
import { Screens } from "./screens.js";
import * as sound from "./sound.js";

const FRAMES = 3;
const FRAME_GAP_MS = 150;

const config = JSON.parse(document.getElementById("screen").textContent);
const video = document.getElementById("video");
const camera = new Camera(video);
const calls = new Calls(config);
const screens = new Screens(config.languages, config.language);
let state = config.paired ? start(config.way, config.identifies) : UNPAIRED;
let decode = null;

function happen(type, details = {}) {
  const next = step(state, { type, at: performance.now(), ...details });
  state = next.state;
  const { turn } = state;
  next.effects.forEach((effect) => EFFECTS[effect.do](effect, turn));
  paint();
}

function paint() {
  screens.paint(state, { cameraIsOn: camera.isOn, canScan: Boolean(decode) });
}

const EFFECTS = {
  async send({ fields, frames }, turn) {
    const { type, ...said } = await calls.send(fields, frames, screens.language);
    happen(type, { ...said, turn });
  },
  timer({ ms, name }, turn) {
    setTimeout(() => happen(name, { turn }), ms);
  },
  sound({ name }) {
    sound.play(name);
  },
  darkCamera() {
    camera.close();
  },
  look: (effect, turn) =>
    withCamera(turn, async () => {
      const frames = await camera.burst(FRAMES, FRAME_GAP_MS);
      if (frames.length) happen("frames", { frames, turn });
    }),
  scan: (effect, turn) =>
    withCamera(turn, async () => {
      const card = await findCard(video, decode, config.card, () => state.turn === turn);
      if (card) happen("card", { card, turn });
    }),
  async poll(effect, turn) {
    const { ok } = await calls.health();
    happen(ok ? "healthy" : "unhealthy", { turn });
  },
  async renew() {
    if (await setUpAnew(state.screen === "unpaired")) location.reload();
  },
};

async function withCamera(turn, use) {
  try {
    const opening = camera.open();
    video.addEventListener("playing", paint, { once: true });
    if (await opening) await use();
  } catch (error) {
    camera.close();
    happen("cameraFailed", { why: Camera.trouble(error), turn });
  }
}

function cardRead(card) {
  sound.wake(); // Here and not at its first key: making a sound device takes longer than a reader's whole card.
  happen("card", { card });
}

new CardReader(config.card, cardRead, () => listens(state)).listenTo(window);
const TOUCHES = { face: "face", "card-only": "cardOnly", scan: "scan", leave: "leave", "no-card": "noCard" };
Object.entries(TOUCHES).forEach(([id, event]) => document.getElementById(id).addEventListener("click", () => happen(event)));
document.getElementById("languages").addEventListener("click", ({ target }) => {
  if (target.value) happen("speak", { language: target.value });
});
window.addEventListener("pointerup", sound.wake);
window.addEventListener("pointerup", fillScreen, { once: true });
window.addEventListener("offline", () => happen("lost"));
window.addEventListener("online", () => happen("healthy"));
window.addEventListener("pagehide", () => camera.close());
document.addEventListener("visibilitychange", () => happen(document.hidden ? "hidden" : "shown"));
window.addEventListener("contextmenu", (event) => event.preventDefault());
setInterval(() => screens.tick(), 5000);

happen("started");
stayAwake();
watchClock(calls, (minutes) => happen("clock", { minutes }));
decoder(config.decoder).then((found) => {
  decode = found;
  paint();
}, () => {});
