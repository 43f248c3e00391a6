// Show what is new, in place: what is being written, and where one was, stays.
let row = ""; // the address of the row that had the focus last

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-row]")) row = target.getAttribute("href");
});

function isChanged(field) {
  if (field.matches("[data-pick], [type=hidden]")) return false;
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return field.value !== field.defaultValue;
}

const isBusy = (part) =>
  part.querySelector("details[data-menu][open], dialog[open]")
  || document.activeElement.matches("textarea, select, input:not([data-pick])")
    && part.contains(document.activeElement)
  || [...part.querySelectorAll("input, textarea, select")].some(isChanged);

function swap(part, fresh) {
  const other = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
  if (!other || isBusy(part)) return;
  const mine = document.adoptNode(other);
  part.replaceWith(mine);
  window.htmx.process(mine);
  mine.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
}

// What is held stays, but for its figures: the counts beside the filters.
function count(fresh) {
  for (const figure of fresh.querySelectorAll("[data-figure]")) {
    const mine = document.querySelector(`[data-figure="${CSS.escape(figure.dataset.figure)}"]`);
    if (!mine) continue;
    mine.textContent = figure.textContent;
    mine.parentElement.className = figure.parentElement.className;
  }
}

async function show(link) {
  link.setAttribute("aria-busy", "true");
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok || response.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  count(fresh);
  for (const part of document.querySelectorAll("[data-part]")) swap(part, fresh);
  const before = row && document.querySelector(`[data-row][href="${CSS.escape(row)}"]`);
  if (!document.activeElement.matches("textarea, input, select")) {
    (before || document.querySelector("main")).focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("desk:shown"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-shows]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!link.ariaBusy) show(link).catch(() => location.assign(link.href));
});
