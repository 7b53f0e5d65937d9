// On the website: Python drew every frame when the book was built.  A script brings them at the first touch; a script,
// since those load in a page that was opened from disk, too, where nothing can be fetched.
(() => {
  const { src: here } = document.currentScript;
  const decoded = async (src) => {
    const image = new Image();
    image.src = src;
    await image.decode();
    return src;
  };
  const load = (file) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`${file}.js`, here);
      script.onload = () => resolve(explorers.frames[file]);
      script.onerror = () => reject(new Error("The frames of this figure could not be loaded."));
      document.head.append(script);
      script.remove();
    });

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
    const fetchFrames = () => (frames ??= load(state.frames).catch((error) => { frames = null; throw error; }));
    const ask = async (values) => {
      const [under, ...over] = (await fetchFrames()).map((bytes) => `data:image/webp;base64,${bytes}`);
      const [src] = await Promise.all([over[position(state.controls, values)], under].map(decoded));
      return { src, under };
    };
    if (state.frames) // on their way before the hand has moved
      for (const event of ["pointerenter", "focusin"]) box.addEventListener(event, () => fetchFrames().catch(() => {}), { once: true });

    explorers[state.module]({ box, image: figure?.querySelector("img"), state, ask, parts: fetchFrames, page: { key, anchor: figure?.id } });
  }
})();
