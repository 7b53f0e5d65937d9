// On the website: Python drew every frame when the book was built.  Their file is fetched at the first touch.

const { search: version } = new URL(import.meta.url);

const unpack = async (url) => {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error("The frames of this figure could not be loaded.");
  const bytes = new Uint8Array(await reply.arrayBuffer());
  let start = bytes.indexOf(10) + 1; // after a line of JSON
  const { sizes } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, start)));
  return sizes.map((size) => URL.createObjectURL(new Blob([bytes.subarray(start, (start += size))], { type: "image/webp" })));
};

const loaded = async (src) => {
  const image = new Image();
  image.src = src;
  await image.decode();
  return src;
};

// The position of `values` in the order in which Python drew them: the last control runs fastest.
const position = (controls, values) =>
  controls.reduce((index, { name, kind, low, high, step, values: all }) => {
    const count = kind === "range" ? Math.round((high - low) / step) + 1 : all.length;
    return index * count + (kind === "range" ? Math.round((values[name] - low) / step) : all.indexOf(values[name]));
  }, 0);

const keys = new Set();
for (const box of document.querySelectorAll(".explore[data-state]")) {
  const figure = box.closest("figure"), state = JSON.parse(box.dataset.state);
  let key = state.name;
  for (let i = 2; keys.has(key); i++) key = `${state.name}-${i}`; // two of one name do not share their state
  keys.add(key);

  let frames;
  const fetchFrames = () => (frames ??= unpack(new URL(state.frames, import.meta.url)).catch((error) => { frames = null; throw error; }));
  const ask = async (values) => {
    const [under, ...over] = await fetchFrames();
    const [src] = await Promise.all([over[position(state.controls, values)], under].map(loaded));
    return { src, under };
  };
  if (state.frames) // on their way before the hand has moved
    for (const event of ["pointerenter", "focusin"]) box.addEventListener(event, () => fetchFrames().catch(() => {}), { once: true });

  const { mount } = await import(`./${state.module}.js${version}`);
  await mount({ box, image: figure?.querySelector("img"), state, ask, page: { key, anchor: figure?.id } }); // a shared link is drawn
  box.dataset.ready = "";
}
