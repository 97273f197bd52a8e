/** The dialog in which one mark is set, with the line of what was written. It works without a connection. */

export class Editor {
  constructor(words, { put, minutesNow, undo }) {
    Object.assign(this, { words, put, minutesNow, undo });
    this.dialog = document.getElementById("editor");
    this.form = this.dialog.querySelector("form");
    this.chips = [...this.dialog.querySelectorAll(".chip")];
    this.dialog.querySelector(".chips").hidden = false;
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.form.addEventListener("change", () => this.offerReasons());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.querySelector("[data-undo]").addEventListener("click", () => { this.dialog.close(); this.undo(this.row); });
    for (const chip of this.chips) chip.addEventListener("click", () => this.choose(chip));
  }

  /** Open the dialog for a row; `typed` is what was typed before and refused, `typed.done` what to do when it is saved. */
  open(row, code, typed = {}) {
    this.row = row;
    this.done = typed.done;
    const { code: stands, minutes } = row.dataset;
    const fields = this.form.elements;
    document.getElementById("editor-name").textContent = row.querySelector("bdi").textContent;
    document.getElementById("editor-now").textContent = row.querySelector(".state").textContent.trim();
    this.say("");
    fields.code.value = code ?? stands;
    if (!fields.code.value) for (const radio of fields.code) radio.checked = false;
    fields.minutes.value = typed.minutes || minutes || this.minutesNow();
    fields.reason.value = typed.reason ?? "";
    this.dialog.querySelector("[data-undo]").hidden = !row.dataset.undo;
    this.offerReasons();
    this.showHistory(row.querySelector("a").href);
    this.dialog.showModal();
    this.firstField(code).focus();
    if (code === "late") fields.minutes.select();
  }

  firstField(code) {
    if (code === "late") return this.form.elements.minutes;
    if (code) return this.chips.find((chip) => !chip.hidden);
    return this.form.querySelector("[name=code]:checked") ?? this.form.querySelector("[name=code]");
  }

  offerReasons() {
    const kind = this.form.elements.code.value === "absent" ? "absent" : "here";
    for (const chip of this.chips) chip.hidden = chip.dataset.for !== kind;
  }

  choose(chip) {
    this.form.elements.reason.value = chip.querySelector("span").textContent;
    this.form.querySelector(".button").focus();
  }

  key(event) {
    const typing = event.target.matches("input[type=text], input[type=number]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const chip = this.chips.filter((one) => !one.hidden)[Number(event.key) - 1];
    if (chip) { event.preventDefault(); this.choose(chip); }
  }

  save() {
    const { code, minutes, reason } = this.form.elements;
    const { code: stands, minutes: stood } = this.row.dataset;
    const late = code.value === "late";
    const wrong = !code.value ? "needsCode" : late && !(minutes.value >= 1 && minutes.value <= 600) ? "needsMinutes" : "";
    const contradicts = stands && (stands !== code.value || (late && stood !== minutes.value));
    const needsReason = (code.value === "absent" || contradicts) && !reason.value.trim();
    if (wrong || needsReason) {
      this.say(this.words[wrong || "needsReason"]);
      (wrong === "needsCode" ? code[0] : wrong ? minutes : reason).focus();
      return;
    }
    this.dialog.close();
    this.done?.();
    this.put(this.row, { code: code.value, minutes: late ? minutes.value : "", reason: reason.value.trim() });
  }

  say(text) {
    const wrong = document.getElementById("editor-wrong");
    wrong.textContent = text;
    wrong.hidden = !text;
  }

  async showHistory(url) {
    const place = document.getElementById("editor-history");
    const row = this.row;
    place.replaceChildren();
    let shown = this.words.offline;
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "manual" });
      if (response.ok) shown = document.createRange().createContextualFragment(await response.text());
    } catch { /* What stays is the sentence that there is no connection. */ }
    if (row === this.row) place.replaceChildren(shown);
  }
}
