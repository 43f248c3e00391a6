// Who has this ticket before them? Told every 15 s while the page is seen, then forgotten.
const EVERY_MS = 15_000;
const place = () => document.querySelector("[data-presence]");
let wrote = false;
let timer = 0;

const writes = () =>
  [...document.querySelectorAll("main textarea")].some((each) => each.value !== each.defaultValue);

function body(said) {
  const form = new FormData();
  form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries(said)) form.set(name, value);
  return form;
}

function beat() {
  clearTimeout(timer);
  if (document.hidden || !place()) return;
  wrote = writes();
  const said = body({ writes: wrote ? "yes" : "" });
  fetch(place().dataset.presence, { method: "POST", body: said }).catch(() => {}); // a courtesy
  timer = setTimeout(beat, EVERY_MS);
}

if (place()) {
  beat();
  document.addEventListener("visibilitychange", beat);
  document.addEventListener("input", () => writes() !== wrote && beat());
  window.addEventListener("pagehide", () => {
    navigator.sendBeacon(place().dataset.presence, body({ left: "yes" }));
  });
  window.addEventListener("pageshow", ({ persisted }) => persisted && beat());
}
