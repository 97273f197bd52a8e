/** Choosing another language loads the page again: what was typed into it is put back. The page works without this.
 * A field that nobody may complete holds a code, a card or a key: those are kept nowhere. */
const KEY = "typed-before-language";

const typable = (field) => field.name && field.matches("input:not([type=hidden], [type=file], [autocomplete=off]), select, textarea");
const fields = () => [...document.querySelectorAll("main form")].flatMap((form) => [...form.elements].filter(typable));
const ticked = (field) => field.type === "radio" || field.type === "checkbox";

document.getElementById("language")?.addEventListener("submit", () => {
  const typed = fields().map((field) => [field.name, ticked(field) ? field.checked : field.value]);
  sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, typed }));
});

const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
sessionStorage.removeItem(KEY);
if (kept?.path === location.pathname) {
  fields().forEach((field, place) => {
    const [name, value] = kept.typed[place] ?? [];
    if (name !== field.name) return;
    if (ticked(field)) field.checked = value;
    else field.value = value;
  });
}
