// Ctrl or ⌘ with Enter sends what is written, but never in the middle of composing a word.
const composing = (event) => event.isComposing || event.keyCode === 229;

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form[data-composer]");
  if (!form || composing(event)) return;
  event.preventDefault();
  form.requestSubmit();
});
