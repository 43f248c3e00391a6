// Which key does what? An element names its key in data-key, a place its letter in data-go.
const toggle = document.querySelector("[data-keys-on]");
let goes = false;

function busyElsewhere(event) {
  const { target } = event;
  return event.isComposing || event.keyCode === 229 || event.defaultPrevented
    || event.ctrlKey || event.metaKey || event.altKey
    || target.isContentEditable || target.matches("select, textarea")
    || target.matches("input:not([type=checkbox], [type=radio])")
    || document.querySelector("dialog[open]");
}

function press(element) {
  element.focus();
  if (!element.matches("textarea, input")) element.click();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = rows.indexOf(document.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}

// A digit opens the form of the tier with that one chosen; why, is asked there.
function chooseTier(digit) {
  const form = named("data-key", "t")?.closest("details");
  const field = form?.querySelector("select[name=tier]");
  if (!field) return false;
  form.open = true;
  field.value = `S${digit}`;
  form.querySelector("textarea").focus();
  return true;
}

const named = (attribute, key) =>
  document.querySelector(`[${attribute}="${CSS.escape(key)}"]`);

function act(key) {
  if (goes) {
    goes = false;
    return named("data-go", key)?.click();
  }
  if (key === "g") goes = true;
  else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  else if (key === "o") document.activeElement.closest("[data-row]")?.click();
  else if (key === "?") named("data-dialog", "keys")?.showModal();
  else if ("1234".includes(key)) return chooseTier(key);
  else {
    const element = named("data-key", key);
    if (element) press(element);
    return element;
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key.length > 1) return;
  if (!toggle?.checked || busyElsewhere(event)) {
    goes = false; // what was begun before the field is not finished in it
    return;
  }
  if (act(event.key)) event.preventDefault();
});
