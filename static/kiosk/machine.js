// What the screen does next, as a pure function: a state and an event in, a state and its effects out.
// It knows no clock, camera, network or page; `kiosk.js` feeds it and does what it asks for.

export const TIMES = Object.freeze({
  floor: 1000, // From the card to the result, however it was decided: nobody can tell by the time it took.
  result: 2000, // A result, and back to waiting.
  read: 4000, // A result that sends somebody elsewhere; the next card ends it.
  retry: 1600,
  longer: 2500, // After this the screen says that it takes longer.
  wait: 12_000, // For the card that was asked for once more, and for whoever chose a language.
  giveUp: 12_000, // Camera and server have ends of their own. Should one of them ever not come, this is it.
  poll: 3000,
  renew: 15_000, // A screen out of service asks so often whether it has been paired again.
  cameraRests: 60_000, // After a failure of the camera cards go alone for so long, and nobody shows one twice.
});

const TRIES = 3;
const FIRST = new Set(["waiting", "leaving"]);
const LISTENING = new Set([...FIRST, "card_only", "scan", "use_card", "camera", "denied", "desk", "offline", "slow"]);
const CARD_ALONE = new Set(["card_only", "use_card", "camera"]);
const BUSY = new Set(["working", "checking"]);
const SEARCHES_NO_MORE = new Set(
  ["identification_off", "not_calibrated", "not_accepted", "gallery_not_shown", "gallery_too_large", "gallery_empty"]);
const OUT_OF_ORDER = new Set(["offline", "slow", "unpaired"]);

const NOTHING = Object.freeze({
  screen: "waiting", turn: 0, way: "in", identifies: false, direction: "in", language: null, cameraRestsUntil: 0, visit: null, answer: null, view: {},
});

// The first screen of a kiosk that is passed this way, "in", "out" or "both", and may look for a face without a card or not.
export const start = (way, identifies = false) => (
  { ...NOTHING, way, identifies, direction: homeward(way), screen: home(way) });
export const UNPAIRED = Object.freeze({ ...NOTHING, screen: "unpaired" });

const home = (way) => (way === "out" ? "leaving" : "waiting");
const homeward = (way) => (way === "out" ? "out" : "in");

// Whether a card is read now. During a result it isn't: the same card twice would be a second passage.
export const listens = (state) => LISTENING.has(state.screen);

// Whether a button means something now.
export const offersFace = (state) => state.screen === "waiting" && state.identifies;
export const offersCardOnly = (state) => ["waiting", "look", "retry", "scan"].includes(state.screen);
export const offersLanguages = (state) => FIRST.has(state.screen);
export const offersLeaving = (state) => state.screen === "waiting" && state.way === "both";
export const offersNoCard = (state) => state.screen === "leaving";

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

// The next student finds the school's language, whatever the one before had chosen.
function wait(state) {
  const anew = { visit: null, language: null, direction: homeward(state.way) };
  return go(state, home(state.way), anew, darkCamera);
}

function cardShown(state, event) {
  const visit = { card: event.card, since: event.at, tries: 0, claim: null };
  if (state.direction === "out") return sendLeaving(state, visit);
  return sendCard(state, visit, CARD_ALONE.has(state.screen) || event.at < state.cameraRestsUntil);
}

function sendCard(state, visit, alone) {
  const fields = { credential: visit.card, direction: "in", face: alone ? "declined" : "offered" };
  return send(state, "working", visit, { fields, frames: [] });
}

// A touch in the place of a card: nobody is looked at whom the server doesn't ask to look.
function faceAsked(state, { at }) {
  if (!offersFace(state)) return null;
  if (at < state.cameraRestsUntil) return go(state, "use_card", {}, timer(TIMES.wait));
  const visit = { card: "", since: at, tries: 0, claim: null };
  return send(state, "working", visit, { fields: { identify: "yes", direction: "in" }, frames: [] });
}

// The way out is free: nobody is asked to look, and a card only says who left.
function sendLeaving(state, visit) {
  const fields = visit.card ? { credential: visit.card, direction: "out" } : { direction: "out" };
  return send(state, "working", visit, { fields, frames: [] });
}

function framesTaken(state, event) {
  const visit = { ...state.visit, tries: state.visit.tries + 1 };
  // The card once more: some references open with it only, and the server keeps nothing of what it says.
  const fields = visit.card ? { claim: visit.claim, credential: visit.card } : { claim: visit.claim };
  return send(state, "checking", visit, { fields, frames: event.frames });
}

function send(state, screen, visit, call) {
  const dark = screen === "working" ? [darkCamera] : [];
  const ends = [timer(TIMES.longer, "longer"), timer(TIMES.giveUp, "gaveUp")];
  return go(state, screen, { visit }, ...dark, { do: "send", ...call }, ...ends);
}

function answered(state, { at, answer }) {
  const visit = { ...state.visit, claim: answer.claim };
  if (answer.outcome === "look") return look({ ...state, visit }, {});
  const held = TIMES.floor - (at - visit.since);
  return held > 0 ? stay(state, { visit, answer }, timer(held, "floor")) : showResult({ ...state, visit }, answer);
}

function look(state, view) {
  return go(state, "look", { view }, { do: "look" }, timer(TIMES.giveUp, "gaveUp"));
}

// What the answer means is said in the words of the page; the server's own sentence is for a reason it doesn't know.
function saidBy({ reason, message, claim }) {
  return { said: reason === "no_match" && claim ? "no_match_again" : reason, message };
}

function showResult(state, answer) {
  const { outcome, reason, claim } = answer;
  const view = saidBy(answer);
  if (outcome === "granted") return granted(state, answer);
  if (claim && (outcome === "retry" || outcome === "denied")) {
    const left = Math.max(1, TRIES - state.visit.tries);
    return go(state, "retry", { view: { ...view, left } }, sound("retry"), timer(TIMES.retry));
  }
  if (outcome === "desk") return go(state, "desk", {}, darkCamera, sound("desk"), timer(TIMES.read));
  if (outcome === "denied" && reason !== "no_match") {
    return go(state, "denied", { view }, darkCamera, sound("desk"), timer(TIMES.read));
  }
  const said = ["no_match", "reference_outdated"].includes(reason) ? view : {};
  const renew = SEARCHES_NO_MORE.has(reason) ? [{ do: "renew" }] : []; // The button goes with the page.
  return go(state, "use_card", { view: said }, darkCamera, sound("retry"), ...renew, timer(TIMES.wait));
}

function granted(state, { person, attendance, reason }) {
  const view = { name: person?.display_name ?? "", late: attendance?.minutes_late ?? 0, leaves: reason === "exit_free" };
  return go(state, "granted", { view }, darkCamera, sound("granted"), timer(TIMES.result));
}

function failed(state, { status }) {
  if (status === 401) return go(state, "unpaired", { visit: null }, darkCamera, timer(TIMES.renew));
  if (status === "offline" || status === "slow" || status === 429) {
    const screen = status === "offline" ? "offline" : "slow";
    return go(state, screen, { visit: null }, darkCamera, sound("desk"), timer(TIMES.poll));
  }
  // The server doesn't understand this page: it may have been set up anew meanwhile.
  return go(state, "use_card", {}, darkCamera, sound("retry"), { do: "renew" }, timer(TIMES.wait));
}

function cameraFailed(state, { at, why }) {
  const rests = { cameraRestsUntil: at + TIMES.cameraRests, cameraTrouble: why };
  return go(state, "camera", rests, darkCamera, sound("retry"), timer(TIMES.wait));
}

const tookLonger = (state) => !state.answer && stay(state, { view: { ...state.view, longer: true } });
const alone = (state) => go(state, "card_only", {}, darkCamera, timer(TIMES.wait));
// Whoever has shown a card already needn't show it again; whoever touched the button has yet to.
const aloneNow = (state, { at }) =>
  state.visit.card ? sendCard(state, { ...state.visit, since: at }, true) : alone(state);
const speak = (state, { language }) => go(state, state.screen, { language }, timer(TIMES.wait));
const lost = (state) => go(state, "offline", {}, timer(TIMES.poll));
const lookAgain = (state) => look(state, { said: state.view.said, message: state.view.message });

const TALKING = {
  answered,
  failed,
  longer: tookLonger,
  gaveUp: (state) => !state.answer && failed(state, { status: "slow" }),
  floor: (state) => state.answer && showResult(state, state.answer),
};
const UNTIL_NEXT = { card: cardShown, time: wait };
const BROKEN = {
  card: cardShown,
  time: (state) => stay(state, {}, { do: "poll" }),
  healthy: wait,
  unhealthy: (state) => stay(state, {}, timer(TIMES.poll)),
  shown: (state) => go(state, state.screen, {}, { do: "poll" }),
};

const HANDLERS = {
  waiting: {
    ...UNTIL_NEXT,
    cardOnly: alone,
    face: faceAsked,
    scan: (state) => go(state, "scan", {}, { do: "scan" }, timer(TIMES.wait)),
    leave: (state) => offersLeaving(state) && go(state, "leaving", { direction: "out" }, timer(TIMES.wait)),
    speak,
    lost,
  },
  leaving: { ...UNTIL_NEXT, noCard: (state, { at }) => sendLeaving(state, { card: "", since: at }), speak, lost },
  card_only: UNTIL_NEXT,
  scan: { ...UNTIL_NEXT, cardOnly: alone, cameraFailed },
  working: TALKING,
  look: {
    frames: framesTaken,
    cameraFailed,
    gaveUp: (state, { at }) => cameraFailed(state, { at, why: "busy" }),
    cardOnly: aloneNow,
  },
  checking: TALKING,
  retry: { time: lookAgain, cardOnly: aloneNow },
  granted: { time: wait },
  denied: UNTIL_NEXT,
  desk: UNTIL_NEXT,
  use_card: UNTIL_NEXT,
  camera: UNTIL_NEXT,
  offline: BROKEN,
  slow: BROKEN,
  unpaired: {
    started: (state) => stay(state, {}, timer(TIMES.renew)),
    time: (state) => stay(state, {}, { do: "renew" }, timer(TIMES.renew)),
    shown: (state) => go(state, "unpaired", {}, { do: "renew" }, timer(TIMES.renew)),
  },
};
const EVERYWHERE = {
  clock: (state, { minutes }) => stay(state, { clockWrongBy: minutes }),
  // Nobody stands before a page that can't be seen: no camera for nobody, and no name for whoever comes next.
  hidden: (state) => !BUSY.has(state.screen) && !OUT_OF_ORDER.has(state.screen) && wait(state),
};
