
const rounded = (value) => String(Math.round(value * 100) / 100 || 0).replace("-", "\u2212");
const flipped = (kernel) => kernel.map((row) => [...row].reverse()).reverse();
const grid = (rows, columns, at) => Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => at(i, j)));
const sizeOf = (rows) => [rows.length, rows[0]?.length ?? 0];

// What a kernel does to an image: the kernel as it is laid on, the image with zeros around it, how many places the kernel
// finds, the products at each, and their sum.
const slide = (image, kernel, { mode, stride = 1, padding = 0, dilation = 1 }) => {
  const applied = mode === "convolution" ? flipped(kernel) : kernel, taps = sizeOf(kernel), [height, width] = sizeOf(image);
  const padded = grid(height + 2 * padding, width + 2 * padding, (i, j) => image[i - padding]?.[j - padding] ?? 0);
  const places = sizeOf(padded).map((side, axis) => Math.floor((side - dilation * (taps[axis] - 1) - 1) / stride) + 1);
  const products = (row, column) =>
    grid(...taps, (i, j) => applied[i][j] * padded[row * stride + i * dilation][column * stride + j * dilation]);
  const total = (row, column) => {
    let sum = 0;
    for (let i = 0; i < taps[0]; i++)
      for (let j = 0; j < taps[1]; j++) sum += applied[i][j] * padded[row * stride + i * dilation][column * stride + j * dilation];
    return sum;
  };
  return { applied, padded, places, products, total };
};

// The reader's own picture, in grey and no larger than can be seen at a glance.  It is read here and goes nowhere.
const SIDE = 256, MEGAPIXELS = 50, MEGABYTES = 50;
const readPicture = async (file) => {
  if (file.size > MEGABYTES * 1e6) throw new Error(`This file has ${Math.round(file.size / 1e6)} MB; a picture may have ${MEGABYTES}.`);
  const url = URL.createObjectURL(file), probe = new Image();
  try {
    await new Promise((resolve, reject) => Object.assign(probe, { onload: resolve, onerror: reject, src: url }));
    const { naturalWidth: width, naturalHeight: height } = probe; // known before a pixel is unpacked
    if (width * height > MEGAPIXELS * 1e6)
      throw new RangeError(`This picture has ${Math.round((width * height) / 1e6)} megapixels; it may have ${MEGAPIXELS}.`);
    const scale = Math.min(1, SIDE / Math.max(width, height)), side = (length) => Math.max(1, Math.round(length * scale));
    const size = { resizeWidth: side(width), resizeHeight: side(height), resizeQuality: "high" };
    const bitmap = await createImageBitmap(file, size); // unpacked beside the page, which goes on
    const ink = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height }).getContext("2d");
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, bitmap.width, bitmap.height);
    ink.drawImage(bitmap, 0, 0);
    const { data } = ink.getImageData(0, 0, bitmap.width, bitmap.height);
    return grid(bitmap.height, bitmap.width, (i, j) => {
      const [red, green, blue] = data.subarray(4 * (i * bitmap.width + j));
      return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    });
  } catch (error) {
    throw error instanceof RangeError ? error : new Error("This file is no picture that the browser can read.");
  } finally {
    URL.revokeObjectURL(url);
  }
};

// Grey values on a canvas, as they are or, where the kernel's weights cancel, with 0 in the middle.
const paint = (canvas, values, signed) => {
  const [height, width] = sizeOf(values), largest = signed ? Math.max(1e-9, ...values.map((row) => Math.max(...row.map(Math.abs)))) : 255;
  Object.assign(canvas, { width, height });
  const ink = canvas.getContext("2d"), pixels = ink.createImageData(width, height);
  values.flat().forEach((value, i) => {
    const level = signed ? 127.5 + (127.5 * value) / largest : value;
    pixels.data.set([level, level, level, 255], 4 * i);
  });
  ink.putImageData(pixels, 0, 0);
};

const table = (name) => {
  const body = make("tbody"), node = make("table", { className: `stepper-${name}` }, make("caption", { textContent: name }), body);
  const self = {
    node, cells: [],
    resize([rows, columns]) {
      if (String(sizeOf(self.cells)) === String([rows, columns])) return;
      self.cells = grid(rows, columns, () => make("td"));
      body.replaceChildren(...self.cells.map((row) => make("tr", {}, ...row)));
      node.style.setProperty("--columns", columns);
    },
  };
  return self;
};

function mount({ box, state, page }) {
  const { kernels, modes, defaults, limits, largest } = state, numbers = Object.keys(limits);
  let kernel, how, at, image = state.image;
  let own = null, corner = [0, 0], painted; // the reader's picture, where the image is cut from it, what was painted of it

  const input = table("input"), products = table("products"), output = table("output");
  const sum = make("p", { className: "stepper-sum" });
  const problem = make("p", { className: "explore-error", role: "alert", hidden: true });
  const complain = (text) => { problem.textContent = text; problem.hidden = !text; };

  // What the reader sets: the kernel and its size, how it is laid on, and where.
  const label = (text, htmlFor) =>
    make(htmlFor ? "label" : "span", { className: "explore-label", textContent: text, ...(htmlFor ? { htmlFor } : { ariaHidden: "true" }) });
  const choices = (values, properties) => make("select", properties, ...values.map((value) => make("option", { value, textContent: value })));
  const ids = Object.fromEntries(["kernel", "mode", "at", "file", "down", "along"].map((each) => [each, unique(each)]));
  const entries = make("div", { className: "stepper-kernel" });
  const preset = choices(Object.keys(kernels), { id: ids.kernel, onchange: () => change({ kernel: kernels[preset.value] ?? kernel }) });
  const yours = make("option", { textContent: "your own", value: "" });
  preset.append(yours);
  const size = make("select", { ariaLabel: "size of the kernel", onchange: () => change({ kernel: fitted(size.value.split(",").map(Number)) }) });
  const radios = modes.map((mode) => make("input", { type: "radio", name: ids.mode, onchange: () => change({ mode }) }));
  const choice = make("div", { className: "explore-input explore-choice", role: "radiogroup", ariaLabel: "mode" },
    ...modes.map((mode, i) => make("label", {}, radios[i], ` ${mode}`)));
  const counts = numbers.map((name) =>
    choices(grid(1, limits[name][1] - limits[name][0] + 1, (_, i) => limits[name][0] + i)[0],
      { id: unique(name), onchange: ({ target }) => change({ [name]: Number(target.value) }) }));
  const slider = (id, moved) => make("input", { type: "range", id, min: 0, step: 1, oninput: ({ target }) => moved(target.valueAsNumber) });
  const position = slider(ids.at, (to) => move(to));
  position.onkeydown = (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const [rows, columns] = slid().places;
    move(clamp(at + by * columns, rows * columns - 1));
  };
  const place = make("span", { className: "explore-value", ariaHidden: "true" });

  // The reader's own picture, and what the kernel makes of it.
  const before = make("canvas", { role: "img", ariaLabel: "your picture" }), after = make("canvas", { role: "img", ariaLabel: "your picture after the kernel" });
  const frame = make("span", { className: "stepper-frame" }), scale = make("p");
  const axes = [slider(ids.down, (to) => cutAt([to, corner[1]])), slider(ids.along, (to) => cutAt([corner[0], to]))];
  const pictures = make("div", { className: "stepper-pictures", hidden: true },
    make("div", {}, make("p", { textContent: "your picture" }), make("div", {}, before, frame)), make("div", {}, scale, after));
  const file = make("input", { type: "file", id: ids.file, accept: "image/*" });
  let chosen = 0;
  file.onchange = async () => {
    const arrived = buttons.waiting(file), mine = ++chosen;
    const read = await (file.files[0] ? readPicture(file.files[0]) : Promise.resolve(null)).catch((error) => error);
    arrived();
    if (mine !== chosen) return; // another was chosen meanwhile
    if (read instanceof Error) {
      file.value = "";
      return complain(read.message);
    }
    change({ picture: read, from: read && sizeOf(read).map((side, axis) => (side - sizeOf(image)[axis]) >> 1) });
  };

  const clamp = (value, most) => Math.min(most, Math.max(0, value));
  const slid = () => slide(image, kernel, how);
  const span = (kernel, { dilation }) => sizeOf(kernel).map((side) => dilation * (side - 1) + 1);
  const fitted = ([rows, columns]) => { // the kernel in another size, about its middle
    const [i0, j0] = [Math.floor((rows - kernel.length) / 2), Math.floor((columns - kernel[0].length) / 2)];
    return grid(rows, columns, (i, j) => kernel[i - i0]?.[j - j0] ?? 0);
  };
  const cut = (picture, from, spans) => { // as large as the image that was there before, or as the kernel needs
    if (!picture) return [state.image, from];
    const [rows, columns] = sizeOf(picture).map((side, axis) => Math.min(side, Math.max(sizeOf(state.image)[axis], spans[axis])));
    const [top, left] = [clamp(from[0], picture.length - rows), clamp(from[1], picture[0].length - columns)];
    return [grid(rows, columns, (i, j) => picture[top + i][left + j]), [top, left]];
  };
  const change = ({ kernel: weights = kernel, picture = own, from = corner, ...options }, touched = true) => {
    const wanted = { ...how, ...options }, spans = span(weights, wanted), [cutout, start] = cut(picture, from, spans);
    const { places: [rows, columns], padded } = slide(cutout, weights, wanted), fits = rows > 0 && columns > 0;
    complain(fits ? "" : `A kernel that reaches over ${spans.join(" \u00d7 ")} pixels does not fit into ${sizeOf(padded).join(" \u00d7 ")}.`);
    if (fits) [kernel, how, own, corner, image, at] = [weights, wanted, picture, start, cutout, clamp(at, rows * columns - 1)];
    draw(touched);
  };
  const move = (to) => { at = to; draw(true); };
  const cutAt = (from) => change({ from });
  const nameOf = () => Object.keys(kernels).find((name) => JSON.stringify(kernels[name]) === JSON.stringify(kernel)) ?? "";

  const drawKernel = () => {
    const [rows, columns] = sizeOf(kernel);
    if (String(entries.shape) !== String([rows, columns])) {
      entries.shape = [rows, columns];
      entries.style.setProperty("--columns", columns);
      entries.replaceChildren(...grid(rows, columns, (i, j) => enters(make("input", {
        type: "number", step: "any", ariaLabel: `kernel, row ${i + 1}, column ${j + 1}`,
        onchange: ({ target }) => {
          const value = target.valueAsNumber;
          change({ kernel: Number.isFinite(value) ? kernel.map((row, r) => row.map((old, c) => (r === i && c === j ? value : old))) : kernel });
        },
      }))).flat());
      const sizes = [...new Set([...grid(1, largest, (_, i) => `${i + 1},${i + 1}`)[0], `${rows},${columns}`])];
      size.replaceChildren(...sizes.map((value) => make("option", { value, textContent: value.replace(",", " \u00d7 ") })));
    }
    [...entries.children].forEach((entry, i) => (entry.value = Math.round(kernel[Math.floor(i / columns)][i % columns] * 1000) / 1000));
    size.value = `${rows},${columns}`;
    preset.value = nameOf();
    yours.hidden = preset.value !== "";
  };

  const drawPictures = () => {
    pictures.hidden = !own;
    axes.forEach((axis) => (axis.closest(".explore-row").hidden = !own));
    if (!own) return;
    const sides = sizeOf(own), cutout = sizeOf(image), share = (of, axis) => `${(100 * of) / sides[axis]}%`;
    Object.assign(frame.style, { top: share(corner[0], 0), left: share(corner[1], 1), height: share(cutout[0], 0), width: share(cutout[1], 1) });
    axes.forEach((axis, i) => Object.assign(axis, { max: sides[i] - cutout[i], value: corner[i] }));
    if (painted?.every((each, i) => each === [own, kernel, how][i])) return;
    painted = [own, kernel, how];
    const { places, total } = slide(own, kernel, how), weights = kernel.flat();
    const signed = weights.some(Boolean) && Math.abs(weights.reduce((all, each) => all + each, 0)) < 1e-6;
    paint(before, own, false);
    paint(after, grid(...places, total), signed);
    scale.textContent = `after the kernel${signed ? "; grey is 0" : ""}`;
  };

  const draw = (touched) => {
    const { applied, padded, places: [rows, columns], products: parts, total } = slid(), { stride, padding, dilation } = how;
    const [row, column] = [Math.floor(at / columns), at % columns], dark = Math.max(...image.flat().map(Math.abs)) || 1;
    const [height, width] = sizeOf(image);
    input.resize(sizeOf(padded));
    input.cells.forEach((line, i) => line.forEach((cell, j) => {
      const weight = applied[(i - row * stride) / dilation]?.[(j - column * stride) / dilation];
      cell.replaceChildren(make("span", { textContent: rounded(padded[i][j]) }));
      if (weight !== undefined) cell.append(make("small", { textContent: `\u00d7${rounded(weight)}` }));
      cell.classList.toggle("stepper-on", weight !== undefined);
      cell.classList.toggle("stepper-pad", i < padding || j < padding || i >= height + padding || j >= width + padding);
      cell.style.setProperty("--shade", `${(18 * Math.abs(padded[i][j])) / dark}%`);
    }));
    products.resize(sizeOf(kernel));
    parts(row, column).forEach((line, i) => line.forEach((part, j) => (products.cells[i][j].textContent = rounded(part))));
    output.resize([rows, columns]);
    output.cells.forEach((line, i) => line.forEach((cell, j) => {
      cell.textContent = rounded(total(i, j));
      cell.classList.toggle("stepper-on", i === row && j === column);
    }));
    sum.replaceChildren("sum ", make("b", { textContent: rounded(total(row, column)) }));
    drawKernel();
    drawPictures();
    radios.forEach((radio, i) => (radio.checked = modes[i] === how.mode));
    counts.forEach((count, i) => (count.value = how[numbers[i]]));
    Object.assign(position, { max: rows * columns - 1, value: at });
    place.textContent = `${row + 1}, ${column + 1}`;
    position.setAttribute("aria-valuetext", `row ${row + 1}, column ${column + 1}`);
    if (touched) buttons.touched();
  };
  const describe = () => {
    const { places: [, columns], products: parts, total } = slid(), [row, column] = [Math.floor(at / columns), at % columns];
    return `row ${row + 1}, column ${column + 1}: ${parts(row, column).flat().map(rounded).join(" + ")} = ${rounded(total(row, column))}`;
  };
  const changed = () => ({
    ...(nameOf() !== defaults.kernel && { kernel: kernel.map((row) => row.join(",")).join(";") }),
    ...Object.fromEntries(["mode", ...numbers].filter((name) => how[name] !== defaults[name]).map((name) => [name, how[name]])),
    ...(at !== defaults.at && { at }),
  });
  const restore = (given = {}) => {
    const rows = (given.kernel ?? "").split(";").map((row) => row.split(",").map((each) => (each.trim() === "" ? NaN : Number(each))));
    const proper = rows.length <= largest && rows[0].length <= largest && rows.every((row) => row.length === rows[0].length && row.every(Number.isFinite));
    const within = (name) => Number(given[name]) >= limits[name][0] && Number(given[name]) <= limits[name][1] && Number.isInteger(Number(given[name]));
    own = null;
    file.value = "";
    [kernel, at, how] = [kernels[defaults.kernel], 0, Object.fromEntries(["mode", ...numbers].map((name) => [name, defaults[name]]))];
    change({
      kernel: proper ? rows : kernel, mode: modes.includes(given.mode) ? given.mode : how.mode,
      ...Object.fromEntries(numbers.filter(within).map((name) => [name, Number(given[name])])),
    }, false);
    complain("");
    const to = Number(given.at ?? defaults.at), [across, along] = slid().places;
    at = Number.isInteger(to) && to >= 0 && to < across * along ? to : 0;
    draw(false);
  };

  // Point at a pixel, or at a sum: the window goes there.
  const follow = ({ node }, cellsOf, whereTo) => {
    node.onpointerdown = node.onpointermove = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const target = document.elementFromPoint(event.clientX, event.clientY)?.closest("td");
      const cells = cellsOf(), i = cells.findIndex((line) => line.includes(target));
      if (i < 0) return;
      const { places: [rows, columns] } = slid(), to = whereTo(i, cells[i].indexOf(target));
      const next = clamp(to[0], rows - 1) * columns + clamp(to[1], columns - 1);
      if (next !== at) move(next);
    };
  };
  follow(input, () => input.cells, (...cell) => cell.map((index, axis) => Math.round((index - (span(kernel, how)[axis] - 1) / 2) / how.stride)));
  follow(output, () => output.cells, (...cell) => cell);
  before.onpointerdown = before.onpointermove = (event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const { left, top, width, height } = before.getBoundingClientRect(), [rows, columns] = sizeOf(image);
    cutAt([Math.round(((event.clientY - top) / height) * own.length - rows / 2), Math.round(((event.clientX - left) / width) * own[0].length - columns / 2)]);
  };

  let playing = false;
  const play = make("button", { type: "button", textContent: "Play" });
  play.onclick = async () => {
    playing = !playing;
    play.textContent = playing ? "Pause" : "Play";
    const last = () => slid().places.reduce((rows, columns) => rows * columns) - 1;
    if (at === last()) at = -1;
    while (playing && at < last() && box.isConnected) {
      move(at + 1);
      await pause(500);
    }
    playing = false;
    play.textContent = "Play";
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const buttons = foot({ extra: still ? [] : [play], changed, describe, page, reset: () => { playing = false; restore(); buttons.touched(); } });

  const line = (...parts) => make("div", { className: "explore-row" }, ...parts);
  const wide = (...parts) => make("div", { className: "explore-input explore-choice" }, ...parts);
  const along = (text, slider, value = make("span")) => line(label(text, slider.id), make("span", { className: "explore-input" }, slider), value);
  box.replaceChildren(
    make("div", { className: "stepper" }, input.node, make("div", {}, products.node, sum), output.node, pictures),
    make("div", { className: "explore-controls" },
      along("place", position, place),
      line(label("mode"), choice),
      line(label("kernel", ids.kernel), wide(preset, size, entries)),
      line(label("window"), wide(...counts.map((count, i) => make("span", {}, make("label", { htmlFor: count.id, textContent: numbers[i] }), " ", count)))),
      line(label("picture", ids.file), wide(file, make("span", { className: "explore-status", textContent: "of your own; it stays on this page" }))),
      along("from row", axes[0]), along("from column", axes[1])),
    problem, buttons.row,
  );
  restore(page ? address.read(page.key) : {});
}

// In a notebook the page computes, too.
function render({ model, el }) {
  const box = ours(make("div", { className: "explore" }));
  el.append(make("div", { className: "explore-notebook" }, box));
  mount({ box, state: model.get("state") });
}
