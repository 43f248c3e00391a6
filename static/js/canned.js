// Puts a canned text where the cursor is; without a script the server appends it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-inserts]");
  if (!button) return;
  const { text, body } = button.form.elements;
  const words = text.selectedOptions[0]?.dataset.text;
  if (!words) return;
  event.preventDefault();
  body.setRangeText(words, body.selectionStart, body.selectionEnd, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
  body.focus();
});
