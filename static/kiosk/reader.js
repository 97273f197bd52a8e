// Reads a card from a reader that types: only a burst of keys at a reader's speed that is a whole card counts.
// Nothing else of it reaches the page, least of all the Enter at its end, which would press a focused button.

const GAP_MS = 60; // Readers leave 1 to 30 ms between keys. Nobody types a whole card with such gaps.
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);
const SILENCE_MS = 250; // Not every reader ends with Enter: then this much silence does.
const TOO_LONG = 256;

export class CardReader {
  #card;
  #onCard;
  #isListening;
  #timer = 0;
  #last = -Infinity;
  #keys = "";
  #codes = "";
  #welcome = false;

  constructor(pattern, onCard, isListening) {
    this.#card = new RegExp(`^${pattern}$`);
    this.#onCard = onCard;
    this.#isListening = isListening;
  }

  listenTo(target) {
    target.addEventListener("keydown", (event) => this.#take(event), { capture: true });
    // Some readers paste; so does whoever tries the screen without one.
    target.addEventListener("paste", (event) => this.#paste(event.clipboardData?.getData("text") ?? ""));
  }

  #take(event) {
    const inBurst = event.timeStamp - this.#last <= GAP_MS;
    if (inBurst) this.#last = event.timeStamp;
    if (MODIFIERS.has(event.key)) return;
    if (ENDS.has(event.key) || ENDS.has(event.code)) return inBurst && this.#end(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return inBurst && swallow(event);
    const key = event.key.length === 1 ? event.key.toUpperCase() : "";
    const code = characterOf(event.code);
    if ((!key && !code) || (key === " " && !inBurst)) return;
    swallow(event);
    if (event.repeat) return;
    if (!inBurst || !(this.#keys || this.#codes)) this.#begin(event.timeStamp);
    // A layout or an input method may change what a key says, and never which key it is: both are kept.
    if (this.#keys.length < TOO_LONG) this.#keys += key;
    if (this.#codes.length < TOO_LONG) this.#codes += code;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#judge(), SILENCE_MS);
  }

  #begin(at) {
    this.#last = at;
    this.#keys = this.#codes = "";
    this.#welcome = this.#isListening();
  }

  #end(event) {
    swallow(event);
    this.#judge();
  }

  #paste(text) {
    this.#welcome = this.#isListening();
    this.#keys = text.slice(0, TOO_LONG).trim().toUpperCase();
    this.#judge();
  }

  #judge() {
    clearTimeout(this.#timer);
    const card = [this.#keys, this.#codes].find((text) => this.#card.test(text));
    this.#keys = this.#codes = "";
    if (card && this.#welcome && this.#isListening()) this.#onCard(card);
  }
}

function characterOf(code) {
  return /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(code ?? "")?.slice(1).find(Boolean) ?? "";
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
