// Makes a tablet a kiosk: it stays awake, fills its glass, and knows when its clock is wrong.

const CLOCK_TOLERANCE_MS = 30_000;
const CLOCK_EVERY_MS = 60_000;

export async function stayAwake() {
  const ask = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  await ask();
}

// A browser allows it only to a touch, so the first one asks for it.
export function fillScreen() {
  if (document.fullscreenElement || !document.documentElement.requestFullscreen) return;
  document.documentElement.requestFullscreen({ navigationUI: "hide" }).catch(() => {});
}

// Tell by how many minutes the clock is wrong, at once and then every minute; 0 means it is right.
export function watchClock(calls, tell) {
  const look = async () => {
    const { ok, ahead } = await calls.health();
    if (ok) tell(Math.abs(ahead) > CLOCK_TOLERANCE_MS ? Math.max(1, Math.round(Math.abs(ahead) / 60_000)) : 0);
  };
  setInterval(look, CLOCK_EVERY_MS);
  return look();
}
