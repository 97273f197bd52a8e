// Asks the browser to keep the page that is shown where there is no connection; see templates/offline_worker.js.

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/offline.js").catch(() => {
    // Then the browser shows its own page without a connection, as it always did.
  });
}
