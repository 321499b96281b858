// Sends the playground's form and shows the answer while it comes: one JSON value a line, `[kind, value]`.
// Without this file the same form brings the whole answer in a new page. The turns travel in the form's `history`.
const form = document.querySelector("form[data-playground]");
const [talk, turns, answer, sent, record, headers, failed, result, stop] = [
  "talk", "turns", "answer", "sent", "record-link", "headers", "failed", "result", "stop",
].map((id) => document.getElementById(id));
let said = "";

function made(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function showSent(value) {
  sent.replaceChildren();
  if (!value.left) sent.textContent = talk.dataset.nothing;
  for (const [text, replaced] of value.runs) sent.append(replaced ? made("mark", text) : text);
  for (const [name, content] of Object.entries(value.headers)) {
    const pair = made("div", "");
    pair.append(made("dt", name), made("dd", content));
    headers.append(pair);
  }
  for (const [name, text] of Object.entries(value.code)) document.getElementById(`code-${name}`).textContent = text;
  record.href = `${record.dataset.records}/${value.headers["X-NI-Request-ID"]}`;
}

function showEnd({ html, result: shown }) {
  answer.innerHTML = html; // rendered by the gateway without raw HTML
  for (const place of result.querySelectorAll("[data-result]")) place.textContent = shown[place.dataset.result];
  result.hidden = !shown.tokens;
}

function showFailure(text) {
  failed.hidden = false;
  failed.querySelector("p").textContent = text;
}

const show = {
  sent: showSent,
  text: (value) => {
    said += value;
    answer.append(value);
  },
  error: showFailure,
  end: showEnd,
};

async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    yield* parts.filter(Boolean).map((line) => JSON.parse(line));
  }
}

async function send(body, signal) {
  const response = await fetch(form.dataset.playground, { method: "POST", body, redirect: "error", signal });
  if (!response.ok) throw new Error(String(response.status));
  let last = "";
  for await (const [kind, value] of lines(response)) {
    last = kind;
    show[kind]?.(value);
  }
  if (last !== "end" && last !== "error") throw new Error("cut");
  return last === "end";
}

function addTurn(role, text) {
  const turn = made("div", "");
  turn.className = `turn ${role}`;
  const by = made("p", role === "user" ? turns.dataset.you : turns.dataset.model);
  by.className = "by";
  turn.append(by, made("pre", text));
  turns.append(turn);
  turns.hidden = false;
}

function keepTurns(prompt) {
  const history = JSON.parse(form.elements.history.value || "[]");
  history.push({ role: "user", content: prompt }, { role: "assistant", content: said });
  form.elements.history.value = JSON.stringify(history.slice(-40));
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  const prompt = form.elements.prompt.value;
  const body = new FormData(form);
  if (said && !talk.hidden) addTurn("assistant", said); // the answer before becomes a turn
  addTurn("user", prompt);
  talk.hidden = false;
  failed.hidden = result.hidden = true;
  said = "";
  for (const place of [answer, sent, headers]) place.replaceChildren();
  const leaving = new AbortController();
  const leave = made("button", stop.dataset.label);
  [leave.type, leave.className, leave.onclick] = ["button", "second", () => leaving.abort()];
  stop.replaceChildren(leave);
  button.disabled = true;
  answer.setAttribute("aria-busy", "true");
  try {
    if (await send(body, leaving.signal)) {
      keepTurns(prompt);
      form.elements.prompt.value = "";
    }
  } catch {
    showFailure(leaving.signal.aborted ? talk.dataset.stopped : talk.dataset.lost);
  }
  answer.removeAttribute("aria-busy");
  stop.replaceChildren();
  button.disabled = false;
});
