// Which ticket comes next? A list leaves its rows behind; the ticket's page walks along them.
const KEPT = "walk"; // list: its address; rows: the addresses of its tickets, in order

const kept = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? { list: "", rows: [] };
  } catch {
    return { list: "", rows: [] }; // storage is off, or somebody else's
  }
};

document.addEventListener("click", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list || !event.target.closest("[data-row]")) return;
  const rows = [...list.querySelectorAll("[data-row]")].map((row) => row.pathname);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ list: location.pathname + location.search, rows }));
  } catch {
    // without storage there is only the way back
  }
}, true);

function along() {
  const walk = document.querySelector("[data-walk]");
  const { list, rows } = kept();
  const here = rows.indexOf(location.pathname);
  if (!walk || here < 0) return;
  for (const link of walk.querySelectorAll("a")) {
    const to = rows[here + Number(link.dataset.by)];
    link.hidden = !to;
    if (to) link.href = to;
  }
  walk.querySelector("[data-place-of]").textContent = `${here + 1} / ${rows.length}`;
  walk.hidden = false;
  // Back to the list as it was left: its filters, its page.
  const back = document.querySelector('.crumb [data-key="u"]');
  if (back && new URL(list, location.href).pathname === back.pathname) back.href = list;
}

along();
document.addEventListener("htmx:load", along); // a head that was swapped in knows nothing of it
