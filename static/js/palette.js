// Goes to a page by its name: Ctrl+K (Cmd+K) or the button opens a dialog; arrows choose, Enter goes, Escape closes.
// Without this file the template that holds it is never shown, and the navigation has the same pages. Once the button
// stands there, the list of pages shows the entry of this one; without scripts, a rule of portal.css does it.
const template = document.querySelector("#palette-template");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function build() {
  const parts = template.content.cloneNode(true);
  const [opener, dialog] = [parts.querySelector("button"), parts.querySelector("dialog")];
  const input = dialog.querySelector("input");
  const options = [...dialog.querySelectorAll("li")];
  options.forEach((option, at) => { option.id = `palette-${at}`; });
  let chosen = null;

  function choose(option) {
    chosen?.setAttribute("aria-selected", "false");
    chosen = option ?? null;
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function filter() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    for (const option of options) {
      if (option.dataset.form) {
        option.hidden = !words.length;
        option.querySelector("b").textContent = input.value;
      } else {
        const text = plain(option.textContent);
        option.hidden = !words.every((word) => text.includes(word));
      }
    }
    choose(options.find((option) => !option.hidden));
  }

  function move(step) {
    const shown = options.filter((option) => !option.hidden);
    if (shown.length) choose(shown[(shown.indexOf(chosen) + step + shown.length) % shown.length]);
  }

  function go(option) {
    if (!option) return;
    dialog.close();
    location.assign(option.dataset.href ?? option.dataset.form + encodeURIComponent(input.value.trim()));
  }

  function open() {
    if (dialog.open) return;
    input.value = "";
    filter();
    dialog.showModal();
    input.focus();
  }

  input.addEventListener("input", filter);
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) move(steps[event.key]);
    else if (event.key === "Enter" && !event.isComposing) go(chosen);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    else go(event.target.closest("li"));
  });
  opener.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  template.replaceWith(parts);
  document.querySelector(".side > nav [aria-current]")?.scrollIntoView({ block: "nearest" });
}

if (template) build();
