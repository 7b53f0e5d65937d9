// Small additions to the theme's own script, loaded before it.

// Search as you type: the index and the search tools are fetched at the first letter, not with every page.
const root = document.documentElement.dataset.content_root;
const fetchScript = (file) =>
  new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: root + file, onload: resolve, onerror: reject });
    document.head.append(script);
  });

localStorage.removeItem("sphinx_highlight_terms"); // Sphinx would mark the word of an earlier page's search in this one

if (!location.pathname.endsWith("/search.html")) {
  DOCUMENTATION_OPTIONS.search_as_you_type = true;
  window.Search = {
    async performSearch(query) { // stands in until searchtools.js declares the real `Search`
      delete window.Search;
      for (const file of ["doctools", "sphinx_highlight", "language_data", "searchtools"]) await fetchScript(`_static/${file}.js`);
      await fetchScript("searchindex.js");
      const input = document.querySelector("#pst-search-dialog input");
      input.value ||= query; // searchtools.js empties it as it starts
      Search.performSearch(input.value);
    },
  };
}

document.addEventListener("DOMContentLoaded", () => {
  // On wide screens the menu button hides the sidebar; on narrow ones the theme opens it as a dialog.
  document.querySelector(".primary-toggle")?.addEventListener("click", (event) => {
    if (!matchMedia("(min-width: 992px)").matches) return;
    event.stopImmediatePropagation();
    document.body.classList.toggle("sidebar-hidden");
  }, true);

  // The page's contents give way to margin notes and wide blocks that scroll past them.
  const contents = document.querySelector(".bd-sidebar-secondary");
  const visible = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? visible.add(target) : visible.delete(target);
    contents.classList.toggle("hide", visible.size > 0);
  }, { rootMargin: "0px 0px -25% 0px" });
  if (contents) document.querySelectorAll("aside.margin, .twins, .full-width").forEach((each) => observer.observe(each));

  // What scrolls can be reached by keyboard.
  const wide = new ResizeObserver((entries) => {
    for (const { target } of entries)
      if (target.scrollWidth > target.clientWidth) Object.assign(target, { tabIndex: 0, role: "group", ariaLabel: "scrolls sideways" });
  });
  document.querySelectorAll("pre, .formula, .pst-scrollable-table-container, .cell_output").forEach((each) => wide.observe(each));

  // A menu closes when the reader goes elsewhere.
  document.addEventListener("click", ({ target }) => {
    for (const menu of document.querySelectorAll("details.page-menu[open]"))
      if (!menu.contains(target)) menu.open = false;
  });
});
