// Puts a state on the glass. Colour, word and shape say the same thing, and none of them comes from elsewhere.

import { offersCardOnly, offersFace, offersLanguages, offersLeaving, offersNoCard } from "./machine.js";

const ICONS = {
  waiting: "card", leaving: "door", card_only: "card", use_card: "card", camera: "card", granted: "tick", retry: "again",
  denied: "cross", desk: "desk", offline: "cloud", slow: "clock", unpaired: "cloud",
};
const LABELS = { face: "use_my_face", "card-only": "use_my_card_only", scan: "scan_my_card", leave: "i_leave", "no-card": "no_card", sign: "camera_on" };
const SAME_AS = { checking: "working" };
const CAMERA_SCREENS = new Set(["look", "checking", "scan"]);

export class Screens {
  #parts;
  #languages;
  #language;
  #default;

  constructor(languages, language) {
    const names = ["title", "text", "more", "icon", "use", "staff", "sign", "clock", "languages", "pair", ...Object.keys(LABELS)];
    this.#parts = Object.fromEntries(names.map((name) => [name, document.getElementById(name)]));
    this.#languages = Object.fromEntries(languages.map((one) => [one.code, one]));
    this.#default = language;
    this.#speak(language);
  }

  get language() {
    return this.#language;
  }

  #speak(code) {
    if (code === this.#language) return;
    this.#language = document.documentElement.lang = code;
    for (const button of this.#parts.languages.children) button.setAttribute("aria-pressed", button.value === code);
    for (const [name, word] of Object.entries(LABELS)) this.#parts[name].lastElementChild.textContent = this.#word(word);
    this.#parts.pair.textContent = this.#word("staff_pair");
    this.tick();
  }

  tick() {
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    this.#parts.clock.textContent = new Date().toLocaleTimeString(this.language, time);
  }

  paint(state, { cameraIsOn, canScan }) {
    const screen = SAME_AS[state.screen] ?? state.screen;
    this.#speak(state.language ?? this.#default);
    document.body.dataset.screen = state.screen;
    document.body.classList.toggle("sees", cameraIsOn && CAMERA_SCREENS.has(state.screen));
    this.#parts.use.setAttribute("href", `#icon-${ICONS[screen] ?? "person"}`);
    say(this.#parts.title, this.#word(state.view.leaves ? "goodbye" : screen));
    say(this.#parts.text, this.#text(offersFace(state) ? "waiting_face" : screen, state.view));
    say(this.#parts.more, this.#more(state.view));
    say(this.#parts.staff, this.#forStaff(state));
    this.#parts.sign.hidden = !cameraIsOn;
    this.#parts.face.hidden = !offersFace(state);
    this.#parts["card-only"].hidden = !offersCardOnly(state);
    this.#parts.scan.hidden = !canScan || state.screen !== "waiting";
    this.#parts.leave.hidden = !offersLeaving(state);
    this.#parts["no-card"].hidden = !offersNoCard(state);
    this.#parts.languages.hidden = !offersLanguages(state) || Object.keys(this.#languages).length < 2;
  }

  #text(screen, view) {
    if (view.longer) return this.#word("longer_text");
    const said = view.said && (this.#word(`said_${view.said}`) || view.message);
    return view.name || said || this.#word(`${screen}_text`);
  }

  #more(view) {
    if (view.late) return this.#count("late", view.late);
    return view.left ? this.#count("left", view.left) : "";
  }

  // What is wrong with the device is nobody's business but the staff's, and stands while nobody passes.
  #forStaff(state) {
    if (state.screen === "camera") return this.#word(`staff_camera_${state.cameraTrouble}`);
    if (!offersLanguages(state)) return "";
    return state.clockWrongBy ? this.#word("staff_clock").replace("%n", state.clockWrongBy) : "";
  }

  #count(name, number) {
    return number === 1 ? this.#word(`${name}_one`) : this.#word(name).replace("%n", number);
  }

  #word(name) {
    return this.#languages[this.#language].words[name] ?? "";
  }
}

function say(part, sentence) {
  if (part.textContent !== sentence) part.textContent = sentence;
  part.hidden = !sentence;
}
