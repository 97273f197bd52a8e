/** Keys on the list: arrows and j k move, p l a mark, u undoes, ? tells. Single letters can be switched off. */

const SETTING = "register-keys";

export class Keys {
  constructor(sheet, { mark, undo }) {
    Object.assign(this, { sheet, mark, undo });
    this.help = document.getElementById("keys");
    this.setting = document.getElementById("keys-on");
    try { this.setting.checked = localStorage.getItem(SETTING) !== "off"; } catch { /* Then they are on. */ }
    this.setting.addEventListener("change", () => {
      try { localStorage.setItem(SETTING, this.setting.checked ? "on" : "off"); } catch { /* Until the page goes. */ }
    });
    const button = document.getElementById("keys-button");
    button.hidden = false;
    button.addEventListener("click", () => this.help.showModal());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get links() {
    return [...this.sheet.querySelectorAll(".register > li > a")];
  }

  get row() {
    return document.activeElement?.closest?.(".register > li");
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select")) return;
    const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (arrow && !this.row) return; // Outside the list the arrows scroll, as ever.
    if (!arrow && event.key.length === 1 && !this.setting.checked) return;
    const letter = event.key.toLowerCase();
    const acts = {
      j: () => this.move(1),
      k: () => this.move(-1),
      arrowdown: () => this.move(1),
      arrowup: () => this.move(-1),
      home: () => this.row && this.links.at(0).focus(),
      end: () => this.row && this.links.at(-1).focus(),
      "?": () => this.help.showModal(),
      p: () => this.row && this.mark(this.row, "present"),
      l: () => this.row && this.mark(this.row, "late"),
      a: () => this.row && this.mark(this.row, "absent"),
      u: () => this.row && this.undo(this.row),
    };
    if (!acts[letter] || ("homeend".includes(letter) && !this.row)) return;
    event.preventDefault();
    acts[letter]();
  }

  /** Go to the next row; from outside the list, to the first student who isn't here. */
  move(step) {
    const links = this.links;
    const now = links.indexOf(document.activeElement);
    const missing = links.findIndex((link) => link.parentElement.matches(".check, .not_yet"));
    const next = now < 0 ? Math.max(missing, 0) : Math.min(Math.max(now + step, 0), links.length - 1);
    links[next]?.focus();
  }
}
