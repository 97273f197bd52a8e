// Puts a state on the glass. Colour, word and shape say the same thing, and none of them comes from elsewhere.

import { offersCardOnly } from "./machine.js";

const ICONS = {
  waiting: "card", card_only: "card", use_card: "card", camera: "card", granted: "tick", retry: "again",
  denied: "cross", desk: "desk", offline: "cloud", slow: "clock", unpaired: "cloud",
};
const SAME_AS = { checking: "working" };
const CAMERA_SCREENS = new Set(["look", "checking", "scan"]);

export class Screens {
  #parts;
  #languages;
  #language;

  constructor(languages) {
    const names = ["title", "text", "more", "icon", "use", "staff", "sign", "clock", "card-only", "scan", "language"];
    this.#parts = Object.fromEntries(names.map((name) => [name, document.getElementById(name)]));
    this.#languages = languages;
    this.speak(0);
  }

  get language() {
    return this.#languages[this.#language].code;
  }

  speak(number) {
    this.#language = number % this.#languages.length;
    document.documentElement.lang = this.language;
    const next = this.#languages[(this.#language + 1) % this.#languages.length];
    this.#parts.language.textContent = next.name;
    this.#parts.language.lang = next.code;
    this.#parts.language.hidden = this.#languages.length < 2;
    this.#parts["card-only"].lastElementChild.textContent = this.#word("use_my_card_only");
    this.#parts.scan.lastElementChild.textContent = this.#word("scan_my_card");
    this.#parts.sign.lastElementChild.textContent = this.#word("camera_on");
    this.tick();
  }

  speakNext() {
    this.speak(this.#language + 1);
  }

  tick() {
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    this.#parts.clock.textContent = new Date().toLocaleTimeString(this.language, time);
  }

  paint(state, { cameraIsOn, canScan }) {
    const screen = SAME_AS[state.screen] ?? state.screen;
    document.body.dataset.screen = state.screen;
    document.body.classList.toggle("sees", cameraIsOn && CAMERA_SCREENS.has(state.screen));
    this.#parts.use.setAttribute("href", `#icon-${ICONS[screen] ?? "person"}`);
    say(this.#parts.title, state.view.title ?? this.#word(screen));
    say(this.#parts.text, this.#text(screen, state.view));
    say(this.#parts.more, this.#more(state.view));
    say(this.#parts.staff, this.#forStaff(state));
    this.#parts.sign.hidden = !cameraIsOn;
    this.#parts["card-only"].hidden = !offersCardOnly(state);
    this.#parts.scan.hidden = !canScan || state.screen !== "waiting";
  }

  #text(screen, view) {
    if (view.longer) return this.#word("longer_text");
    return view.name || view.text || this.#word(`${screen}_text`);
  }

  #more(view) {
    if (view.late) return this.#count("late", view.late);
    return view.left ? this.#count("left", view.left) : "";
  }

  // What is wrong with the device is nobody's business but the staff's, and stands while nobody passes.
  #forStaff(state) {
    if (state.screen === "camera") return this.#word(`staff_camera_${state.cameraTrouble}`);
    if (state.screen !== "waiting") return "";
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
