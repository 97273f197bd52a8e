// Talks to the server. A call that got no answer is repeated under the same capture id, so that it is decided
// once however often it is sent.

const ATTEMPT_MS = 4000; // The server answers within 2 s, whatever happens to it.
const BUDGET_MS = 8000;
const PAUSES_MS = [300, 900];
const HEALTH_MS = 2500;

export class Calls {
  #paths;

  constructor({ captures, health, header }) {
    this.#paths = { captures, health, header };
  }

  // Send one capture. Returns {type: "answered", answer} or {type: "failed", status}: an HTTP status, offline or slow.
  async send(fields, frames, language) {
    const body = new FormData();
    const named = { capture_id: crypto.randomUUID(), captured_at: new Date().toISOString(), ...fields };
    Object.entries(named).forEach(([name, value]) => body.append(name, value));
    frames.forEach((frame, number) => body.append("image", frame, `${number + 1}.jpg`));
    const headers = { "Accept-Language": language, [this.#paths.header]: "1" };
    const end = performance.now() + BUDGET_MS;
    for (let attempt = 0; ; attempt++) {
      const said = await post(this.#paths.captures, { body, headers }, Math.min(ATTEMPT_MS, end - performance.now()));
      const pause = PAUSES_MS[attempt];
      if (!said.again || pause === undefined || performance.now() + pause + 500 > end) return said.result;
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  // Returns whether the server answers, and by how many milliseconds this device's clock is ahead of the server's.
  async health() {
    try {
      const signal = AbortSignal.timeout(HEALTH_MS);
      const response = await fetch(this.#paths.health, { signal, cache: "no-store" });
      const served = Date.parse(response.headers.get("Date"));
      return { ok: response.ok, ahead: Number.isNaN(served) ? 0 : Date.now() - served };
    } catch {
      return { ok: false, ahead: 0 };
    }
  }
}

async function post(path, { body, headers }, ms) {
  const again = (status) => ({ again: true, result: { type: "failed", status } });
  try {
    const signal = AbortSignal.timeout(Math.max(1, ms));
    const response = await fetch(path, { method: "POST", body, headers, signal, redirect: "error", cache: "no-store" });
    if (response.status >= 500) return again("slow");
    if (!response.ok) return { result: { type: "failed", status: response.status } };
    return { result: { type: "answered", answer: await response.json() } };
  } catch (error) {
    return again(error.name === "TimeoutError" ? "slow" : "offline");
  }
}
