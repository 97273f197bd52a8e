{% load static %}// Shows our own page where a page can't be fetched: one for people, and one for the screen at a gate, which asks
// by itself until it can go on. It keeps those pages, their styles and scripts and the mark, and nothing else: no page
// with anybody's data is ever kept, and with a connection every page comes from the server.

const PAGE = "{% url 'offline' %}";
const SCREEN = "{% url 'kiosk_offline' %}";
const GATE = "{% url 'kiosk' %}";
const KEPT = [
  PAGE, SCREEN, "{% static 'campus.css' %}", "{% static 'kiosk/kiosk.css' %}", "{% static 'kiosk/again.js' %}", "{% static 'mark.svg' %}",
];
const SHELF = "offline";
const AWAY = new Set([502, 503, 504]);

self.addEventListener("install", (event) => {
  const fresh = KEPT.map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  const page = event.request.mode === "navigate";
  if (!page && !KEPT.includes(pathname)) return;
  const gate = page && pathname.startsWith(GATE);
  const instead = () => caches.match(gate ? SCREEN : page ? PAGE : pathname, { cacheName: SHELF });
  event.respondWith(fetch(event.request).then(
    // Nobody stands at a gate who could try again: a proxy's page of error is no end there.
    async (answer) => (gate && AWAY.has(answer.status) && (await instead())) || answer,
    async (error) => (await instead()) ?? Promise.reject(error),
  ));
});
