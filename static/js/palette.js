// Which page or action is called that? Ctrl or ⌘ with K asks; names of both languages answer.
const dialog = document.querySelector('[data-dialog="palette"]');
const words = dialog?.querySelector("[data-palette-words]");
const list = dialog?.querySelector("[data-palette-list]");
const none = dialog?.querySelector("[data-palette-none]");
let entries = [];
let chosen = 0;

const composing = (event) => event.isComposing || event.keyCode === 229;

function nameOf(element) {
  const copy = element.cloneNode(true);
  for (const aside of copy.querySelectorAll("kbd, svg, .count, .vh")) aside.remove();
  const label = element.labels?.[0]?.textContent ?? element.ariaLabel;
  return (copy.textContent.trim() || label || "").replace(/\s+/g, " ").trim();
}

function keyOf(element) {
  const { go, key } = element.dataset;
  return go ? `g ${go}` : key ?? "";
}

function otherName(element) {
  const { also, key } = element.dataset;
  if (also || !key) return also ?? "";
  return document.querySelector(`[data-names="${CSS.escape(key)}"]`)?.dataset.also ?? "";
}

function collect() {
  const found = document.querySelectorAll("[data-page], [data-key], [data-action]");
  return [...found].filter((element) => !element.closest("dialog") && element.checkVisibility())
    .map((element) => ({
      element, name: nameOf(element), also: otherName(element), key: keyOf(element),
    })).filter((entry, at, all) => entry.name
      && all.findIndex(({ name }) => name === entry.name) === at);
}

function choose(at) {
  const options = [...list.children];
  chosen = Math.min(Math.max(at, 0), options.length - 1);
  options.forEach((option, each) => option.setAttribute("aria-selected", each === chosen));
  if (options[chosen]) {
    words.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  } else words.removeAttribute("aria-activedescendant");
}

function optionOf({ element, name, also, key }, at) {
  const option = document.createElement("li");
  option.id = `palette-${at}`;
  option.role = "option";
  const label = document.createElement("span");
  label.textContent = name;
  const aside = document.createElement("span");
  aside.textContent = also && also !== name ? also : "";
  if (key) {
    const sign = document.createElement("kbd");
    sign.textContent = key;
    aside.append(" ", sign);
  }
  option.append(label, aside);
  option.addEventListener("click", () => run(element));
  return option;
}

function show() {
  const asked = words.value.trim().toLowerCase();
  const shown = entries.filter(({ name, also }) => `${name}\n${also}`.toLowerCase().includes(asked));
  list.replaceChildren(...shown.map(optionOf));
  none.hidden = shown.length > 0;
  choose(0);
}

function run(element) {
  dialog.close();
  element.focus();
  if (!element.matches("textarea, input")) element.click();
}

document.addEventListener("keydown", (event) => {
  if (!dialog || composing(event) || event.key.toLowerCase() !== "k") return;
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else if (!document.querySelector("dialog[open]")) dialog.showModal();
});

if (dialog) {
  new MutationObserver(() => {
    if (!dialog.open) return;
    entries = collect();
    words.value = "";
    show();
    words.focus();
  }).observe(dialog, { attributeFilter: ["open"] });
  words.addEventListener("input", (event) => event.isComposing || show());
  words.addEventListener("compositionend", show);
  words.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    if (event.key === "Enter") list.children[chosen]?.click();
    else if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else return;
    event.preventDefault();
  });
}
