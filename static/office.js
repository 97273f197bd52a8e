// The office's pages: search as you type, rows by the arrow keys, printing, and the waits of
// the enrolment desk. Every page works without it, but for the camera.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const search = document.querySelector("form[data-live]");
if (search) liveSearch(search);
document.addEventListener("keydown", walk);
const wait = document.querySelector("[data-wait]");
if (wait) waitForWitness(wait);
const left = document.querySelector("[data-seconds]");
if (left) countDown(left);

function liveSearch(form) {
  const field = form.elements.q;
  const parts = form.dataset.live.split(" ");
  let timer, running;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 180);
  });

  async function look() {
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    running?.abort();
    running = new AbortController();
    try {
      const response = await fetch(address, { signal: running.signal, redirect: "error" });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const part of parts) document.querySelector(part)?.replaceChildren(...page.querySelector(part).childNodes);
      history.replaceState(null, "", address);
    } catch {
      // A newer search has begun, or the network is away: the button still searches.
    }
  }
}

function walk(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("input[type=search]");
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && field && !typing) {
    event.preventDefault();
    return field.select();
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || (typing && typing !== field)) return;
  const links = [...document.querySelectorAll("[data-rows] tbody a")];
  const here = links.indexOf(document.activeElement);
  if (!links.length || (here < 0 && event.target !== field)) return;
  event.preventDefault();
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  (next < 0 ? field : links[Math.min(next, links.length - 1)]).focus();
}

async function waitForWitness(element) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    try {
      const response = await fetch(location.pathname, { headers: { Accept: "application/json" }, redirect: "error" });
      const { step } = await response.json();
      if (step === "card") return void (element.textContent = element.dataset.over);
      if (step !== element.dataset.wait) return location.reload();
    } catch {
      // The network is away for a moment: ask again.
    }
  }
}

function countDown(element) {
  const end = performance.now() + Number(element.dataset.seconds) * 1000;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    element.textContent = seconds ? element.dataset.left.replace("%n", seconds) : element.dataset.over;
    if (!seconds) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
}
