// Sends the playground's form and shows the answer while it comes: one JSON value a line, `[kind, value]`.
// Without this file the same form brings the whole answer in a new page.
const form = document.querySelector("form[data-playground]");
const talk = document.querySelector("#talk");
const answer = document.querySelector("#answer");
const sent = document.querySelector("#sent");
const record = document.querySelector("#record-link");
const headers = document.querySelector("#headers");

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
  record.href = `${record.dataset.records}/${value.headers["X-NI-Request-ID"]}`;
}

const show = {
  sent: showSent,
  text: (value) => answer.append(value),
  error: (value) => answer.append(value),
  end: () => {},
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

async function send(body) {
  const response = await fetch(form.dataset.playground, { method: "POST", body, redirect: "error" });
  if (!response.ok) throw new Error(String(response.status));
  let last = "";
  for await (const [kind, value] of lines(response)) {
    last = kind;
    show[kind]?.(value);
  }
  if (last !== "end" && last !== "error") throw new Error("cut");
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  talk.hidden = false;
  for (const place of [answer, sent, headers]) place.replaceChildren();
  button.disabled = true;
  answer.setAttribute("aria-busy", "true");
  try {
    await send(new FormData(form));
  } catch {
    answer.append(` ${talk.dataset.lost}`);
  }
  answer.removeAttribute("aria-busy");
  button.disabled = false;
});
