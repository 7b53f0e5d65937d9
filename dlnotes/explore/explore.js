
const written = (control, value) =>
  control.kind === "range" ? Number(value).toFixed(control.digits).replace("-", "\u2212") : String(value);

// One parameter: a label, a native input, and for a range its value.
const field = (control, live, moved) => {
  const id = unique(control.name), { low: min, high: max, step, values } = control;
  const label = (text, properties = {}) => make("label", { className: "explore-label", textContent: text, ...properties });

  if (control.kind === "toggle") {
    const input = make("input", { type: "checkbox", id, oninput: moved });
    return {
      rows: [label(control.label, { htmlFor: id }), make("span", { className: "explore-input" }, input), make("span")],
      get: () => input.checked,
      set: (value) => (input.checked = value === true || value === "true"),
    };
  }
  if (control.kind === "choice") {
    const options = values.map((value, i) => make("input", { type: "radio", name: id, value: i, oninput: moved }));
    const group = make("div", { className: "explore-input explore-choice", role: "radiogroup" });
    group.append(...options.map((input, i) => make("label", {}, input, ` ${values[i]}`)));
    group.setAttribute("aria-label", control.label);
    return {
      rows: [make("span", { className: "explore-label", textContent: control.label, ariaHidden: "true" }), group],
      get: () => values[options.findIndex((input) => input.checked)],
      set: (value) => (options[Math.max(0, values.findIndex((each) => String(each) === String(value)))].checked = true),
    };
  }
  // A notebook computes any value: there the number can be typed, too.
  const slider = make("input", { type: "range", id, min, max, step });
  const number = live
    ? make("input", { type: "number", className: "explore-value", min, max, step: "any", ariaLabel: `${control.label}, value` })
    : make("span", { className: "explore-value", ariaHidden: "true" });
  const show = (value) => (live ? (number.value = value) : (number.textContent = written(control, value)));
  let now = control.default;
  const put = (value) => {
    const inside = Math.min(max, Math.max(min, Number(value)));
    slider.value = now = Number.isFinite(inside) ? inside : control.default;
    if (!live) now = Number(slider.value); // the browser rounds it to a step
  };
  slider.oninput = () => { now = Number(slider.value); show(now); moved(); };
  if (live) enters(number).onchange = () => { put(number.value === "" ? now : number.value); show(now); moved(); };
  return {
    rows: [label(control.label, { htmlFor: id }), make("span", { className: "explore-input" }, slider), number],
    get: () => now,
    set: (value) => { put(value); show(now); },
  };
};

// Controls in `box` for the picture `image`.  `ask(values)` promises { src, under, error } for any values.
function mount({ box, image, state, ask, page, wait = 0 }) {
  const { controls } = state, live = !page;
  const problem = make("p", { className: "explore-error", role: "alert", hidden: true });
  const values = () => Object.fromEntries(controls.map((control, i) => [control.name, fields[i].get()]));
  const changed = () =>
    Object.fromEntries(controls.map(({ name, default: usual }) => [name, values()[name]]).filter(([name, value]) =>
      value !== controls.find((control) => control.name === name).default));

  // One request at a time.  While it is on its way the latest wish waits, and older ones are forgotten.
  let busy = false, again = false;
  const draw = async () => {
    again = true;
    if (busy) return;
    busy = true;
    const arrived = buttons.waiting(image);
    while (again) {
      await pause(wait);
      again = false;
      const { src, under, error } = await ask(values()).catch((reason) => ({ error: reason.message }));
      problem.hidden = !error;
      problem.textContent = error ?? "";
      image.classList.toggle("explore-stale", Boolean(error));
      if (error) continue;
      image.src = src;
      if (!under) continue;
      image.style.background = `url(${under}) 0 0 / 100% 100% content-box`;
      image.classList.toggle("explore-paper", state.paper);
      image.style.imageRendering = state.enlarged ? "pixelated" : "";
    }
    busy = false;
    arrived();
  };
  const moved = () => { buttons.touched(); return draw(); };
  const fields = controls.map((control) => field(control, live, moved));
  const restore = (given = {}) => controls.forEach(({ name, default: usual }, i) => fields[i].set(given[name] ?? usual));
  const describe = () => controls.map((control) => `${control.label} ${written(control, values()[control.name])}`).join(", ");

  const extra = [];
  let playing = false;
  if (state.play && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const at = controls.findIndex(({ name }) => name === state.play), { low, high, step } = controls[at];
    const button = make("button", { type: "button", textContent: "Play" });
    button.onclick = async () => {
      playing = !playing;
      button.textContent = playing ? "Pause" : "Play";
      let value = fields[at].get() >= high ? low - step : fields[at].get();
      while (playing && value + step / 2 < high && box.isConnected) {
        fields[at].set((value += step));
        await Promise.all([moved(), pause(180)]);
      }
      playing = false;
      button.textContent = "Play";
    };
    extra.push(button);
    box.addEventListener("pointerdown", ({ target }) => (playing &&= target === button));
  }

  const buttons = foot({ extra, changed, describe, page, reset: () => { playing = false; restore(); moved(); } });
  box.replaceChildren(
    make("div", { className: "explore-controls" }, ...fields.map(({ rows }) => make("div", { className: "explore-row" }, ...rows))),
    problem, buttons.row,
  );
  restore(page ? address.read(page.key) : {});
  if (Object.keys(changed()).length) draw(); // a shared link
}

// In a notebook: Python draws.
function render({ model, el }) {
  const state = model.get("state");
  let url;
  const source = () => {
    URL.revokeObjectURL(url);
    return (url = URL.createObjectURL(new Blob([model.get("image")], { type: "image/png" })));
  };
  const ask = (values) =>
    new Promise((resolve) => {
      const id = Math.random();
      const answered = () => {
        const { id: which, error } = model.get("answer");
        if (which !== id) return;
        model.off("change:answer", answered);
        resolve(error ? { error } : { src: source() });
      };
      model.on("change:answer", answered);
      model.set("request", { id, values });
      model.save_changes();
    });
  const image = make("img", { alt: state.alt, src: source() });
  image.onload = () => (image.style.width = `${(image.naturalWidth * 96) / Math.max(96, state.dpi)}px`);
  const box = ours(make("div", { className: "explore" }));
  el.append(make("div", { className: "explore-notebook" }, image, box));
  mount({ box, image, state, ask, wait: 40 });
  return () => URL.revokeObjectURL(url);
}
