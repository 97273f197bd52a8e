// Makes a tablet a kiosk: it stays awake, fills its glass, and knows when its clock is wrong.

const CLOCK_TOLERANCE_MS = 30_000;
const CLOCK_EVERY_MS = 60_000;
const PAGE_MS = 5000;

const AWAKE_EVERY_MS = 20_000;

// A browser takes the lock away when the page is hidden, and may when its battery is low: so it is asked for again.
export async function stayAwake() {
  let lock = null;
  const ask = async () => {
    if (document.hidden || (lock && !lock.released)) return;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  };
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, AWAKE_EVERY_MS);
  await ask();
}

// Whether this page, opened anew, would be another one: set up otherwise, or paired where it wasn't.
export async function setUpAnew(isUnpaired) {
  try {
    const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PAGE_MS) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("screen")?.textContent;
    if (!response.ok || !fresh || !JSON.parse(fresh).paired) return false;
    return isUnpaired || fresh !== document.getElementById("screen").textContent;
  } catch {
    return false;
  }
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
