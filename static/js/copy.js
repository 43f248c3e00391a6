// A press copies what an element names, and says so.
function offer() {
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
}

offer();
document.addEventListener("htmx:load", offer);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const live = document.querySelector("[data-live]");
  try {
    await navigator.clipboard.writeText(button.dataset.copies);
    live.textContent = button.dataset.copied;
    button.dataset.state = "done";
    setTimeout(() => delete button.dataset.state, 1500);
  } catch {
    live.textContent = button.dataset.failed;
  }
});
