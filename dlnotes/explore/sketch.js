
const SIDE = 28, BOX = 20, LEVELS = 15, INK = "#22262e"; // LEVELS of ink: few, so that a drawing fits into the address
const unpack = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));

// The weights, and the biases, of each layer, from the bytes in which they came.
const weigh = (layers, [weights, biases]) => {
  const bytes = new Int8Array(unpack(weights).buffer), floats = new DataView(unpack(biases).buffer);
  let w = 0, b = 0;
  return layers.map((layer) => {
    if (!layer.shape) return layer;
    const count = layer.shape.reduce((all, side) => all * side);
    const weight = Float64Array.from(bytes.subarray(w, (w += count)), (step) => step * layer.scale);
    const bias = Float64Array.from({ length: layer.shape[0] }, () => (layer.bias ? floats.getFloat32(4 * b++, true) : 0));
    return { ...layer, weight, bias };
  });
};

// One layer.  Maps are { maps, height, width, values }, the values row by row; a row of numbers is one map of one row.
const step = {
  Conv2d({ shape: [outputs, inputs, kh, kw], stride: [down, right], padding: [above, before], weight, bias }, x) {
    const height = Math.floor((x.height + 2 * above - kh) / down) + 1, width = Math.floor((x.width + 2 * before - kw) / right) + 1;
    const values = new Float64Array(outputs * height * width);
    for (let o = 0, at = 0; o < outputs; o++)
      for (let r = 0; r < height; r++)
        for (let c = 0; c < width; c++, at++) {
          let sum = bias[o];
          for (let k = 0; k < inputs; k++)
            for (let i = 0; i < kh; i++) {
              const row = r * down + i - above;
              if (row < 0 || row >= x.height) continue;
              for (let j = 0; j < kw; j++) {
                const column = c * right + j - before;
                if (column < 0 || column >= x.width) continue;
                sum += weight[((o * inputs + k) * kh + i) * kw + j] * x.values[(k * x.height + row) * x.width + column];
              }
            }
          values[at] = sum;
        }
    return { maps: outputs, height, width, values };
  },
  Linear({ shape: [outputs, inputs], weight, bias }, { values }) {
    const sum = (o) => {
      let all = bias[o];
      for (let i = 0; i < inputs; i++) all += weight[o * inputs + i] * values[i];
      return all;
    };
    return { maps: 1, height: 1, width: outputs, values: Float64Array.from({ length: outputs }, (_, o) => sum(o)) };
  },
  ReLU: (layer, x) => ({ ...x, values: x.values.map((value) => Math.max(0, value)) }),
  Flatten: (layer, { values }) => ({ maps: 1, height: 1, width: values.length, values }),
  pool({ size }, { maps, height, width, values }, join) {
    const rows = Math.floor(height / size), columns = Math.floor(width / size), made = new Float64Array(maps * rows * columns);
    for (let m = 0, at = 0; m < maps; m++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++, at++) {
          const window = [];
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++) window.push(values[(m * height + r * size + i) * width + c * size + j]);
          made[at] = join(window);
        }
    return { maps, height: rows, width: columns, values: made };
  },
  MaxPool2d: (layer, x) => step.pool(layer, x, (window) => Math.max(...window)),
  AvgPool2d: (layer, x) => step.pool(layer, x, (window) => window.reduce((all, each) => all + each) / window.length),
};

// What each layer makes of an image, 784 numbers from 0 to 1.
const forward = (layers, image) => {
  let x = { maps: 1, height: SIDE, width: SIDE, values: Float64Array.from(image) };
  return layers.map((layer) => (x = step[layer.name](layer, x)));
};
const softmax = (scores) => {
  const largest = Math.max(...scores), parts = [...scores].map((score) => Math.exp(score - largest));
  return parts.map((part) => part / parts.reduce((all, each) => all + each));
};

// A drawing as MNIST has its digits: its longer side 20 pixels, its centre of mass in the middle.
const centred = (drawing) => {
  const rows = Array(SIDE).fill(0), columns = Array(SIDE).fill(0);
  drawing.forEach((ink, i) => { rows[Math.floor(i / SIDE)] += ink; columns[i % SIDE] += ink; });
  const total = rows.reduce((all, each) => all + each);
  if (!total) return drawing;
  const reach = (sums) => sums.findLastIndex(Boolean) - sums.findIndex(Boolean) + 1;
  const zoom = Math.max(reach(rows), reach(columns)) / BOX;
  const places = (sums) => {
    const middle = sums.reduce((all, each, i) => all + (each / total) * i, 0);
    return sums.map((_, i) => middle + (i - (SIDE - 1) / 2) * zoom);
  };
  const [down, right] = [places(rows), places(columns)];
  const ink = (i, j) => (i >= 0 && i < SIDE && j >= 0 && j < SIDE ? drawing[i * SIDE + j] : 0);
  return down.flatMap((y) => right.map((x) => {
    const i = Math.floor(y), j = Math.floor(x), [low, along] = [y - i, x - j];
    const line = (row) => ink(row, j) * (1 - along) + ink(row, j + 1) * along;
    return line(i) * (1 - low) + line(i + 1) * low;
  }));
};

// Values as ink on paper, the largest of them black.
const tile = (values, width) => {
  const height = values.length / width, canvas = Object.assign(document.createElement("canvas"), { width, height });
  const ink = canvas.getContext("2d"), pixels = ink.createImageData(width, height);
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(INK.slice(at, at + 2), 16));
  values.forEach((value, i) => pixels.data.set([red, green, blue, 255 * Math.max(0, value)], 4 * i));
  ink.putImageData(pixels, 0, 0);
  return canvas;
};

// The whole picture, laid out as Python lays it out.
const GAP = 2;
const compose = ({ places, pixels: [width, height] }, found, family) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height }), ink = canvas.getContext("2d");
  const unit = width / Math.max(...places.map(({ left, maps, width }) => left + maps * (width + GAP) - GAP));
  Object.assign(ink, { imageSmoothingEnabled: false, fillStyle: INK, font: `${width / 56}px ${family}` });
  places.forEach(({ title, maps, height, width, left, top }, i) => {
    const largest = Math.max(...found[i]) || 1, count = found[i].length / maps;
    ink.fillText(title, left * unit, (top - 1.5) * unit);
    for (let m = 0; m < maps; m++) {
      const part = tile(Array.from(found[i].subarray(m * count, (m + 1) * count), (value) => value / largest), width);
      ink.drawImage(part, (left + m * (width + GAP)) * unit, top * unit, width * unit, height * unit);
    }
  });
  return canvas.toDataURL();
};

// A drawing in the page's address: two of its levels in a byte.
const written = (drawing) =>
  btoa(String.fromCharCode(...drawing.filter((_, i) => i % 2 === 0).map((ink, i) => 16 * ink + drawing[2 * i + 1])))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const read = (text) => {
  try {
    const levels = [...unpack(text.replaceAll("-", "+").replaceAll("_", "/"))].flatMap((pair) => [pair >> 4, pair & 15]);
    return levels.length === SIDE * SIDE ? levels : null;
  } catch {
    return null;
  }
};

function mount({ box, image, state, parts, page }) {
  const classes = state.probabilities.length, usual = image.src;
  let at = 0, drawing = null, known, found = state.probabilities;
  let pen = [SIDE / 2, SIDE / 2], down = false; // where the keys have moved it

  const paper = make("canvas", { width: SIDE, height: SIDE, tabIndex: 0 }), mark = make("span", { className: "sketch-pen" });
  paper.setAttribute("role", "application");
  paper.setAttribute("aria-label", "paper to draw on: arrow keys move the pen, the space bar sets it down or lifts it");
  const rows = state.probabilities.map((_, i) => make("tr", {}, make("th", { scope: "row", textContent: i }), make("td"), make("td")));
  const table = make("table", {}, make("caption", { textContent: "probability" }), make("tbody", {}, ...rows));
  const slider = make("input", { type: "range", id: unique("example"), min: 0, max: state.examples - 1, step: 1 });
  const number = make("span", { className: "explore-value", ariaHidden: "true" });
  const centre = make("input", { type: "checkbox", id: unique("centre") });
  const problem = make("p", { className: "explore-error", role: "alert", hidden: true });

  const bytes = () => known?.images.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE) ?? unpack(state.first);
  const sketched = () => Array.from(bytes(), (grey) => Math.round((grey * LEVELS) / 255));
  const onPaper = () => (drawing ? drawing.map((ink) => ink / LEVELS) : Array.from(bytes(), (grey) => grey / 255));
  const input = () => (drawing && centre.checked ? centred(onPaper()) : onPaper());

  const show = () => {
    const best = found.indexOf(Math.max(...found));
    rows.forEach((row, i) => {
      const share = `${Math.round(100 * found[i])} %`;
      row.className = i === best ? "sketch-best" : "";
      row.children[1].style.setProperty("--share", `${100 * found[i]}%`);
      row.children[2].textContent = share;
    });
    paper.getContext("2d").clearRect(0, 0, SIDE, SIDE);
    paper.getContext("2d").drawImage(tile(onPaper(), SIDE), 0, 0);
    Object.assign(mark.style, { left: `${(100 * pen[0]) / SIDE}%`, top: `${(100 * pen[1]) / SIDE}%` });
    mark.classList.toggle("sketch-down", down);
    slider.value = at;
    number.textContent = drawing ? "" : at + 1;
    slider.setAttribute("aria-valuetext", `example ${at + 1}`);
  };
  let waiting = false;
  const draw = async () => {
    if (waiting) return; // the one on its way will show what there is then
    waiting = true;
    const arrived = buttons.waiting(image);
    try {
      if (!known) {
        const [weights, biases, images] = await parts();
        known = { layers: weigh(state.layers, [weights, biases]), images: unpack(images) };
      }
      problem.hidden = true;
      await pause(0);
      const made = forward(known.layers, input());
      found = softmax(made.at(-1).values);
      const shown = made.filter((_, i) => state.layers[i].shown).map(({ values }) => values);
      image.src = compose(state, [Float64Array.from(input()), ...shown], getComputedStyle(box).fontFamily);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
    waiting = false;
    show();
    arrived();
  };
  const moved = () => { show(); buttons.touched(); return draw(); };

  // The pen: a soft dot at each half pixel of the way.
  const stroke = ([x0, y0], [x1, y1]) => {
    drawing ??= sketched();
    const dots = Math.max(1, Math.ceil(2 * Math.hypot(x1 - x0, y1 - y0)));
    for (let d = 0; d <= dots; d++) {
      const x = x0 + ((x1 - x0) * d) / dots, y = y0 + ((y1 - y0) * d) / dots;
      drawing = drawing.map((ink, i) => {
        const far = Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y);
        return Math.max(ink, Math.round(LEVELS * Math.min(1, Math.max(0, 2.1 - far))));
      });
    }
    moved();
  };
  let last;
  paper.onpointerdown = paper.onpointermove = (event) => {
    if (event.type === "pointermove" && !(event.buttons && last)) return;
    const { left, top, width, height } = paper.getBoundingClientRect();
    const to = [((event.clientX - left) / width) * SIDE, ((event.clientY - top) / height) * SIDE];
    if (event.type === "pointerdown") { last = to; paper.setPointerCapture(event.pointerId); }
    stroke(last, to);
    last = to;
  };
  paper.onpointerup = paper.onpointercancel = () => (last = null);
  paper.onkeydown = (event) => {
    const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!by && event.key !== " ") return;
    event.preventDefault();
    const from = pen;
    if (by) pen = pen.map((place, axis) => Math.min(SIDE - 1, Math.max(1, place + by[axis])));
    else down = !down;
    if (down) stroke(from, pen);
    else show();
  };

  slider.oninput = () => { at = slider.valueAsNumber; drawing = null; moved(); };
  centre.onchange = moved;
  const changed = () => ({
    ...(at ? { example: at } : {}), ...(drawing ? { drawing: written(drawing) } : {}), ...(centre.checked ? {} : { centre: false }),
  });
  const describe = () => {
    const best = found.indexOf(Math.max(...found)), what = drawing ? "your drawing" : `example ${at + 1}`;
    return `${what}: ${best}, ${rows[best].children[2].textContent}`;
  };
  const restore = (given) => {
    const to = Number(given.example ?? 0);
    [at, drawing, pen, down] = [to in [...Array(state.examples)] ? to : 0, read(given.drawing ?? ""), [SIDE / 2, SIDE / 2], false];
    centre.checked = given.centre !== "false";
  };
  const clear = make("button", { type: "button", textContent: "Clear", onclick: () => { drawing = Array(SIDE * SIDE).fill(0); moved(); } });
  const reset = () => {
    restore({});
    [found, image.src] = [state.probabilities, usual];
    show();
    buttons.touched();
  };
  const buttons = foot({ extra: [clear], changed, describe, page, reset });
  box.replaceChildren(
    make("div", { className: "sketch" }, make("div", { className: "sketch-paper" }, paper, mark), table),
    make("div", { className: "explore-controls" },
      make("div", { className: "explore-row" }, make("label", { className: "explore-label", htmlFor: slider.id, textContent: "example" }),
        make("span", { className: "explore-input" }, slider), number),
      make("div", { className: "explore-row" }, make("label", { className: "explore-label", htmlFor: centre.id, textContent: "centre and scale a drawing" }),
        make("span", { className: "explore-input" }, centre), make("span"))),
    problem, buttons.row,
  );
  restore(page ? address.read(page.key) : {});
  show();
  if (Object.keys(changed()).length) draw(); // a shared link
}

// In a notebook the page computes, too.
function render({ model, el }) {
  const state = model.get("state"), url = URL.createObjectURL(new Blob([model.get("image")], { type: "image/png" }));
  const image = make("img", { alt: "what each layer makes of the drawing", src: url });
  image.style.width = `${(state.pixels[0] * 96) / state.dpi}px`;
  const box = ours(make("div", { className: "explore" }));
  el.append(make("div", { className: "explore-notebook" }, image, box));
  mount({ box, image, state, parts: async () => model.get("parts") });
  return () => URL.revokeObjectURL(url);
}
