// When was that, on the reader's own clock: that of the profile, else the browser's?
const language = document.documentElement.lang;
const timeZone = known(document.documentElement.dataset.zone);

function known(zone) {
  try {
    new Intl.DateTimeFormat(language, { timeZone: zone });
    return zone;
  } catch {
    return undefined; // the server knows zones that this browser does not
  }
}

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
  new Intl.DateTimeFormat(language, { ...shapes[shape], timeZone }).format(instant);

function tell(element) {
  const instant = new Date(element.dateTime);
  const asked = element.dataset.local;
  const today = write(instant, "day") === write(new Date(), "day");
  element.textContent = write(instant, asked === "auto" && today ? "time" : asked);
  element.title = new Intl.DateTimeFormat(language, {
    dateStyle: "full",
    timeStyle: "long",
    timeZone,
  }).format(instant);
}

const tellAll = (root) => root.querySelectorAll("time[data-local]").forEach(tell);

tellAll(document);
document.addEventListener("htmx:load", (event) => tellAll(event.target));
