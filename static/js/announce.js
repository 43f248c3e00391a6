// What changed on the page, told once to those who do not see it change?
document.addEventListener("htmx:load", (event) => {
  if (event.target === document.body) return; // the first load is read as it is
  const said = event.target.closest("[data-announce]")
    ?? event.target.querySelector("[data-announce]");
  const live = document.querySelector("[data-live]");
  if (said && live) live.textContent = said.dataset.announce;
});

// A form that came back with errors takes the focus to its summary.
document.querySelector("[data-focus]")?.focus();
