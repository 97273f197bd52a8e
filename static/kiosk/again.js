// The page that stands in for the gate's screen asks whether the school can be reached, and makes way when it can.

const HEALTH = document.querySelector("script[data-ask]").dataset.ask;
const EVERY_MS = 3000;

async function again() {
  try {
    const answer = await fetch(HEALTH, { cache: "no-store", signal: AbortSignal.timeout(EVERY_MS) });
    if (answer.ok) location.reload();
  } catch {
    // Still nothing.
  }
  setTimeout(again, EVERY_MS);
}

addEventListener("online", () => location.reload());
setTimeout(again, EVERY_MS);
