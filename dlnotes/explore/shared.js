// What every figure that moves has: its buttons, its announcements, and its state in the page's address.

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
// In a notebook: JupyterLab takes a key for a command unless the very element that has the focus says no.
const ours = (box) => {
  box.addEventListener("focusin", ({ target }) => (target.dataset.lmSuppressShortcuts = "true"));
  return box;
};
const enters = (input) => { // and it keeps Enter from the browser, which would call this a change
  input.onkeydown = (event) => { if (event.key === "Enter") input.onchange(event); };
  return input;
};
let made = 0;
const unique = (name) => `explore-${name}-${++made}`;

// ?name.parameter=value, for every value that is not the default
const address = {
  read(key) {
    const found = {};
    for (const [name, value] of new URLSearchParams(location.search))
      if (name.startsWith(`${key}.`)) found[name.slice(key.length + 1)] = value;
    return found;
  },
  with(key, changed) {
    const url = new URL(location.href);
    for (const name of [...url.searchParams.keys()]) if (name.startsWith(`${key}.`)) url.searchParams.delete(name);
    for (const [name, value] of Object.entries(changed)) url.searchParams.set(`${key}.${name}`, value);
    return url;
  },
};

// The row of buttons.  `page` is { key, anchor } on a website and absent in a notebook, whose address is not ours.
const foot = ({ extra = [], reset, changed, describe, page }) => {
  const status = make("span", { className: "explore-status" });
  const spoken = make("span", { className: "explore-spoken", role: "status" });
  const button = (text, onclick) => make("button", { type: "button", textContent: text, onclick });
  const copy = async () => {
    const url = address.with(page.key, changed());
    if (page.anchor) url.hash = page.anchor;
    try {
      await navigator.clipboard.writeText(url.href);
      status.textContent = spoken.textContent = "Link copied";
    } catch {
      status.replaceChildren(make("a", { href: url.href, textContent: "the link" })); // no clipboard here: copy by hand
    }
    setTimeout(() => (status.textContent = ""), 4000);
  };
  const row = make("div", { className: "explore-buttons" }, ...extra, button("Reset", reset));
  if (page) row.append(button("Copy link", copy));
  row.append(status, spoken);

  let timer;
  return {
    row,
    // From now until the function that comes back is called the picture is busy; a word says so, once it can be noticed.
    waiting(image) {
      const words = page ? "Loading \u2026" : "Drawing \u2026", places = [status, spoken];
      const timer = setTimeout(() => places.forEach((each) => (each.textContent = words)), 300);
      image.ariaBusy = "true";
      return () => {
        clearTimeout(timer);
        image.ariaBusy = "false";
        for (const each of places) if (each.textContent === words) each.textContent = "";
      };
    },
    // Once the reader's hand rests: say what is set, and put it into the address.
    touched() {
      clearTimeout(timer);
      spoken.textContent = "";
      timer = setTimeout(() => {
        spoken.textContent = describe();
        if (page) history.replaceState(history.state, "", address.with(page.key, changed()));
      }, 400);
    },
  };
};
