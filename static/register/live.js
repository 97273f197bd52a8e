/**
 * Keeps the lines of a register up to date. htmx asks every few seconds; here only what differs is changed, so
 * that nothing flickers, moves or loses the focus. An unchanged register costs one answer without a body.
 */

const STALE_MS = 20_000;
const LONGEST_PAUSE_MS = 30_000;
const SPEAK_MS = 5_000;

const remembered = new Map(); // id of a row -> the row as the server wrote it

export class Live {
  constructor(sheet, words, painted) {
    Object.assign(this, { sheet, words, painted });
    this.fresh = document.querySelector("#fresh > span");
    this.version = `"${sheet.dataset.version}"`;
    this.time = sheet.dataset.time;
    this.upToDate = performance.now();
    this.barrier = 0; // answers to questions asked before this moment are older than what is shown
    this.failures = 0;
    this.notBefore = 0;
    this.asked = new WeakMap();
    for (const row of sheet.querySelectorAll(".register > li")) remembered.set(row.id, row.outerHTML);
    this.listen();
    this.showFreshness();
    setInterval(() => this.showFreshness(), 1000);
  }

  listen() {
    window.htmx.defineExtension("rows", {
      isInlineSwap: (style) => style === "rows",
      handleSwap: (style, _target, fragment) => (style === "rows" ? (this.apply(fragment), []) : false),
    });
    const on = (name, act) => this.sheet.addEventListener(`htmx:${name}`, act);
    on("configRequest", (event) => { event.detail.headers["If-None-Match"] = this.version; });
    on("beforeRequest", (event) => {
      if (document.hidden || performance.now() < this.notBefore) event.preventDefault();
      else this.asked.set(event.detail.xhr, performance.now());
    });
    on("beforeSwap", (event) => {
      const { xhr } = event.detail;
      if (!xhr.getResponseHeader("ETag") || this.asked.get(xhr) < this.barrier) event.detail.shouldSwap = false;
    });
    on("afterRequest", (event) => this.answered(event.detail.xhr));
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.askNow(); });
    window.addEventListener("online", () => this.askNow());
  }

  askNow() {
    this.notBefore = 0;
    window.htmx.trigger(this.sheet, "refresh");
  }

  answered(xhr) {
    if (xhr.status === 200 && !xhr.getResponseHeader("ETag")) return this.signedOut();
    if (xhr.status !== 200 && xhr.status !== 304) {
      this.failures += 1;
      this.notBefore = performance.now() + Math.min(LONGEST_PAUSE_MS, 2000 * 2 ** this.failures);
      return this.showFreshness();
    }
    if (this.asked.get(xhr) >= this.barrier) this.isCurrent(xhr.getResponseHeader("ETag"), xhr.getResponseHeader("Register-Time"));
  }

  /** Take the lines out of an answer to something that was sent. */
  take(html, headers) {
    this.barrier = performance.now();
    const fragment = document.createRange().createContextualFragment(html);
    const said = fragment.querySelector(".said")?.textContent ?? "";
    this.apply(fragment);
    this.isCurrent(headers.get("ETag"), headers.get("Register-Time"));
    return said;
  }

  isCurrent(version, time) {
    this.version = version ?? this.version;
    this.time = time ?? this.time;
    this.upToDate = performance.now();
    this.failures = 0;
    this.notBefore = 0;
    document.getElementById("signed-out").hidden = true;
    this.showFreshness();
  }

  signedOut() {
    document.getElementById("signed-out").hidden = false;
    this.notBefore = performance.now() + LONGEST_PAUSE_MS;
  }

  showFreshness() {
    const stale = performance.now() - this.upToDate > STALE_MS;
    const text = (stale ? this.words.stale : this.words.updated).replace("%t", this.time);
    if (this.fresh.textContent !== text) this.fresh.textContent = text;
    this.fresh.parentElement.classList.toggle("stale", stale);
    this.sheet.classList.toggle("stale", stale);
  }

  apply(fragment) {
    const counts = this.sheet.querySelector(".counts");
    const fresh = fragment.querySelector(".counts");
    if (fresh && counts.innerHTML !== fresh.innerHTML) {
      counts.replaceChildren(...fresh.childNodes);
      this.speak();
    }
    const list = fragment.querySelector(".register");
    if (list) applyRows(this.sheet.querySelector(".register"), list);
    this.painted();
  }

  /** Tell a screen reader the counts, at most once in a few seconds. */
  speak() {
    if (this.speaking) return;
    this.speaking = setTimeout(() => {
      this.speaking = 0;
      const counts = [...this.sheet.querySelectorAll(".counts > div")];
      document.getElementById("spoken").textContent = counts
        .map((count) => `${count.querySelector("dt").textContent}: ${count.querySelector("dd").textContent}`)
        .join(", ");
    }, SPEAK_MS);
  }
}

function applyRows(list, fresh) {
  let here = list.firstElementChild;
  const stays = new Set();
  for (const next of [...fresh.children]) {
    stays.add(next.id);
    const html = next.outerHTML;
    let row = document.getElementById(next.id);
    if (!row) list.insertBefore((row = document.importNode(next, true)), here);
    else if (remembered.get(row.id) !== html) turn(row, next);
    remembered.set(next.id, html);
    here = row.nextElementSibling;
  }
  for (const row of [...list.children]) if (!stays.has(row.id)) row.remove();
}

/** Change what a row says and keep the row itself, and the link in it that may have the focus. */
function turn(row, next) {
  for (const { name, value } of [...next.attributes]) row.setAttribute(name, value);
  row.firstElementChild.replaceChildren(...next.firstElementChild.childNodes);
  row.classList.add("turned");
  row.addEventListener("animationend", () => row.classList.remove("turned"), { once: true });
}
