// What the screen does next, as a pure function: a state and an event in, a state and its effects out.
// It knows no clock, camera, network or page; `kiosk.js` feeds it and does what it asks for.

export const TIMES = Object.freeze({
  floor: 1000, // From the card to the result, however it was decided: nobody can tell by the time it took.
  result: 2000, // A result, and back to waiting.
  read: 4000, // A result that sends somebody elsewhere; the next card ends it.
  retry: 1600,
  longer: 2500, // After this the screen says that it takes longer.
  wait: 12_000, // For the card that was asked for once more.
  poll: 3000,
  cameraRests: 60_000, // After a failure of the camera cards go alone for so long, and nobody shows one twice.
});

const TRIES = 3;
const LISTENING = new Set(["waiting", "card_only", "scan", "use_card", "camera", "denied", "desk", "offline", "slow"]);
const CARD_ALONE = new Set(["card_only", "use_card", "camera"]);

export const START = Object.freeze({ screen: "waiting", turn: 0, cameraRestsUntil: 0, visit: null, answer: null, view: {} });
export const UNPAIRED = Object.freeze({ ...START, screen: "unpaired" });

// Whether a card is read now. During a result it isn't: the same card twice would be a second passage.
export const listens = (state) => LISTENING.has(state.screen);

// Whether "Use my card only" means something now.
export const offersCardOnly = (state) => ["waiting", "look", "retry", "scan"].includes(state.screen);

export function step(state, event) {
  const late = "turn" in event && event.turn !== state.turn;
  const handle = late ? null : (HANDLERS[state.screen]?.[event.type] ?? EVERYWHERE[event.type]);
  return handle?.(state, event) || stay(state);
}

const stay = (state, changes = {}, ...effects) => ({ state: { ...state, ...changes }, effects });

// Every screen has a turn of its own: what an earlier one asked for and hears of late is nobody's business.
function go(state, screen, changes, ...effects) {
  return { state: { ...state, view: {}, answer: null, ...changes, screen, turn: state.turn + 1 }, effects };
}

const timer = (ms, name = "time") => ({ do: "timer", ms, name });
const sound = (name) => ({ do: "sound", name });
const darkCamera = { do: "darkCamera" };

const wait = (state) => go(state, "waiting", { visit: null }, darkCamera);

function cardShown(state, event) {
  const alone = CARD_ALONE.has(state.screen) || event.at < state.cameraRestsUntil;
  const visit = { card: event.card, since: event.at, tries: 0, claim: null };
  return sendCard(state, visit, alone);
}

function sendCard(state, visit, alone) {
  const fields = { credential: visit.card, face: alone ? "declined" : "offered" };
  return go(state, "working", { visit }, darkCamera, { do: "send", fields, frames: [] }, timer(TIMES.longer, "longer"));
}

function framesTaken(state, event) {
  const visit = { ...state.visit, tries: state.visit.tries + 1 };
  const send = { do: "send", fields: { claim: visit.claim }, frames: event.frames };
  return go(state, "checking", { visit }, send, timer(TIMES.longer, "longer"));
}

function answered(state, { at, answer }) {
  const visit = { ...state.visit, claim: answer.claim };
  if (answer.outcome === "look") return look({ ...state, visit }, null);
  const held = TIMES.floor - (at - visit.since);
  return held > 0 ? stay(state, { visit, answer }, timer(held, "floor")) : showResult({ ...state, visit }, answer);
}

function look(state, text) {
  return go(state, "look", { view: { text } }, { do: "look" });
}

function showResult(state, answer) {
  const { outcome, message, claim } = answer;
  const view = { text: message };
  if (outcome === "granted") return granted(state, answer);
  if (claim && (outcome === "retry" || outcome === "denied")) {
    const left = Math.max(1, TRIES - state.visit.tries);
    return go(state, "retry", { view: { ...view, left } }, sound("retry"), timer(TIMES.retry));
  }
  if (outcome === "desk") return go(state, "desk", {}, darkCamera, sound("desk"), timer(TIMES.read));
  if (outcome === "denied" && answer.reason !== "no_match") {
    return go(state, "denied", { view }, darkCamera, sound("desk"), timer(TIMES.read));
  }
  const said = ["no_match", "reference_outdated"].includes(answer.reason) ? view : {};
  return go(state, "use_card", { view: said }, darkCamera, sound("retry"), timer(TIMES.wait));
}

function granted(state, { person, attendance, reason, message }) {
  const view = { name: person?.display_name ?? "", late: attendance?.minutes_late ?? 0 };
  if (reason === "exit_free") view.title = message;
  return go(state, "granted", { view, visit: null }, darkCamera, sound("granted"), timer(TIMES.result));
}

function failed(state, { status }) {
  if (status === 401) return go(state, "unpaired", { visit: null }, darkCamera);
  if (status === "offline" || status === "slow" || status === 429) {
    const screen = status === "offline" ? "offline" : "slow";
    return go(state, screen, { visit: null }, darkCamera, sound("desk"), timer(TIMES.poll));
  }
  return go(state, "use_card", {}, darkCamera, sound("retry"), timer(TIMES.wait));
}

function cameraFailed(state, { at, why }) {
  const rests = { cameraRestsUntil: at + TIMES.cameraRests, cameraTrouble: why };
  return go(state, "camera", rests, darkCamera, sound("retry"), timer(TIMES.wait));
}

const tookLonger = (state) => !state.answer && stay(state, { view: { ...state.view, longer: true } });
const alone = (state) => go(state, "card_only", {}, darkCamera, timer(TIMES.wait));
// Whoever has shown a card already needn't show it again.
const aloneNow = (state, { at }) => sendCard(state, { ...state.visit, since: at }, true);

const TALKING = {
  answered,
  failed,
  longer: tookLonger,
  floor: (state) => showResult(state, state.answer),
};
const UNTIL_NEXT = { card: cardShown, time: wait };
const BROKEN = {
  card: cardShown,
  time: (state) => stay(state, {}, { do: "poll" }),
  healthy: wait,
  unhealthy: (state) => stay(state, {}, timer(TIMES.poll)),
};

const HANDLERS = {
  waiting: {
    card: cardShown,
    cardOnly: alone,
    scan: (state) => go(state, "scan", {}, { do: "scan" }, timer(TIMES.wait)),
    lost: (state) => go(state, "offline", {}, timer(TIMES.poll)),
  },
  card_only: UNTIL_NEXT,
  scan: { ...UNTIL_NEXT, cardOnly: alone, cameraFailed },
  working: TALKING,
  look: { frames: framesTaken, cameraFailed, cardOnly: aloneNow },
  checking: TALKING,
  retry: { time: (state) => look(state, state.view.text), cardOnly: aloneNow },
  granted: { time: wait },
  denied: UNTIL_NEXT,
  desk: UNTIL_NEXT,
  use_card: UNTIL_NEXT,
  camera: UNTIL_NEXT,
  offline: BROKEN,
  slow: BROKEN,
  unpaired: {},
};
const EVERYWHERE = {
  clock: (state, { minutes }) => stay(state, { clockWrongBy: minutes }),
};
