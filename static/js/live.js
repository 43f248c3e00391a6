// What changed while this page is open? Asked every five seconds, seldom in a hidden tab.
const EVERY_MS = 4500;
const JITTER_MS = 500; // so that a hundred tabs do not ask in the same moment
const HIDDEN_MS = 60_000;
const PATIENCE_MS = 10_000;
const FAILURES = 2; // after so many the page says that it is no longer true
const stamp = document.querySelector(".as-of");
const stamps = document.querySelectorAll("[data-as-of]");
const stale = document.querySelector("[data-stale]");
const voice = document.querySelector("[data-live]");
let asked = null; // the element whose question was asked last, and its answer's ETag
let etag = "";
let told = "";
let failures = 0;
let timer = 0;

const asker = () => document.querySelector("[data-polls]");

function question(from) {
  const url = new URL(from.dataset.polls, location.href);
  const shown = [...document.querySelectorAll("[data-seen]")].map((row) => row.dataset.seen);
  url.searchParams.set("at", from.dataset.at);
  if (shown.length) url.searchParams.set("shown", shown.join(","));
  return url;
}

// What a person holds is left alone: by focus, by a selection, by an open menu.
function isHeld(element) {
  const selection = document.getSelection();
  return element.contains(document.activeElement)
    || (!selection.isCollapsed && element.contains(selection.anchorNode))
    || element.querySelector("details[open], dialog[open]");
}

const loaded = (element) =>
  element.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));

function put(answer, from) {
  const { at } = answer.querySelector("[data-at]").dataset;
  const places = [...answer.querySelectorAll("[data-place]")];
  document.dispatchEvent(new CustomEvent("desk:news", { detail: answer }));
  for (const part of places) {
    const place = document.querySelector(`main [data-place="${CSS.escape(part.dataset.place)}"]`);
    if (!place || isHeld(place)) continue;
    place.replaceChildren(...part.childNodes);
    loaded(place);
  }
  const said = answer.querySelector("[data-say]");
  if (said && said.dataset.about !== told) voice.textContent = said.dataset.say;
  told = said?.dataset.about ?? "";
  from.dataset.at = at;
}

function write(instant) {
  for (const each of [...stamps, stale]) {
    const time = each?.querySelector("time");
    if (time) time.dateTime = instant;
  }
  stamps.forEach(loaded);
}

function judge(failed) {
  failures = failed ? failures + 1 : 0;
  const stopped = failures >= FAILURES;
  if (!stale || stopped !== stale.hidden) return;
  loaded(stale);
  stale.hidden = !stopped;
  stamp.hidden = stopped;
  voice.textContent = stopped ? stale.querySelector("p").textContent : stale.dataset.again;
}

async function ask() {
  clearTimeout(timer);
  const from = asker();
  if (!from) return;
  if (from !== asked) [asked, etag] = [from, ""];
  try {
    const response = await fetch(question(from), {
      headers: etag ? { "If-None-Match": etag } : {},
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok && response.status !== 304) throw new Error(response.statusText);
    const text = await response.text();
    if (from === asker()) {
      if (text) put(new DOMParser().parseFromString(text, "text/html").body, from);
      etag = response.headers.get("ETag");
      write(response.headers.get("As-Of"));
    }
    judge(false);
  } catch {
    judge(true);
  }
  later();
}

function later() {
  const visible = EVERY_MS * 2 ** Math.min(failures, 3);
  const wait = document.hidden ? HIDDEN_MS : visible;
  clearTimeout(timer);
  timer = setTimeout(ask, wait + Math.random() * JITTER_MS);
}

stale?.querySelector("button").addEventListener("click", ask);
document.addEventListener("visibilitychange", () => (document.hidden ? later() : ask()));
document.addEventListener("desk:shown", ask);
if (asker()) later();
