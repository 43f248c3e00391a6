// When was that, on the reader's own clock? Without this file the server's time stands.
const language = document.documentElement.lang;

const shapes = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  day: { dateStyle: "long" },
  full: { dateStyle: "long", timeStyle: "short" },
  auto: {
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  },
};

const write = (instant, shape) =>
  new Intl.DateTimeFormat(language, shapes[shape]).format(instant);

function tell(element) {
  const instant = new Date(element.dateTime);
  const asked = element.dataset.local;
  const today = instant.toDateString() === new Date().toDateString();
  element.textContent = write(instant, asked === "auto" && today ? "time" : asked);
  element.title = new Intl.DateTimeFormat(language, {
    dateStyle: "full",
    timeStyle: "long",
  }).format(instant);
}

const tellAll = (root) => root.querySelectorAll("time[data-local]").forEach(tell);

tellAll(document);
document.addEventListener("htmx:load", (event) => tellAll(event.target));
