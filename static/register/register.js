/** Today's register: live lines, marks by key or by touch, and nothing typed is lost where the connection is bad. */

import { Editor } from "./editor.js";
import { Keys } from "./keys.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";

const sheet = document.getElementById("sheet");
const words = document.getElementById("words").dataset;
const unsaved = document.getElementById("unsaved");
const opened = Date.now();

const live = new Live(sheet, words, () => paint());
const outbox = new Outbox(sheet.dataset.outbox, {
  token: () => document.querySelector("[name=csrfmiddlewaretoken]").value,
  answered: (html, headers) => live.take(html, headers),
  changed: () => paint(),
  signedOut: () => live.signedOut(),
});
const editor = new Editor(words, { put, minutesNow, undo });
new Keys(sheet, { mark, undo });

/** Set a mark from the list: at once where nothing is left to say, otherwise in the dialog. */
function mark(row, code) {
  const { code: stands, look } = row.dataset;
  if (code !== "present" || (stands && stands !== code)) return editor.open(row, code);
  if (stands === code && !look) return tell(words.already);
  put(row, { code, minutes: "", reason: "" });
}

function put(row, { code, minutes, reason }) {
  outbox.put({ url: row.querySelector("a").href, row: row.id, standing: row.dataset.standing, code, minutes, reason });
}

function undo(row) {
  if (!row.dataset.undo && !outbox.of(row.id).length) return tell(words.nothing);
  outbox.put({ url: `${row.querySelector("a").href}undo/`, row: row.id, standing: row.dataset.standing, code: null });
}

function minutesNow() {
  const { now, lateAfter, closes } = sheet.dataset;
  const at = Number(now) + (Date.now() - opened) / 1000;
  const late = Math.ceil((at - Number(lateAfter)) / 60);
  return late >= 1 && late <= 600 && at <= Number(closes) ? late : 5;
}

function tell(text) {
  document.getElementById("spoken").textContent = text;
}

function label({ code, minutes }) {
  return code === null ? words.undo : code === "late" ? words.late.replace("%n", minutes) : words[code];
}

/** Show on the rows, and above them, what the server hasn't got yet. */
function paint() {
  const entries = outbox.entries;
  const stuck = entries.some((entry) => entry.tried);
  const last = new Map(entries.map((entry) => [entry.row, entry]));
  for (const row of sheet.querySelectorAll(".register > li")) {
    const entry = last.get(row.id);
    const state = row.querySelector(".state");
    state.querySelector(".mine")?.remove();
    row.classList.toggle("unsaved", Boolean(entry));
    if (!entry) continue;
    const mine = document.createElement("span");
    mine.className = "mine";
    mine.textContent = `${label(entry)} · ${stuck || entry.state !== "waiting" ? words.unsaved : words.saving}`;
    state.append(mine);
  }
  const troubled = entries.filter((entry) => stuck || entry.state !== "waiting");
  unsaved.hidden = !troubled.length;
  unsaved.querySelector("h2").textContent = words.unsavedTitle.replace("%n", troubled.length);
  unsaved.querySelector("ul").replaceChildren(...troubled.map(trouble));
}

function trouble(entry) {
  const item = document.createElement("li");
  const row = document.getElementById(entry.row);
  const who = document.createElement("bdi");
  who.textContent = row?.querySelector("bdi").textContent ?? "?";
  item.append(who, `: ${label(entry)}${entry.reason ? ` (${entry.reason})` : ""}. ${entry.said ?? ""} `);
  if (entry.state === "newer" && row) {
    const now = row.querySelector(".word, .look").textContent;
    item.append(`→ ${now} `, button(words.mine, () => again(row, entry)), " ");
  }
  if (entry.state !== "waiting") item.append(button(words.leave, () => outbox.discard(entry.submission)));
  return item;
}

/** Send over the newer mark what was refused because of it; the newer one may ask for a reason first. */
function again(row, entry) {
  const done = () => outbox.discard(entry.submission);
  if (entry.code !== null) return editor.open(row, entry.code, { ...entry, done });
  done();
  undo(row);
}

function button(text, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "linklike", textContent: text });
  made.addEventListener("click", act);
  return made;
}

sheet.addEventListener("click", (event) => {
  const row = event.target.closest(".register > li");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  row.querySelector("a").focus();
  editor.open(row);
});
unsaved.querySelector("[data-retry]").addEventListener("click", () => outbox.flush());
for (const close of document.querySelectorAll("dialog [data-close]")) {
  close.addEventListener("click", () => close.closest("dialog").close());
}
paint();
outbox.flush();
document.documentElement.dataset.ready = "register";
