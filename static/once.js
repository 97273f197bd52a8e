/** One click counts once, on every form that asks for it. Every page works without this: the server counts once too. */
for (const form of document.querySelectorAll("form[data-once]")) sendOnce(form);

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Coming back with the back button, the form may be sent again.
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}
