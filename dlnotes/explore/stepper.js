
const rounded = (value) => String(Math.round(value * 100) / 100 || 0).replace("-", "\u2212");
const flipped = (kernel) => kernel.map((row) => [...row].reverse()).reverse();

// What a kernel does to an image, where it fits: the kernel as it is laid on, each place's products, and their sums.
export const slide = (image, kernel, mode) => {
  const applied = mode === "convolution" ? flipped(kernel) : kernel;
  const products = (row, column) => applied.map((weights, i) => weights.map((weight, j) => weight * image[row + i][column + j]));
  const total = (numbers) => numbers.flat().reduce((sum, each) => sum + each, 0);
  const output = image.slice(2).map((_, row) => image[0].slice(2).map((_, column) => total(products(row, column))));
  return { applied, products, output };
};

const table = (name, rows, columns) => {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => make("td")));
  const body = make("tbody", {}, ...cells.map((row) => make("tr", {}, ...row)));
  return { cells, node: make("table", { className: `stepper-${name}` }, make("caption", { textContent: name }), body) };
};

export function mount({ box, state, page }) {
  const { image, kernels, modes, defaults } = state;
  const rows = image.length - 2, columns = image[0].length - 2, largest = Math.max(...image.flat().map(Math.abs)) || 1;
  let kernel, mode, at;

  const input = table("input", rows + 2, columns + 2), products = table("products", 3, 3), output = table("output", rows, columns);
  const sum = make("p", { className: "stepper-sum" });
  const nine = make("div", {}, products.node, sum);

  const entries = [0, 1, 2].map((i) => [0, 1, 2].map((j) => enters(make("input", {
    type: "number", step: "any", ariaLabel: `kernel, row ${i + 1}, column ${j + 1}`,
    onchange: ({ target }) => {
      const value = target.valueAsNumber;
      if (Number.isFinite(value)) kernel = kernel.map((row, r) => row.map((old, c) => (r === i && c === j ? value : old)));
      draw(true);
    },
  }))));
  const ids = { preset: unique("kernel"), mode: unique("mode"), at: unique("at") };
  const own = make("option", { textContent: "your own", value: "" });
  const preset = make("select", { id: ids.preset, onchange: ({ target }) => { if (target.value) kernel = kernels[target.value]; draw(true); } },
    ...Object.keys(kernels).map((name) => make("option", { textContent: name, value: name })), own);
  const radios = modes.map((name) => make("input", { type: "radio", name: ids.mode, onchange: () => { mode = name; draw(true); } }));
  const choice = make("div", { className: "explore-input explore-choice", role: "radiogroup", ariaLabel: "mode" },
    ...modes.map((name, i) => make("label", {}, radios[i], ` ${name}`)));
  const slider = make("input", { type: "range", id: ids.at, min: 0, max: rows * columns - 1, step: 1, oninput: () => move(slider.valueAsNumber) });
  slider.onkeydown = (event) => {
    const by = { ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (!by) return;
    event.preventDefault();
    move(Math.min(rows * columns - 1, Math.max(0, at + by)));
  };
  const place = make("span", { className: "explore-value", ariaHidden: "true" });

  const here = () => [Math.floor(at / columns), at % columns];
  const nameOf = () => Object.keys(kernels).find((name) => String(kernels[name]) === String(kernel)) ?? "";
  const move = (to) => { at = to; draw(true); };

  const draw = (touched) => {
    const { applied, products: at3, output: sums } = slide(image, kernel, mode), [row, column] = here(), parts = at3(row, column);
    input.cells.forEach((line, i) => line.forEach((cell, j) => {
      const weight = applied[i - row]?.[j - column];
      cell.replaceChildren(make("span", { textContent: rounded(image[i][j]) }));
      if (weight !== undefined) cell.append(make("small", { textContent: `\u00d7${rounded(weight)}` }));
      cell.classList.toggle("stepper-on", weight !== undefined);
      cell.style.setProperty("--shade", `${(18 * Math.abs(image[i][j])) / largest}%`);
    }));
    products.cells.forEach((line, i) => line.forEach((cell, j) => (cell.textContent = rounded(parts[i][j]))));
    output.cells.forEach((line, i) => line.forEach((cell, j) => {
      cell.textContent = rounded(sums[i][j]);
      cell.classList.toggle("stepper-on", i === row && j === column);
    }));
    sum.replaceChildren("sum ", make("b", { textContent: rounded(sums[row][column]) }));
    entries.forEach((line, i) => line.forEach((entry, j) => { if (entry !== document.activeElement || touched) entry.value = Math.round(kernel[i][j] * 1000) / 1000; }));
    preset.value = nameOf();
    own.hidden = preset.value !== "";
    radios.forEach((radio, i) => (radio.checked = modes[i] === mode));
    slider.value = at;
    place.textContent = `${row + 1}, ${column + 1}`;
    slider.setAttribute("aria-valuetext", `row ${row + 1}, column ${column + 1}`);
    if (touched) buttons.touched();
  };
  const describe = () => {
    const [row, column] = here(), { products: at3, output: sums } = slide(image, kernel, mode);
    return `row ${row + 1}, column ${column + 1}: ${at3(row, column).flat().map(rounded).join(" + ")} = ${rounded(sums[row][column])}`;
  };
  const changed = () => ({
    ...(at !== defaults.at && { at }), ...(mode !== defaults.mode && { mode }),
    ...(nameOf() !== defaults.kernel && { kernel: kernel.flat().join(",") }),
  });
  const restore = (given = {}) => {
    const numbers = (given.kernel ?? "").split(",").map(Number);
    kernel = numbers.length === 9 && numbers.every(Number.isFinite)
      ? [0, 3, 6].map((i) => numbers.slice(i, i + 3)) : kernels[defaults.kernel];
    mode = modes.includes(given.mode) ? given.mode : defaults.mode;
    const to = Number(given.at ?? defaults.at);
    at = Number.isInteger(to) && to >= 0 && to < rows * columns ? to : defaults.at;
  };

  // Point at a pixel, or at a sum: the window goes there.
  const follow = ({ cells, node }, shift) => {
    const point = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const target = document.elementFromPoint(event.clientX, event.clientY)?.closest("td");
      const i = cells.findIndex((line) => line.includes(target));
      if (i < 0) return;
      const clamp = (value, most) => Math.min(most, Math.max(0, value));
      const to = clamp(i - shift, rows - 1) * columns + clamp(cells[i].indexOf(target) - shift, columns - 1);
      if (to !== at) move(to);
    };
    node.onpointerdown = node.onpointermove = point;
  };
  follow(input, 1);
  follow(output, 0);

  let playing = false;
  const play = make("button", { type: "button", textContent: "Play" });
  play.onclick = async () => {
    playing = !playing;
    play.textContent = playing ? "Pause" : "Play";
    if (at === rows * columns - 1) at = -1;
    while (playing && at < rows * columns - 1 && box.isConnected) {
      move(at + 1);
      await pause(500);
    }
    playing = false;
    play.textContent = "Play";
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const buttons = foot({ extra: still ? [] : [play], changed, describe, page, reset: () => { playing = false; restore(); draw(true); } });

  const line = (...parts) => make("div", { className: "explore-row" }, ...parts);
  const grid = make("div", { className: "stepper-kernel" }, ...entries.flat());
  box.replaceChildren(
    make("div", { className: "stepper" }, input.node, nine, output.node),
    make("div", { className: "explore-controls" },
      line(make("label", { className: "explore-label", textContent: "place", htmlFor: ids.at }), make("span", { className: "explore-input" }, slider), place),
      line(make("span", { className: "explore-label", textContent: "mode", ariaHidden: "true" }), choice),
      line(make("label", { className: "explore-label", textContent: "kernel", htmlFor: ids.preset }), make("div", { className: "explore-input explore-choice" }, preset, grid))),
    buttons.row,
  );
  restore(page ? address.read(page.key) : {});
  draw(false);
}

// In a notebook the page computes, too.
export default {
  render({ model, el }) {
    const box = ours(make("div", { className: "explore" }));
    el.append(make("div", { className: "explore-notebook" }, box));
    mount({ box, state: model.get("state") });
  },
};
