"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  root.classList.add("js");

  // A page opened from a file or in a strict browser may have no storage.
  const remembered = (theme) => {
    try {
      if (theme) localStorage.setItem("custseg-theme", theme);
      return localStorage.getItem("custseg-theme");
    } catch {
      return null;
    }
  };
  const chosen = remembered();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  const theme = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

  // Narrower than this, labels leave no room to draw in: the chart is as wide, and scrolls.
  const NARROWEST = 660;
  // Figures beside marks may need more than the plot has; so often at most it is drawn anew.
  const TRIES = 4;
  const PADDING = { left: 2, top: 2, bottom: 2, right: 2 };

  const INKS = {
    light: { ink: "#1f2328", pale: "#57606a", grid: "#e4e1da" },
    dark: { ink: "#e6e8eb", pale: "#a5afb9", grid: "#343a42" },
  };
  const config = ({ ink, pale, grid }, width, padding) => {
    const words = {
      labelFontSize: 12, titleFontSize: 12, labelColor: ink, titleColor: pale, titleFontWeight: "normal",
    };
    return {
      background: "transparent",
      padding,
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: null },
      axis: { ...words, titleLimit: 0.8 * width, gridColor: grid, domainColor: grid, tickColor: grid, labelLimit: width > NARROWEST ? 180 : 120 },
      // A row of entries is as wide as it is; on a phone they stand in two columns.
      legend: { ...words, orient: "top", symbolLimit: 0, ...(width > NARROWEST ? {} : { columns: 2 }) },
      header: words,
      text: { fontSize: 12, color: ink },
      rule: { color: pale },
      mark: { color: pale },
    };
  };

  // Vega writes figures as the page's language does.
  const signs = Object.fromEntries(
    new Intl.NumberFormat(root.lang).formatToParts(-12345.6).map(({ type, value }) => [type, value]),
  );
  const formatLocale = {
    decimal: signs.decimal, thousands: signs.group, grouping: [3], currency: ["", ""],
  };

  const json = (element) => JSON.parse(element.textContent);
  const charts = () => [...document.querySelectorAll(".chart")];
  let datasets, repainted;

  const fit = (plot) => {
    const room = plot.clientWidth;
    const small = room < NARROWEST;
    for (const target of plot.querySelectorAll(":scope > div"))
      target.style.width = small ? `${NARROWEST}px` : "";
    // What scrolls is to be reached by keyboard.
    if (small) plot.tabIndex = 0;
    else plot.removeAttribute("tabindex");
    return small ? NARROWEST : room;
  };
  addEventListener("resize", () => document.querySelectorAll(".plot").forEach(fit));

  // By how much texts reach beyond each side: a browser's letters are as wide as its fonts.
  const beyond = (svg) => {
    const over = { left: 0, top: 0, bottom: 0, right: 0 };
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width || 1;
    for (const text of svg.querySelectorAll("text")) {
      if (!text.textContent) continue;
      const own = text.getBoundingClientRect();
      for (const [side, by] of [
        ["left", box.left - own.left], ["top", box.top - own.top],
        ["right", own.right - box.right], ["bottom", own.bottom - box.bottom],
      ]) over[side] = Math.max(over[side], by / scale);
    }
    return over;
  };
  const whole = async (target, spec, options) => {
    const padding = { ...PADDING };
    for (let tries = 1; ; tries += 1) {
      const drawn = await vegaEmbed(target, spec, options({ ...padding }));
      const svg = target.querySelector("svg");
      const over = svg ? Object.entries(beyond(svg)).filter(([, by]) => by > 0.5) : [];
      if (!over.length || tries === TRIES) return drawn;
      for (const [side, by] of over) padding[side] += Math.ceil(by) + 2;
      drawn.finalize();
    }
  };

  // Where the reader went by a link or an address, until they move on by themselves.
  let meant = null;
  const goTo = (hash) => {
    meant = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  };
  const holdAnchors = () => {
    goTo(location.hash);
    for (const moved of ["wheel", "touchmove", "pointerdown", "mousedown", "keydown"])
      addEventListener(moved, () => { meant = null; }, { passive: true });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      if (link) goTo(link.hash);
    });
    // The way back is the browser's: it knows where the reader was.
    addEventListener("hashchange", () => {
      if (meant && location.hash !== `#${meant.id}`) meant = null;
    });
  };

  const draw = (figure, name) => {
    const plot = figure.querySelector(".plot");
    if (plot.dataset.theme === name) return;
    plot.dataset.theme = name;
    datasets ??= json(document.getElementById("datasets"));
    repainted ??= json(document.getElementById("repainted"));
    let text = figure.querySelector("script").textContent;
    let data = (key) => datasets[key];
    if (name === "dark") {
      // Segments' colours that the dark ground would swallow are nearer to white on it.
      const repaint = (value) =>
        value.replace(/"(#[0-9a-f]{6})"/gi, (all, hex) => `"${repainted[hex.toLowerCase()] ?? hex}"`);
      text = repaint(text);
      // Rows whose fills are no segment's have their own for the dark ground.
      data = (key) =>
        JSON.parse(repaint(JSON.stringify(datasets[key]))).map((row) => ({ ...row, ...row.in_dark }));
    }
    const spec = JSON.parse(text);
    const own = spec.usermeta.datasets;
    delete spec.usermeta;
    spec.datasets = Object.fromEntries(own.map((key) => [key, data(key)]));
    const target = document.createElement("div");
    const former = plot.querySelector(".vega-embed");
    const undrawn = plot.querySelector(".undrawn");
    // The image around it has a text; what Vega says of each mark would only repeat it.
    target.setAttribute("aria-hidden", "true");
    plot.append(target);
    const width = fit(plot);
    const options = (padding) => ({
      actions: false,
      ast: true,
      config: config(INKS[name], width, padding),
      defaultStyle: false,
      formatLocale,
      // On a canvas made smaller, a point would not be where the pointer is.
      renderer: width > plot.clientWidth ? "svg" : plot.dataset.renderer,
      tooltip: { theme: "page", disableDefaultStyle: true },
    });
    return whole(target, spec, options).then(
      (drawn) => {
        undrawn?.remove();
        former?.remove();
        plot.finalize?.();
        plot.finalize = drawn.finalize;
        plot.classList.add("drawn");
        // What has grown above it moved what the reader wants to see.
        meant?.scrollIntoView({ behavior: "instant" });
      },
      (error) => {
        target.remove();
        undrawn?.classList.add("failed");
        console.error(error);
      },
    );
  };
  const redraw = () => {
    for (const figure of charts()) if (figure.querySelector(".drawn")) draw(figure, theme());
  };

  const showThemes = () => {
    const button = document.getElementById("theme");
    const label = () => {
      const other = theme() === "dark" ? "light" : "dark";
      button.textContent = button.dataset[other];
      button.setAttribute("aria-label", button.dataset[other === "dark" ? "toDark" : "toLight"]);
    };
    label();
    button.hidden = false;
    button.addEventListener("click", () => {
      root.dataset.theme = theme() === "dark" ? "light" : "dark";
      remembered(root.dataset.theme);
      label();
      redraw();
    });
    dark.addEventListener("change", () => {
      label();
      redraw();
    });
  };

  const byValue = (index, number) => (one, other) => {
    const [a, b] = [one, other].map((row) => row.cells[index]);
    if (!number) return a.textContent.trim().localeCompare(b.textContent.trim(), root.lang);
    return Number(a.dataset.value) - Number(b.dataset.value);
  };
  const makeSortable = (table) => {
    const headers = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const original = rows.filter((row) => !row.classList.contains("total"));
    const total = rows.filter((row) => row.classList.contains("total"));
    headers.forEach((header, index) => {
      const number = header.classList.contains("number");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      header.replaceChildren(button);
      button.addEventListener("click", () => {
        // Numbers fall at first: who sorts by them looks for the largest.
        const first = number ? "descending" : "ascending";
        const other = number ? "ascending" : "descending";
        const order = header.getAttribute("aria-sort") === first ? other : first;
        for (const each of headers) each.removeAttribute("aria-sort");
        header.setAttribute("aria-sort", order);
        const compare = byValue(index, number);
        const missing = (row) => number && row.cells[index].dataset.value === "";
        const known = original.filter((row) => !missing(row)).sort(compare);
        if (order === "descending") known.reverse();
        body.append(...known, ...original.filter(missing), ...total);
      });
    });
  };
  const makeFilterable = (box) => {
    const input = box.querySelector("input");
    const rows = [...box.parentElement.querySelector("tbody").rows];
    box.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      const output = box.querySelector("output");
      output.textContent = words.length ? `${shown} ${output.dataset.of} ${rows.length}` : "";
    });
  };

  const followAnchors = () => {
    const links = new Map(
      [...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]),
    );
    const inside = new Set();
    const seen = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting) inside.add(target.id);
          else inside.delete(target.id);
        }
        // A segment's card lies within the section of the cards; the inner one is meant.
        const current = [...links.keys()].filter((id) => inside.has(id)).at(-1);
        for (const [id, link] of links) {
          if (id === current) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      },
      { rootMargin: "-10% 0px -85% 0px" },
    );
    for (const id of links.keys()) seen.observe(document.getElementById(id));
  };

  document.addEventListener("DOMContentLoaded", () => {
    showThemes();
    document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
    document.querySelectorAll(".filter").forEach(makeFilterable);
    followAnchors();
    holdAnchors();
    const near = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          near.unobserve(target);
          draw(target, theme());
        }
      },
      { rootMargin: "600px" },
    );
    charts().forEach((figure) => near.observe(figure));

    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      for (const details of opened) details.open = true;
      // On paper every chart is there, and as on a light ground.
      for (const figure of charts()) draw(figure, "light");
    });
    addEventListener("afterprint", () => {
      for (const details of opened) details.open = false;
      redraw();
    });
  });
})();
