// Which words of an answer are meant? Those that are selected become the wording to teach.
const button = document.querySelector("[data-takes-words]");
const answer = document.querySelector("[data-answer]");

if (button && answer) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const chosen = document.getSelection();
    if (!chosen.rangeCount || !answer.contains(chosen.getRangeAt(0).commonAncestorContainer)) return;
    const words = chosen.toString().replace(/\s+/g, " ").trim();
    const { form } = button;
    if (!words) return;
    form.elements.pattern.value = words;
    form.querySelector("[name='kind'][value='phrase']").checked = true;
    form.elements.pattern.focus();
  });
  // Pressing the button must not take the selection away.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
}
