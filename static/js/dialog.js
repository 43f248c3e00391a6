// Which button opens which dialog? Buttons that need this file are hidden without it.
for (const button of document.querySelectorAll("[data-opens]")) button.hidden = false;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens]");
  if (button) {
    document.querySelector(`[data-dialog="${button.dataset.opens}"]`)?.showModal();
  } else if (event.target.matches("dialog[data-dialog]")) {
    event.target.close(); // a click on the veil around the sheet
  }
});
