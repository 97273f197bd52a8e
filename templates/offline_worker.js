{% load static %}// Shows our own page where a page can't be fetched. It keeps that page, its style and its mark, and nothing else:
// no page with anybody's data is ever kept, and with a connection every page comes from the server.

const KEPT = ["{% url 'offline' %}", "{% static 'campus.css' %}", "{% static 'mark.svg' %}"];
const SHELF = "offline";

self.addEventListener("install", (event) => {
  const fresh = KEPT.map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  // A gate's screen has words of its own for this.
  if (pathname.startsWith("/kiosk/")) return;
  const page = event.request.mode === "navigate";
  if (!page && !KEPT.includes(pathname)) return;
  const instead = () => caches.match(page ? KEPT[0] : pathname, { cacheName: SHELF });
  event.respondWith(fetch(event.request).catch(async (error) => (await instead()) ?? Promise.reject(error)));
});
