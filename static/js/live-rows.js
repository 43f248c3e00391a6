// Which figures change inside a row, and which row is new, different or gone? None moves.
const former = new WeakMap(); // what stood in a row before the reason why it left
const rowOf = (number) => document.querySelector(`tr[data-seen^="${CSS.escape(number)}."]`);

function fill(row, cell) {
  const { cell: name } = cell.dataset;
  const place = row.querySelector(name === "sub" ? ".sub" : `.col-${name}`);
  if (!place) return;
  if (name === "sub" && !former.has(row)) former.set(row, [...place.childNodes]);
  place.replaceChildren(...cell.childNodes);
}

function change(line) {
  const row = rowOf(line.dataset.of);
  if (!row) return;
  const { seen, state } = line.dataset;
  if (seen) row.dataset.seen = seen;
  if (seen && former.has(row)) {
    row.querySelector(".sub").replaceChildren(...former.get(row)); // it came back
    former.delete(row);
  }
  row.dataset.news = state ?? "";
  for (const cell of line.querySelectorAll("[data-cell]")) fill(row, cell);
}

function place(line) {
  const cell = rowOf(line.dataset.there)?.querySelector(".col-cause");
  const there = document.createElement("span");
  there.className = "there";
  there.append(...line.childNodes);
  cell?.prepend(there);
}

document.addEventListener("desk:news", ({ detail: answer }) => {
  for (const line of answer.querySelectorAll("[data-of]")) change(line);
  for (const there of document.querySelectorAll(".rows .there")) there.remove();
  for (const line of answer.querySelectorAll("[data-there]")) place(line);
  for (const item of answer.querySelectorAll("[data-nav]")) {
    const count = document.querySelector(`.nav a[href="${CSS.escape(item.dataset.nav)}"] .count`);
    if (count) count.textContent = item.textContent;
  }
});
