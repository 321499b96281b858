// Keeps what is newest fresh while the page is visible: `data-live="address"` on rows of usage, or on a whole part.
// Rows are the server's own HTML; a failed try is simply repeated, more slowly. Without this file, reload.
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

const rows = document.querySelector("[data-live]");
let pause = PAUSE_MS;

async function refresh() {
  if (!document.hidden && !rows.contains(document.activeElement)) {
    try {
      const answer = await fetch(rows.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = await answer.text();
      if (fresh.trim() && fresh !== rows.dataset.last) rows.innerHTML = fresh;
      rows.dataset.last = fresh;
      pause = PAUSE_MS;
    } catch {
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
  setTimeout(refresh, pause);
}

if (rows) setTimeout(refresh, pause);
