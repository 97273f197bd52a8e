/**
 * Keeps what couldn't be sent yet. Each change lies in the browser's storage, without a name, until the server has
 * answered it; sent again it carries the same submission, which the server counts once.
 */

const RETRY_MS = 5_000;
const PATIENCE_MS = 10_000;
const KEPT_MS = 24 * 3600_000;

export class Outbox {
  /** `token()` gives the form token, `answered(html, headers)` shows an answer, `changed()` paints anew. */
  constructor(key, { token, answered, changed, signedOut }) {
    Object.assign(this, { key, token, answered, changed, signedOut });
    this.busy = false;
    setInterval(() => this.flush(), RETRY_MS);
    window.addEventListener("online", () => this.flush());
    window.addEventListener("storage", (event) => { if (event.key === key) this.changed(); });
  }

  get entries() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return kept.filter((entry) => Date.now() - entry.at < KEPT_MS);
    } catch {
      return this.unkept ?? [];
    }
  }

  set entries(list) {
    this.unkept = list;
    try {
      if (list.length) localStorage.setItem(this.key, JSON.stringify(list));
      else localStorage.removeItem(this.key);
    } catch { /* Storage is full or forbidden: this page still keeps them while it is open. */ }
    this.changed();
  }

  of(row) {
    return this.entries.filter((entry) => entry.row === row);
  }

  put(entry) {
    const made = { ...entry, submission: entry.submission ?? uuid(), at: Date.now(), state: "waiting", tried: 0 };
    this.entries = [...this.entries, made];
    this.flush();
  }

  discard(submission) {
    this.entries = this.entries.filter((entry) => entry.submission !== submission);
  }

  update(submission, fields) {
    this.entries = this.entries.map((entry) => (entry.submission === submission ? { ...entry, ...fields } : entry));
  }

  /** Delete from the browser's storage what is too old to be sent. */
  forgetOld() {
    const fresh = this.entries;
    let kept = 0;
    try {
      kept = JSON.parse(localStorage.getItem(this.key) ?? "[]").length;
    } catch { /* Storage is forbidden: nothing lies there. */ }
    if (kept > fresh.length) this.entries = fresh;
  }

  /** Send what waits, one after the other, as long as the server answers. */
  async flush() {
    if (this.busy) return;
    this.busy = true;
    this.forgetOld();
    try {
      let entry;
      while ((entry = this.entries.find(({ state }) => state === "waiting"))) {
        if (!(await this.send(entry))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  async send(entry) {
    let response, html;
    try {
      const { standing, submission, code, minutes, reason } = entry;
      const fields = { csrfmiddlewaretoken: this.token(), standing, submission, code, minutes, reason };
      const body = new URLSearchParams(Object.entries(fields).filter(([, value]) => value != null));
      response = await fetch(entry.url, {
        method: "POST", body, redirect: "manual", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE_MS),
      });
      html = await response.text();
    } catch {
      this.update(entry.submission, { tried: entry.tried + 1 });
      return false;
    }
    if (response.type === "opaqueredirect" || response.status === 403) this.signedOut();
    const lines = response.headers.get("ETag"); // Anything else that answers, a proxy or a sign-in page, has none.
    if (response.ok && lines) {
      this.written(entry, response.headers.get("Register-Written"));
      this.answered(html, response.headers);
    } else if ([404, 409, 422].includes(response.status)) {
      const kept = this.refused(entry, response.status);
      if (lines) this.update(kept, { said: this.answered(html, response.headers) });
    } else {
      this.update(entry.submission, { tried: entry.tried + 1 });
      return false;
    }
    return true;
  }

  /** Forget what is written; what was put after it for the same student follows on it. */
  written(entry, mark) {
    this.entries = this.entries
      .filter(({ submission }) => submission !== entry.submission)
      .map((later) => (later.row === entry.row && later.state === "waiting" ? { ...later, standing: mark } : later));
  }

  /** Keep a refused change for its author to decide, of several for one student the last, and return its submission. */
  refused(entry, status) {
    const waiting = this.entries.filter(({ row, state }) => row === entry.row && state === "waiting");
    const last = waiting.at(-1)?.submission ?? entry.submission;
    const state = status === 409 ? "newer" : "refused";
    this.entries = this.entries
      .filter(({ submission }) => submission === last || !waiting.some((one) => one.submission === submission))
      .map((one) => (one.submission === last ? { ...one, state } : one));
    return last;
  }
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // Pages served without HTTPS have no randomUUID.
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
