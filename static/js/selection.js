// Which rows are picked? Ticks go to the server, which keeps them; keys and Shift help.
const boxes = () => [...document.querySelectorAll("[data-pick]")];
let last = null; // the box that was ticked before
let starred = false; // "*" was pressed: the next letter says all or none

const changed = (box) => box.dispatchEvent(new Event("change", { bubbles: true }));

function tick(box, on) {
  last = box;
  if (box.checked === on) return;
  box.checked = on;
  changed(box);
}

function tickTo(box, on) {
  const all = boxes();
  const ends = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (ends[0] < 0) return;
  for (const each of all.slice(ends[0], ends[1] + 1)) each.checked = on;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  if (event.shiftKey && last && last !== box) tickTo(box, box.checked);
  last = box;
});

const rowOf = (element) => element?.closest("tr")?.querySelector("[data-row]");
const boxOf = (element) => element?.closest("tr")?.querySelector("[data-pick]");

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = rows.indexOf(rowOf(document.activeElement));
  const next = rows[Math.min(Math.max(here + by, 0), rows.length - 1)];
  const from = boxOf(document.activeElement);
  if (from) tick(from, true);
  next?.focus();
  if (boxOf(next)) tick(boxOf(next), true);
}

function act(key) {
  if (starred) {
    starred = false;
    const name = { a: "all", n: "none" }[key];
    const button = name && document.querySelector(`[data-select="${name}"]`);
    button?.click();
    return true;
  }
  const box = boxOf(document.activeElement);
  if (key === "*") starred = true;
  else if (key === "x" && box) tick(box, !box.checked);
  else if (key === "J" || key === "K") step(key === "J" ? 1 : -1);
  else return false;
  return true;
}

// Before the other keys, as the letter behind "*" is not theirs.
document.addEventListener("keydown", (event) => {
  const { target } = event;
  const typing = target.isContentEditable || target.matches("select, textarea")
    || target.matches("input:not([type=checkbox], [type=radio])");
  if (!boxes().length || typing || event.isComposing || event.keyCode === 229
    || event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1
    || document.querySelector("dialog[open]")
    || !document.querySelector("[data-keys-on]")?.checked) return;
  if (act(event.key)) event.preventDefault();
}, true);

// The selection goes along to the next page, with the filters and to other views.
document.addEventListener("htmx:load", (event) => {
  const bar = event.target.closest("[data-selection]");
  if (!bar?.dataset.token) return;
  for (const link of document.querySelectorAll(".pager a, .tabs a:not([class])")) {
    const url = new URL(link.href);
    url.searchParams.set("selection", bar.dataset.token);
    link.href = url;
  }
  const filters = document.querySelector("form.facets");
  if (!filters) return;
  const kept = filters.elements.selection ?? document.createElement("input");
  Object.assign(kept, { type: "hidden", name: "selection", value: bar.dataset.token });
  filters.append(kept);
});
