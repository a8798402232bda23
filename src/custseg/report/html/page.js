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

  // Narrower than this, labels leave no room to draw in: the chart is as wide, and made smaller.
  const NARROWEST = 660;
  const ROOMY = 800;

  const INKS = {
    light: { ink: "#1f2328", pale: "#57606a", grid: "#e4e1da" },
    dark: { ink: "#e6e8eb", pale: "#a5afb9", grid: "#343a42" },
  };
  const config = ({ ink, pale, grid }, width) => {
    const words = {
      labelFontSize: 12, titleFontSize: 12, labelColor: ink, titleColor: pale, titleFontWeight: "normal",
    };
    return {
      background: "transparent",
      // Figures beside the outermost marks may need more than the plot has.
      padding: { left: 2, top: 2, bottom: 2, right: width < ROOMY ? 30 : 2 },
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

  const json = (element) => JSON.parse(element.textContent);
  const charts = () => [...document.querySelectorAll(".chart")];
  let datasets, repainted;

  const fit = (plot) => {
    const room = plot.clientWidth;
    const small = room < NARROWEST;
    for (const target of plot.querySelectorAll("div")) {
      target.style.width = small ? `${NARROWEST}px` : "";
      target.style.zoom = small ? room / NARROWEST : "";
    }
    return small ? NARROWEST : room;
  };
  addEventListener("resize", () => document.querySelectorAll(".plot").forEach(fit));

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
      data = (key) => JSON.parse(repaint(JSON.stringify(datasets[key])));
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
    vegaEmbed(target, spec, {
      actions: false,
      ast: true,
      config: config(INKS[name], width),
      defaultStyle: false,
      // On a canvas made smaller, a point would not be where the pointer is.
      renderer: width > plot.clientWidth ? "svg" : plot.dataset.renderer,
      tooltip: { theme: "page", disableDefaultStyle: true },
    }).then(
      (drawn) => {
        undrawn?.remove();
        former?.remove();
        plot.finalize?.();
        plot.finalize = drawn.finalize;
        plot.classList.add("drawn");
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
      button.textContent = other === "dark" ? "Dark" : "Light";
      button.setAttribute("aria-label", `Switch to the ${other} theme`);
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
    if (!number) return a.textContent.trim().localeCompare(b.textContent.trim(), "en");
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
      box.querySelector("output").textContent = words.length ? `${shown} of ${rows.length}` : "";
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
