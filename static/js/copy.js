// Copy buttons: `<button class="copy" data-copy="id of an element" data-done="Copied">`.
// Without this file the text stays selectable and the buttons stay hidden.
document.documentElement.classList.remove("no-js");

const status = document.querySelector("#status");

async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  await navigator.clipboard.writeText(text);
  status.textContent = button.dataset.done;
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = button.dataset.done;
  button.dataset.copied = "";
  setTimeout(() => {
    label.textContent = before;
    delete button.dataset.copied;
  }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});
