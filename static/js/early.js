// What was chosen before the page could answer, or was put back by the browser?
function isAsSent(control) {
  if (!control.matches("select")) {
    return control.value === control.defaultValue
      && control.checked === control.defaultChecked;
  }
  const sent = [...control.options].findIndex((option) => option.defaultSelected);
  return control.selectedIndex === Math.max(sent, 0);
}

document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) return; // the first load
  for (const box of document.querySelectorAll("[data-early]")) {
    const chosen = [...box.querySelectorAll("select, input")]
      .find((control) => !isAsSent(control));
    chosen?.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
