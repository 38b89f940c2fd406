// Draws the charts when they come into view, shows their tables, and makes downloads of figures and pictures. Loads nothing.
"use strict";
(() => {
  const read = (id) => document.getElementById(id).textContent;
  const themes = JSON.parse(read("themes"));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 40rem)");
  const theme = () => themes[dark.matches ? "dark" : "light"];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const ROWS_AT_ONCE = 200;
  const LABEL_HEIGHT = 15;
  const AXES = 52;
  // A legend below a drawing takes up to two rows; labels at an angle are this much higher than others.
  const LEGEND = 30;
  const ANGLED_LABELS = 40;
  const ERRORS = 1;
  const NARROW = 420;

  // A chart has a declaration, and rows that are unpacked when they are first needed.

  const charts = new Map();
  for (const element of document.querySelectorAll(".chart")) {
    const declaration = JSON.parse(read(`declaration-${element.id}`));
    charts.set(element.id, { ...declaration, key: element.id, element, drawn: new Map() });
  }

  const unpack = (chart) => (chart.rows ??= (async () => {
    const bytes = Uint8Array.from(atob(read(`payload-${chart.key}`)), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  })());

  // Numbers of the panels with a drawing; one with a single reading has words.
  const drawable = (chart) => [...chart.panels.keys()].filter((number) => chart.panels[number].drawn);

  const records = (columns) => {
    const names = Object.keys(columns);
    return columns[names[0]].map((_, row) => Object.fromEntries(names.map((name) => [name, columns[name][row]])));
  };

  // Drawing

  const chosen = async (chart, number) => {
    const panel = chart.panels[number];
    const data = (await unpack(chart)).panels[number];
    let rows = records(data.rows);
    if (panel.choose) {
      const select = chart.element.querySelector(`[data-panel="${number}"] select`);
      rows = rows.filter((row) => String(row[panel.choose]) === select.value);
    }
    const last = new Map();
    if (panel.ends) for (const row of rows) if (row.value !== null) last.set(row.series, row);
    const ends = [...last.values()].map((row) => ({ ...row }));
    // Marks of the sources of these rows, each day once.
    const sources = new Set(rows.map(({ source }) => source));
    const about = (marks) => [...new Map(
      marks.filter(({ source }) => sources.has(source)).map((mark) => [mark.day, mark])).values()];
    return { rows, ends, changes: about(data.changes), stale: about(data.stale) };
  };

  const render = async (target, chart, number, width) => {
    const datasets = await chosen(chart, number);
    const specification = structuredClone(chart.panels[number].specification);
    specification.datasets = { ...specification.datasets, ...datasets };
    specification.config = { ...theme(), params: [{ name: "room", value: target.clientWidth < NARROW && !width ? 110 : 190 }] };
    // Drop layers without rows.
    specification.layer = specification.layer?.filter(({ data }) => datasets[data?.name]?.length !== 0);
    if (!specification.layer) delete specification.layer;
    if (width) specification.width = width;
    const { step } = specification.height;
    if (step) specification.height = step * new Set(datasets.rows.map(({ row }) => row)).size;
    const { view } = await vegaEmbed(target, specification, {
      ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: showTooltip, logLevel: ERRORS,
    });
    if (datasets.ends.length) await spread(view, datasets.ends);
    return { view, rows: datasets.rows };
  };

  // Push names at the ends of lines apart until none covers another.
  const spread = async (view, ends) => {
    const scale = view.scale("y");
    const [bottom, top] = scale.range();
    const places = ends.map((end) => ({ end, y: scale(end.value) })).sort((a, b) => a.y - b.y);
    for (let i = 1; i < places.length; i++) places[i].y = Math.max(places[i].y, places[i - 1].y + LABEL_HEIGHT);
    let limit = bottom;
    for (let i = places.length - 1; i >= 0; i--) {
      places[i].y = Math.min(places[i].y, limit);
      limit = places[i].y - LABEL_HEIGHT;
    }
    // New records, because Vega has given the old ones an identity.
    const moved = places.map(({ end, y }) => (
      { label: end.label, series: end.series, day: new Date(end.day), value: scale.invert(Math.max(y, top - 8)) }));
    view.data("ends", moved);
    await view.runAsync();
  };

  const draw = async (chart, number) => {
    const figure = chart.element.querySelector(`[data-panel="${number}"]`);
    chart.drawn.get(number)?.view.finalize();
    try {
      chart.drawn.set(number, await render(figure.querySelector(".canvas"), chart, number));
      figure.dataset.drawn = "yes";
    } catch (error) {
      figure.querySelector(".readout").textContent = "This chart could not be drawn; its figures are in the table below.";
      console.error(chart.key, number, error);
    }
    if (performance.getEntriesByName("first-chart").length === 0) performance.mark("first-chart");
  };

  const redraw = () => {
    for (const chart of charts.values()) for (const number of chart.drawn.keys()) draw(chart, number);
  };

  // One sentence at the pointer, or for the arrow keys.

  const pointer = document.body.appendChild(document.createElement("div"));
  pointer.id = "pointer";
  pointer.hidden = true;
  const showTooltip = (_handler, event, _item, value) => {
    pointer.hidden = !value;
    if (!value) return;
    pointer.textContent = typeof value === "object" ? Object.values(value).join(" ") : String(value);
    const box = pointer.getBoundingClientRect();
    const left = Math.min(event.clientX + 12, document.documentElement.clientWidth - box.width - 8);
    const above = event.clientY - box.height - 12;
    pointer.style.left = `${Math.max(8, left)}px`;
    pointer.style.top = `${above < 8 ? event.clientY + 16 : above}px`;
  };

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const step = (chart, number, figure, event) => {
    const rows = chart.drawn.get(number)?.rows ?? [];
    if (!(event.key in STEPS) || rows.length === 0) return;
    event.preventDefault();
    const place = Number(figure.dataset.place ?? -1) + STEPS[event.key];
    figure.dataset.place = Math.max(0, Math.min(rows.length - 1, place));
    figure.querySelector(".readout").textContent = rows[figure.dataset.place].sentence;
  };

  // Tables

  const written = (value) => {
    if (value === null) return "–";
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: 2 });
    // Marks that would change the direction of the text after them.
    return value.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
  };

  const tabulate = async (chart, place) => {
    const { table } = await unpack(chart);
    const names = Object.keys(table);
    const rows = records(table);
    const element = document.createElement("table");
    element.createCaption().textContent = `${chart.name}: ${chart.finding}`;
    const head = element.createTHead().insertRow();
    for (const name of names) {
      const cell = head.appendChild(document.createElement("th"));
      cell.scope = "col";
      cell.title = chart.columns[name] ?? "";
      cell.textContent = name.replaceAll("_", " ");
    }
    const body = element.createTBody();
    const more = document.createElement("button");
    more.type = "button";
    const extend = () => {
      const from = body.rows.length;
      for (const row of rows.slice(from, from + ROWS_AT_ONCE)) {
        const line = body.insertRow();
        for (const name of names) {
          const cell = line.insertCell();
          cell.textContent = written(row[name]);
          if (typeof row[name] === "number") cell.className = "number";
        }
      }
      const left = rows.length - body.rows.length;
      more.hidden = left === 0;
      more.textContent = `Show ${Math.min(left, ROWS_AT_ONCE)} more of ${left.toLocaleString("en")} rows`;
    };
    more.addEventListener("click", extend);
    extend();
    place.replaceChildren(element, more);
  };

  // Downloads: the figures as CSV, a picture, and a page to embed.

  const save = (name, contents, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([contents], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  // NULL is empty, an empty text is "". An apostrophe keeps a spreadsheet from calculating a text.
  const CALCULATED = /^(?:[=@\t\r\n＝＠]|[+\-＋－](?=.*[(|!]))/s;
  const cell = (value) => {
    if (value === null) return "";
    const text = (typeof value === "string" && CALCULATED.test(value) ? "'" : "") + value;
    return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  const csv = async (chart) => {
    const { table } = await unpack(chart);
    const names = Object.keys(table);
    const lines = records(table).map((row) => names.map((name) => cell(row[name])).join(","));
    return `${[names.map(cell).join(","), ...lines].join("\n")}\n`;
  };

  const WIDTH = 600;
  const GAP = 24;
  const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

  const ruler = document.createElement("canvas").getContext("2d");
  const wrapped = (text, width, size, weight) => {
    ruler.font = `${weight} ${size}px ${theme().font}`;
    const lines = [""];
    for (const word of text.split(/\s+/)) {
      const line = `${lines.at(-1)} ${word}`.trim();
      if (lines.at(-1) && ruler.measureText(line).width > width) lines.push(word);
      else lines[lines.length - 1] = line;
    }
    return lines;
  };

  // One picture of all panels, with the finding above and the sources below.
  const picture = async (chart) => {
    const parts = [];
    const numbers = drawable(chart);
    const columns = numbers.length > 1 ? 2 : 1;
    const width = columns * WIDTH + (columns + 1) * GAP;
    const write = (text, x, y, size, weight, fill) =>
      parts.push(`<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(text)}</text>`);
    let y = GAP;
    for (const line of wrapped(chart.finding, width - 2 * GAP, 19, 650)) write(line, GAP, (y += 24), 19, 650, colour("ink"));
    y += 20;
    for (let first = 0; first < numbers.length; first += columns) {
      let tallest = 0;
      for (const [place, number] of numbers.slice(first, first + columns).entries()) {
        const x = GAP + place * (WIDTH + GAP);
        const select = chart.element.querySelector(`[data-panel="${number}"] select`);
        const heading = `${chart.panels[number].heading}${select ? `: ${select.value}` : ""} (${chart.panels[number].origin})`;
        const lines = wrapped(heading, WIDTH, 14, 600);
        lines.forEach((line, i) => write(line, x, y + 18 + i * 18, 14, 600, colour("ink")));
        const { view } = await render(document.createElement("div"), chart, number, WIDTH);
        const drawn = new DOMParser().parseFromString(await view.toSVG(), "image/svg+xml").documentElement;
        view.finalize();
        drawn.setAttribute("x", x);
        drawn.setAttribute("y", y + 12 + lines.length * 18);
        parts.push(new XMLSerializer().serializeToString(drawn));
        tallest = Math.max(tallest, Number(drawn.getAttribute("height")) + 12 + lines.length * 18);
      }
      y += tallest + GAP;
    }
    for (const line of wrapped(`Source: ${chart.credit}. Drawn by ${document.body.dataset.maker}.`, width - 2 * GAP, 12, 400)) write(line, GAP, (y += 16), 12, 400, colour("soft"));
    const height = Math.ceil(y + GAP);
    const font = escaped(theme().font);
    return {
      width, height,
      svg: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" ` +
        `viewBox="0 0 ${width} ${height}" font-family="${font}" role="img"><title>${escaped(chart.finding)}</title>` +
        `<rect width="100%" height="100%" fill="${colour("ground")}"/>${parts.join("")}</svg>`,
    };
  };

  const png = async (chart) => {
    const { svg, width, height } = await picture(chart);
    const image = new Image();
    await new Promise((loaded, failed) => {
      image.onload = loaded;
      image.onerror = () => failed(new Error("the picture could not be drawn"));
      image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * width, 2 * height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };

  const embed = async (chart, button) => {
    const box = document.getElementById(`${chart.key}-embed`);
    box.hidden = !box.hidden;
    button.setAttribute("aria-expanded", String(!box.hidden));
    if (box.hidden) return "";
    const base = location.protocol.startsWith("http") ? new URL("embed/", location.href).href : "embed/";
    const area = box.querySelector("textarea");
    const height = Math.ceil(chart.element.querySelector(".panels").getBoundingClientRect().height) + 160;
    area.value = `<iframe src="${base}${chart.key}.html" title="${escaped(chart.name)}" width="100%" height="${height}" loading="lazy" style="border:0"></iframe>`;
    area.select();
    try {
      await navigator.clipboard.writeText(area.value);
      return "Copied.";
    } catch {
      return "Select and copy it.";
    }
  };

  const take = async (chart, button) => {
    const done = chart.element.querySelector(".done");
    done.textContent = "";
    const file = `${chart.key}.${button.dataset.take}`;
    try {
      switch (button.dataset.take) {
        case "csv": save(file, await csv(chart), "text/csv;charset=utf-8"); break;
        case "svg": save(file, (await picture(chart)).svg, "image/svg+xml"); break;
        case "png": save(file, await png(chart), "image/png"); break;
        case "embed": done.textContent = await embed(chart, button); return;
      }
      done.textContent = `${file} was created.`;
    } catch (error) {
      done.textContent = `${file} could not be created: ${error.message}`;
      console.error(chart.key, error);
    }
  };

  // The space of a drawing, reserved to prevent a layout shift: a button that moves is missed by the pointer.
  const reserved = ({ height, specification }) => {
    const text = JSON.stringify(specification);
    return height + AXES + (text.includes('"orient":"bottom"') ? LEGEND : 0) + (text.includes('"labelAngle"') ? ANGLED_LABELS : 0);
  };

  // Wiring

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(charts.get(target.closest(".chart").id), Number(target.dataset.panel));
    }
  }, { rootMargin: "300px" });

  for (const chart of charts.values()) {
    for (const figure of chart.element.querySelectorAll(".panel:has(.drawing)")) {
      const number = Number(figure.dataset.panel);
      figure.querySelector(".drawing").style.minHeight = `${reserved(chart.panels[number])}px`;
      figure.querySelector("select")?.addEventListener("change", () => draw(chart, number));
      figure.querySelector(".drawing").addEventListener("keydown", (event) => step(chart, number, figure, event));
    }
    for (const button of chart.element.querySelectorAll("button[data-take]")) {
      button.addEventListener("click", () => take(chart, button));
    }
    chart.element.querySelector('[data-show="table"]')?.addEventListener("toggle", ({ target }) => {
      const place = target.querySelector(".scroll");
      if (target.open && !place.firstChild) tabulate(chart, place);
    });
  }

  // Draw the first panel alone; the others follow when they come into view.
  const [first, ...others] = document.querySelectorAll(".panel:has(.drawing)");
  if (first) draw(charts.get(first.closest(".chart").id), Number(first.dataset.panel)).then(() => others.forEach((panel) => seen.observe(panel)));

  const menu = document.querySelector(".menu");
  menu?.addEventListener("click", ({ target }) => { if (target.closest("a")) menu.open = false; });

  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", open);
  open();
  dark.addEventListener("change", redraw);
  narrow.addEventListener("change", redraw);
  addEventListener("scroll", () => { pointer.hidden = true; }, { passive: true });
  // Printing and tests need every chart at once.
  window.drawAll = () => Promise.all([...charts.values()].flatMap((chart) =>
    drawable(chart).map((number) => (chart.drawn.has(number) ? null : draw(chart, number)))));
  addEventListener("beforeprint", () => { window.drawAll(); });
})();
