// What is in the row that has the focus? Space shows it beside the list, and hides it again.
const pane = document.querySelector("[data-peek]");
const REST_MS = 150; // whoever runs through the rows does not ask for each
let shown = ""; // the address of the row whose ticket is shown
let timer;

const rowOf = (element) => element?.closest("[data-row]")
  ?? element?.closest("tr")?.querySelector("[data-row]");
const linkOf = (address) => document.querySelector(`[data-row][href="${CSS.escape(address)}"]`);

async function ask(address) {
  pane.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${address}peek/`, { headers: { "HX-Request": "true" } });
    if (shown !== address) return; // another row was meant since
    if (answer.headers.has("HX-Redirect")) return location.reload(); // the session is over
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    pane.replaceChildren(...document.adoptNode(fresh.body).childNodes);
    window.htmx.process(pane);
    pane.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
  } catch {
    if (shown === address) pane.textContent = pane.dataset.failed;
  }
  pane.removeAttribute("aria-busy");
}

function show(row) {
  const address = row?.getAttribute("href");
  if (!address || address === shown) return;
  linkOf(shown)?.closest("tr").removeAttribute("data-peeked");
  row.closest("tr").setAttribute("data-peeked", "");
  shown = address;
  pane.hidden = false;
  ask(address);
}

function hide() {
  const row = linkOf(shown);
  row?.closest("tr").removeAttribute("data-peeked");
  if (pane.contains(document.activeElement)) row?.focus();
  shown = "";
  pane.hidden = true;
  pane.replaceChildren();
}

function toggle(row) {
  if (!pane.hidden && row?.getAttribute("href") === shown) hide();
  else show(row);
}

if (pane) {
  document.addEventListener("focusin", ({ target }) => {
    clearTimeout(timer);
    if (pane.hidden || !target.matches("[data-row]")) return;
    timer = setTimeout(() => document.activeElement === target && show(target), REST_MS);
  });

  // A click beside the link of a row looks at it; words that are being marked stay.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-peek-close]")) return hide();
    const cell = event.target.closest("[data-list] tbody td:not(.col-pick)");
    if (!cell || event.target.closest("a, button, label, input")) return;
    if (String(document.getSelection())) return;
    rowOf(cell)?.focus({ preventScroll: true });
    toggle(rowOf(cell));
  });

  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.isComposing || document.querySelector("dialog[open], details[data-menu][open]")) return;
    if (event.key === "Escape" && !pane.hidden) return hide();
    const meant = target === document.body || target.matches("main, [data-row]");
    if (event.key !== " " || !meant || event.ctrlKey || event.metaKey || event.altKey
      || event.shiftKey || !document.querySelector("[data-keys-on]")?.checked) return;
    const row = rowOf(target) ?? document.querySelector("[data-list] [data-row]");
    if (!row) return;
    event.preventDefault();
    row.focus();
    toggle(row);
  });
}
