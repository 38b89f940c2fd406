// The page: a search box, up to six names beside each other, their lines in one chart, their figures in one table.
// What is chosen is in the address, so that a link shows the same. index.html has this script too, with embedded.js for data.js.
import { Data } from "./data.js";

const MOST = 6;
const SHOWN = 8;
const LISTED = 12;
const PAUSE = 100;
const WEEK = 7 * 86_400_000;
const RELATIONS = { finetune: "fine-tune", adapter: "adapter", quantized: "quantised copy", merge: "merge" };
const KINDS = { model: "model", author: "author", maker: "maker", family: "family", community: "community", former: "former name" };
const SHAPES = [
  "M0-4.5A4.5 4.5 0 1 1 0 4.5 4.5 4.5 0 1 1 0-4.5Z", "M0-5.5 5.5 0 0 5.5-5.5 0Z", "M-4.2-4.2H4.2V4.2H-4.2Z", "M0-5.2 5.2 4.2H-5.2Z",
  "M-5.2-4.2H5.2L0 5.2Z", "M-2-5.2H2V-2H5.2V2H2V5.2H-2V2H-5.2V-2H-2Z",
];

const $ = (id) => document.getElementById(id);
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
};
const drawn = (name, attributes, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
// Names come from strangers: signs that nobody sees, or that turn the direction of the text after them, are shown as such.
const written = (text) => String(text).replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
const whole = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en", { maximumFractionDigits: 2 }));
const short = (value) => value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });
const percent = (value) => (value === null ? "–" : `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 1 ? 2 : 1 })}%`);
// As on the charts; browsers do not agree on the short name of September.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const inMonth = (day) => `${MONTHS[Number(day.slice(5, 7)) - 1]} ${day.slice(0, 4)}`;
const onDay = (day) => `${Number(day.slice(8, 10))} ${inMonth(day)}`;

let data;
let picked = []; // loaded names, in the order of the address
let scale = "linear";
const latest = { search: 0, show: 0 };

// The address

const chosen = () => [...new URLSearchParams(location.hash.slice(1))].filter(([kind]) => kind in KINDS).slice(0, MOST);
const linkTo = (names) => `#${new URLSearchParams(names.map(({ kind, link }) => [kind, link])).toString().replaceAll("%2F", "/")}`;
const go = (names) => { location.hash = linkTo(names); };
const add = (one) => {
  const kind = one.kind === "former" ? "model" : one.kind;
  const link = kind === "model" || kind === "author" ? one.name : one.key;
  if (picked.some((other) => other.kind === kind && other.link === link)) return say(`${one.name} is already shown.`);
  if (picked.length === MOST) return say(`At most ${MOST} are compared: remove one first.`);
  return go([...picked, { kind, link }]);
};
const say = (text) => { $("said").textContent = text; };

// The search

const ordered = (known, found) => {
  const models = new Map();
  // A present name first, then the number of downloads.
  for (const one of [...known.models, ...found]) {
    const key = `${one.kind === "author" ? "author" : "model"} ${one.key}`;
    if (!models.has(key) || (models.get(key).kind === "former" && one.kind !== "former")) models.set(key, one);
  }
  const sorted = [...models.values()].sort((a, b) => (b.downloads ?? -1) - (a.downloads ?? -1));
  return [...known.named.slice(0, 4), ...sorted].slice(0, SHOWN);
};

const offer = (list, isWhole) => {
  const options = list.map((one, place) => element("li", { role: "option", id: `option-${place}`, "aria-selected": "false", onclick: () => choose(one) },
    element("span", { class: "kind" }, KINDS[one.kind]),
    element("span", { class: "name" }, written(one.name)),
    element("span", { class: "number" }, one.downloads === null ? "" : short(one.downloads))));
  for (const [place, option] of options.entries()) option.chosen = list[place];
  $("found").replaceChildren(...options);
  $("found").hidden = options.length === 0;
  $("search").setAttribute("aria-expanded", String(options.length > 0));
  $("search").removeAttribute("aria-activedescendant");
  if (isWhole) say(options.length === 0 ? data.nothing : `${options.length} found.`);
};

const choose = (one) => {
  $("search").value = "";
  offer([], false);
  say("");
  add(one);
};

const search = async () => {
  const turn = ++latest.search;
  const text = $("search").value.trim().toLowerCase().replaceAll(/\s+/g, "-");
  if (!text) return offer([], false);
  const known = data.known(text);
  // Titles have blanks.
  const titled = data.known($("search").value.trim().toLowerCase()).named;
  known.named = [...new Set([...titled, ...known.named])];
  const first = ordered(known, []);
  if (first.length > 0) offer(first, false);
  if (performance.getEntriesByName("first-result").length === 0 && first.length > 0) performance.mark("first-result");
  // Who types on asks for another text.
  await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  if (turn !== latest.search) return undefined;
  try {
    const found = await data.found(text);
    if (turn !== latest.search) return undefined;
    offer(ordered(known, found), true);
    performance.mark("whole-result");
    document.body.dataset.found = text;
  } catch (error) {
    if (turn === latest.search) say(`The index could not be searched: ${error.message}. Shown: what the page knows without it.`);
  }
  return undefined;
};

const step = (event) => {
  const options = [...$("found").children];
  if (event.key === "Escape") return offer([], false);
  if (options.length === 0) return undefined;
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    event.preventDefault();
    return choose(options[Math.max(0, at)].chosen);
  }
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!move) return undefined;
  event.preventDefault();
  const next = (Math.max(at, move > 0 ? -1 : options.length) + move + options.length) % options.length;
  for (const [place, one] of options.entries()) one.setAttribute("aria-selected", String(place === next));
  options[next].scrollIntoView({ block: "nearest" });
  $("search").setAttribute("aria-activedescendant", options[next].id);
  return undefined;
};

// Figures

const newest = (one) => one.readings.findLast(({ value }) => value !== null);
const before = (one, weeks) => {
  const now = newest(one);
  const day = now && new Date(Date.parse(now.day) - weeks * WEEK).toISOString().slice(0, 10);
  return one.readings.find((reading) => reading.day === day)?.value ?? null;
};
const change = (one, weeks) => {
  const [now, then] = [newest(one)?.value, before(one, weeks)];
  return now === undefined || !then ? null : (100 * (now - then)) / then;
};

const memory = (one) => {
  const size = one.facts.parameters_b;
  if (!size) return [];
  return data.start.memory.map(({ bits, gb_per_billion: each, kv_cache_gb: cache }) => ({ bits, weights: size * each, needed: size * each + cache }));
};
const gpus = (needed, usable) => Math.ceil(Number((needed / usable).toFixed(9)));
// Accelerators with as much memory stand in one row.
const cards = () => {
  const sizes = new Map();
  for (const { name, memory_gb: size, usable_gb: usable } of data.start.accelerators) {
    sizes.set(usable, { size, usable, names: [...(sizes.get(usable)?.names ?? []), name] });
  }
  return [...sizes.values()].sort((a, b) => a.usable - b.usable);
};

const related = ({ derivatives, finetunes, adapters, quantized, merged, unstated }) => {
  if (derivatives === null || derivatives === undefined) return "–";
  const parts = [["fine-tunes", finetunes], ["adapters", adapters], ["quantised copies", quantized], ["merges", merged], ["relation not stated", unstated]];
  const told = parts.filter(([, value]) => value > 0).map(([name, value]) => `${name} ${whole(value)}`);
  return `${whole(derivatives)}${told.length > 0 ? `: ${told.join(", ")}` : ""}`;
};

const rows = [
  ["Newest figure", (one) => (newest(one) ? `${whole(newest(one).value)} ${one.unit}` : "–")],
  ["Day of that figure", (one) => (newest(one) ? onDay(newest(one).day) : "–")],
  ...[1, 4, 13, 52].map((weeks) => [`Change to ${weeks} ${weeks === 1 ? "week" : "weeks"} before`, (one) => percent(change(one, weeks))]),
  ["Rank by downloads", ({ facts }) => facts.rank && whole(facts.rank)],
  ["Share of the Hub", ({ facts }) => facts.share_pct && `${whole(facts.share_pct)}%`],
  ["Downloads since creation", ({ facts }) => facts.downloads_all_time && whole(facts.downloads_all_time)],
  ["Likes", ({ facts }) => facts.likes !== undefined && facts.likes !== null && whole(facts.likes)],
  ["Models", ({ facts }) => facts.models !== undefined && whole(facts.models)],
  ["Built on it", (one) => (one.kind === "model" ? one.relatives.derivatives && related(one.relatives) : one.facts.derivatives !== undefined && related(one.facts))],
  ["At any distance", ({ notes }) => notes.descendants && whole(notes.descendants)],
  ["Built from", ({ relatives }) => relatives.parents?.map(({ id, relation }) => [link("model", id), ` (${RELATIONS[relation] ?? "relation not stated"})`])],
  ["Families", ({ notes }) => notes.families?.length > 0 && notes.families.map((family) => [link("family", family)])],
  ["Part of", ({ facts }) => facts.part_of && [[link("family", facts.part_of)]]],
  ["Author", ({ kind, facts }) => kind === "model" && facts.author && [[link("author", facts.author)]]],
  ["Accounts on the Hub", ({ facts }) => facts.organisations?.map((name) => [link("author", name)])],
  ["Country", ({ facts }) => facts.country],
  ["Platform", ({ facts }) => facts.platform],
  ["Created", ({ facts }) => facts.created && onDay(facts.created)],
  ["First seen", ({ facts }) => facts.first_seen && onDay(facts.first_seen)],
  ["Removed in the week of", ({ facts }) => facts.removed_in && onDay(facts.removed_in)],
  ["Licence", ({ kind, facts }) => kind === "model" && (facts.licence ?? "none stated")],
  ["Task", ({ facts }) => facts.task],
  ["Library", ({ facts }) => facts.library],
  ["Gated", ({ facts }) => facts.gated],
  ["Parameters", ({ facts }) => facts.parameters_b && `${whole(facts.parameters_b)} billion`],
  ["Stored weights", ({ facts }) => facts.memory_gb && `${facts.memory === "at_most" ? "at most " : ""}${whole(facts.memory_gb)} GB`],
  ["Memory at 16, 8, 4 bits", (one) => memory(one).length > 0 && memory(one).map(({ needed }) => `${whole(Number(needed.toFixed(1)))} GB`).join(", ")],
  ["Accelerators of 80 GB at 16, 8, 4 bits", (one) => {
    const card = cards().find(({ size }) => size === 80);
    return card && memory(one).length > 0 && memory(one).map(({ needed }) => whole(gpus(needed, card.usable))).join(", ");
  }],
  ["Rating", ({ notes }) => notes.ratings?.map(({ board, rating }) => [`${board}: ${whole(Number(rating.toFixed(1)))}`])],
  ["Price for a million tokens", ({ notes }) => notes.prices?.slice(0, 3).map(({ offer: name, input, output }) =>
    [`${name}: $${whole(input)} in, $${whole(output)} out`])],
  ["Basis and source", ({ facts }) => facts.basis && `${facts.basis}, ${facts.source}`],
];

const link = (kind, name) => element("a", { href: data.page(kind, name) + linkTo([{ kind, link: name }]) }, written(name));
const cell = (value) => {
  if (Array.isArray(value)) return element("td", {}, ...value.flatMap((line) => [element("div", {}, ...line)]));
  return element("td", {}, value || value === 0 ? written(value) : "–");
};

const table = () => {
  const head = element("tr", {}, element("th", { scope: "col" }, element("span", { class: "hidden" }, "Figure")),
    ...picked.map((one, place) => element("th", { scope: "col" }, mark(place), " ", written(one.title), " ", element("span", { class: "kind" }, KINDS[one.kind]))));
  const body = rows.map(([name, read]) => [name, picked.map(read)]).filter(([, values]) => values.some((value) => value && value !== "–" && value.length !== 0));
  return element("table", {}, element("caption", {}, `Release ${data.start.version} of ${onDay(data.start.published)}; – where nothing is known`),
    element("thead", {}, head),
    element("tbody", {}, ...body.map(([name, values]) => element("tr", {}, element("th", { scope: "row" }, name), ...values.map(cell)))));
};

const list = (title, lines) => (lines.length === 0 ? null : element("div", {}, element("h4", {}, title), element("ul", {},
  ...lines.slice(0, LISTED).map((line) => element("li", {}, ...line)),
  ...(lines.length > LISTED ? [element("li", {}, `and ${whole(lines.length - LISTED)} more in the database`)] : []))));

const EVENTS = { relicensed: "licence", renamed: "name", gated: "gate", removed: "removed", returned: "returned" };
const told = ({ week, event, before: then, after: now }) =>
  [`${onDay(week)}: ${EVENTS[event] ?? event}${then || now ? ` ${written(then ?? "none")} → ${written(now ?? "none")}` : ""}`];

const details = () => picked.map((one, place) => {
  const events = one.notes.events ?? [];
  const needs = memory(one);
  const parts = [
    list("Most downloaded models", (one.models ?? []).map(({ name, downloads }) => [link("model", name), ` ${downloads === null ? "" : short(downloads)}`])),
    list("Most downloaded of those built on it", (one.relatives.children ?? []).map(({ id, relation, downloads_30d: downloads }) =>
      [link("model", id), ` (${RELATIONS[relation] ?? "relation not stated"}${downloads === null ? "" : `, ${whole(downloads)}`})`])),
    list("Licence history", [
      ...events.filter(({ event }) => event === "relicensed").map(told),
      ...(one.kind === "model" && one.facts.licence ? [[`now: ${written(one.facts.licence)}`]] : [])]),
    list("Events", events.filter(({ event }) => event !== "relicensed").map(told)),
    list("Former names", (one.notes.former_names ?? []).map((name) => [written(name)])),
    needs.length === 0 ? null : element("details", { class: "needs" }, element("summary", {}, "How many accelerators it needs"), element("table", {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Accelerator"), ...needs.map(({ bits }) => element("th", { scope: "col", class: "number" }, `${bits} bits`)))),
      element("tbody", {}, ...cards().map(({ size, usable, names }) => element("tr", {},
        element("th", { scope: "row" }, `${whole(size)} GB: ${names.join(", ")}`),
        ...needs.map(({ needed }) => element("td", { class: "number" }, whole(gpus(needed, usable))))))))),
  ].filter(Boolean);
  return parts.length === 0 ? null : element("section", { class: "about" }, element("h3", {}, mark(place), " ", written(one.title)), element("div", { class: "parts" }, ...parts));
}).filter(Boolean);

// The chart: a panel for each unit

const mark = (place) => drawn("svg", { class: `mark series-${place}`, viewBox: "-7 -7 14 14", "aria-hidden": "true", focusable: "false" }, drawn("path", { d: SHAPES[place] }));
const ticks = (from, to, count) => {
  const rough = (to - from) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].find((one) => one * power >= rough) * power;
  const made = [];
  for (let step = Math.floor(from / size); step <= Math.ceil(to / size); step++) made.push(step * size);
  return made;
};

const shownValue = (one, reading) => {
  if (reading.value === null) return null;
  if (scale === "indexed") return one.base ? (100 * reading.value) / one.base : null;
  return scale === "logarithmic" && reading.value <= 0 ? null : reading.value;
};

const panel = (unit, lines) => {
  const days = [...new Set(lines.flatMap(({ one }) => one.readings.filter(({ value }) => value !== null).map(({ day }) => day)))].sort();
  const heading = `${unit[0].toUpperCase()}${unit.slice(1)}${scale === "indexed" ? ", first common day = 100" : ""}`;
  const figure = element("figure", { class: "panel wide" }, element("figcaption", {}, element("strong", {}, heading),
    element("span", { class: "basis" }, data.start.made_up ? element("span", { class: "tag" }, "made up by the sandbox") : null)));
  const firsts = lines.map(({ one }) => one.readings.find(({ value }) => value !== null)?.day).filter(Boolean).sort();
  const common = days.find((day) => lines.every(({ one }) => one.readings.some((reading) => reading.day === day && reading.value > 0)));
  for (const { one } of lines) one.base = one.readings.find(({ day }) => day === common)?.value;
  if (days.length < 2) {
    figure.append(element("p", { class: "single" }, days.length === 0 ? "There is no reading yet." : "One reading so far. The line begins with the second."),
      element("ul", { class: "single" }, ...lines.map(({ one }) => element("li", {}, `${written(one.title)}: ${newest(one) ? `${whole(newest(one).value)} on ${onDay(newest(one).day)}` : "no reading"}`))));
    return figure;
  }
  if (scale === "indexed" && !common) figure.append(element("p", { class: "single" }, `They have no common day since ${onDay(firsts.at(-1))}: nothing is drawn. Choose another scale.`));
  const place = element("div", { class: "drawing", tabindex: "0", role: "group", "aria-roledescription": "chart", "aria-label": `${heading}: ${lines.map(({ one }) => written(one.title)).join(", ")}. The arrow keys read the days one by one.` });
  const readout = element("p", { class: "readout", role: "status" });
  figure.append(place, readout);
  figure.draw = () => draw(place, readout, lines, days);
  return figure;
};

const draw = (place, readout, lines, days) => {
  const width = Math.max(280, place.clientWidth);
  const height = 300;
  const narrow = width < 560;
  const named = lines.map(({ one, number }) => ({ number, one, points: one.readings.map((reading) => ({ ...reading, shown: shownValue(one, reading) })) }));
  const values = named.flatMap(({ points }) => points.map(({ shown }) => shown)).filter((value) => value !== null);
  if (values.length === 0) return place.replaceChildren();
  const isLog = scale === "logarithmic";
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (isLog) { low = 10 ** Math.floor(Math.log10(low)); high = 10 ** Math.ceil(Math.log10(high) || 1); if (low === high) high *= 10; }
  else low = scale === "indexed" ? low : 0;
  const steps = isLog ? Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, power) => low * 10 ** power) : ticks(low, high > low ? high : low + 1, 5);
  if (!isLog) [low, high] = [steps[0], steps.at(-1)];
  const left = 14 + 7.2 * Math.max(...steps.map((value) => short(value).length));
  const room = narrow ? 14 : Math.min(240, 24 + 6.6 * Math.max(...named.map(({ one }) => endLabel(one).length)));
  const [top, bottom] = [10, 30];
  const time = (day) => Date.parse(day);
  const [begin, end] = [time(days[0]), time(days.at(-1))];
  const x = (day) => left + ((time(day) - begin) / (end - begin)) * (width - left - room);
  const ratio = (value) => (isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const y = (value) => height - bottom - ratio(value) * (height - top - bottom);

  const image = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "lines", "aria-hidden": "true" });
  for (const value of steps) {
    image.append(drawn("line", { class: "grid", x1: left, x2: width - room, y1: y(value), y2: y(value) }),
      drawn("text", { class: "tick", x: left - 7, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  const fits = Math.max(2, Math.floor((width - left - room) / 95));
  const every = Math.ceil(days.length / fits);
  for (let at = days.length - 1; at >= 0; at -= every) {
    const isFirst = at - every < 0;
    const label = end - begin > 300 * 86_400_000 ? inMonth(days[at]) : isFirst ? onDay(days[at]) : onDay(days[at]).slice(0, -5);
    image.append(drawn("line", { class: "axis", x1: x(days[at]), x2: x(days[at]), y1: height - bottom, y2: height - bottom + 4 }),
      drawn("text", { class: "tick", x: x(days[at]), y: height - bottom + 18, "text-anchor": isFirst && x(days[at]) < left + 30 ? "start" : at === days.length - 1 && narrow ? "end" : "middle" }, label));
  }
  image.append(drawn("line", { class: "axis", x1: left, x2: width - room, y1: height - bottom, y2: height - bottom }));

  const ends = [];
  for (const { number, one, points } of named) {
    let path = "";
    let isOpen = false;
    const dots = [];
    for (const [at, { day, shown }] of points.entries()) {
      // A missing week is a gap.
      const gap = at > 0 && time(day) - time(points[at - 1].day) > 1.5 * WEEK && one.kind !== "community";
      if (shown === null) { isOpen = false; continue; }
      path += `${isOpen && !gap ? "L" : "M"}${x(day).toFixed(1)} ${y(shown).toFixed(1)}`;
      isOpen = true;
      dots.push({ day, shown });
    }
    const group = drawn("g", { class: `series series-${number}` }, drawn("path", { class: "line", d: path }));
    for (const [at, { day, shown }] of dots.entries()) {
      if (dots.length <= 60 || at === dots.length - 1) group.append(drawn("path", { class: "dot", d: SHAPES[number], transform: `translate(${x(day).toFixed(1)} ${y(shown).toFixed(1)}) scale(.8)` }));
    }
    image.append(group);
    if (dots.length > 0) ends.push({ number, text: endLabel(one), at: y(dots.at(-1).shown), x: x(dots.at(-1).day) });
  }
  // Names at the ends of lines, moved apart.
  if (!narrow) {
    ends.sort((a, b) => a.at - b.at);
    for (let at = 1; at < ends.length; at++) ends[at].at = Math.max(ends[at].at, ends[at - 1].at + 16);
    const over = (ends.at(-1)?.at ?? 0) - (height - bottom);
    if (over > 0) for (const one of ends) one.at -= over;
    for (const { number, text, at } of ends) image.append(drawn("text", { class: `end series-${number}`, x: width - room + 10, y: at + 4 }, text));
  }

  const cross = drawn("line", { class: "cross", y1: top, y2: height - bottom, visibility: "hidden" });
  image.append(cross);
  const point = (at) => {
    place.dataset.at = at;
    cross.setAttribute("x1", x(days[at]));
    cross.setAttribute("x2", x(days[at]));
    cross.setAttribute("visibility", "visible");
    readout.textContent = `${onDay(days[at])}: ${named.map(({ one, points }) => {
      const found = points.find(({ day }) => day === days[at]);
      return `${written(one.title)} ${!found || found.value === null ? "no reading" : whole(found.value)}${scale === "indexed" && found?.shown ? ` (${whole(Number(found.shown.toFixed(1)))})` : ""}`;
    }).join(" · ")}`;
  };
  image.addEventListener("pointermove", (event) => {
    const box = image.getBoundingClientRect();
    const wanted = begin + ((((event.clientX - box.left) * width) / box.width - left) / (width - left - room)) * (end - begin);
    point(days.reduce((best, day, at) => (Math.abs(time(day) - wanted) < Math.abs(time(days[best]) - wanted) ? at : best), 0));
  });
  place.onkeydown = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -days.length, End: days.length }[event.key];
    if (!move) return;
    event.preventDefault();
    point(Math.max(0, Math.min(days.length - 1, Number(place.dataset.at ?? (move > 0 ? -1 : days.length)) + move)));
  };
  return place.replaceChildren(image);
};

const endLabel = (one) => {
  const title = written(one.kind === "model" ? one.title.slice(one.title.indexOf("/") + 1) : one.title.replace(/ \(.*\)$/, ""));
  return title.length > 30 ? `${title.slice(0, 29)}…` : title;
};

// Taking it away

// NULL is empty. An apostrophe keeps a spreadsheet from calculating a text.
const CALCULATED = /^(?:[=@\t\r\n＝＠]|[+\-＋－](?=.*[(|!]))/s;
const csvCell = (value) => {
  if (value === null || value === undefined) return "";
  const text = (typeof value === "string" && CALCULATED.test(value) ? "'" : "") + value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const sourceOf = ({ kind, facts }) => {
  const wanted = kind === "community" ? ({ source }) => source === facts.source : ({ source }) => /(^|_)hub$/.test(source);
  return data.start.sources.filter(wanted);
};
const csv = () => {
  const columns = ["kind", "name", "day", "value", "unit", "source", "licence", "release"];
  const lines = picked.flatMap((one) => {
    const sources = sourceOf(one);
    return one.readings.map(({ day, value }) => [one.kind, one.title, day, value, one.unit, sources.map(({ citation }) => citation).join("; "),
      sources.map(({ licence }) => licence).join("; "), data.start.version]);
  });
  return `\ufeff${[columns, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n")}\r\n`;
};
const save = () => {
  const made = element("a", { href: URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" })), download: "tidegauge.csv" });
  made.click();
  setTimeout(() => URL.revokeObjectURL(made.href), 60_000);
  $("done").textContent = "tidegauge.csv was created.";
};
const share = async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    $("done").textContent = "The link was copied.";
  } catch {
    $("done").textContent = `Copy this link: ${location.href}`;
  }
};

// The view

const charts = () => [...$("panels").children].filter((figure) => figure.draw);
const show = () => {
  const isEmpty = picked.length === 0;
  if ($("start")) $("start").hidden = !isEmpty;
  $("view").hidden = isEmpty;
  if ($("start")) document.title = isEmpty ? "Find and compare · Tidegauge" : `${picked.map(({ title }) => written(title)).join(", ")} · Tidegauge`;
  $("picked").replaceChildren(...picked.map((one, place) => element("li", {}, mark(place), " ", element("span", {}, written(one.title)), " ",
    element("span", { class: "kind" }, KINDS[one.kind]),
    element("button", { type: "button", "aria-label": `Remove ${written(one.title)}`, onclick: () => go(picked.filter((other) => other !== one)) }, "×"))));
  if (isEmpty) return;
  const units = byUnit(picked);
  $("panels").replaceChildren(...[...units].map(([unit, lines]) => panel(unit, lines)));
  for (const figure of charts()) figure.draw();
  $("table").replaceChildren(table());
  $("details").replaceChildren(...details());
  const sources = [...new Set(picked.flatMap(sourceOf))];
  $("cited").replaceChildren(...sources.map(({ title, licence, citation }) => element("li", {}, `${title}. Licence: ${licence}. Cite as: ${citation}`)));
};
const byUnit = (all) => {
  const units = new Map();
  for (const [number, one] of all.entries()) units.set(one.unit, [...(units.get(one.unit) ?? []), { one, number }]);
  return units;
};

const follow = async () => {
  // The address of another part of the page changes nothing here.
  if (location.hash.length > 1 && chosen().length === 0 && !location.hash.includes("=")) return;
  const turn = ++latest.show;
  const wrong = [];
  const loaded = await Promise.all(chosen().map(async ([kind, name]) => {
    const same = picked.find((one) => one.kind === kind && one.link === name);
    if (same) return same;
    try {
      const found = await data.named(kind, name);
      if (found) return await data.load(found);
      wrong.push(`This ${$("start") ? "release" : "page"} has no ${KINDS[kind]} ${written(name)}.`);
    } catch (error) {
      wrong.push(`${written(name)} could not be loaded: ${error.message}`);
      console.warn(name, error);
    }
    return null;
  }));
  if (turn !== latest.show) return;
  picked = loaded.filter(Boolean);
  show();
  say(wrong.join(" "));
  document.body.dataset.shown = String(turn);
};

const entity = ({ key }) => key.split(" · ")[0];
const start = async () => {
  if ($("served")) $("served").hidden = true;
  try {
    data = await Data.open();
  } catch (error) {
    say(`The figures could not be loaded: ${error.message}`);
    return;
  }
  const suggested = (kind, title) => {
    const names = (kind === "model" || kind === "author" ? data.leading : data.groups).filter((one) => one.kind === kind && !(kind === "maker" && one.key === "other"));
    names.sort((a, b) => b.downloads - a.downloads);
    // A community that two sources tell of is shown once.
    const once = names.filter((one, place) => kind !== "community" || names.findIndex((other) => entity(other) === entity(one)) === place);
    return list(title, once.slice(0, 8).map((one) => [element("a", { href: linkTo([{ kind, link: kind === "model" || kind === "author" ? one.name : one.key }]) }, written(one.name)), ` ${short(one.downloads)}`]));
  };
  $("suggested")?.replaceChildren(...[["model", "Models"], ["maker", "Makers"], ["family", "Families"], ["author", "Authors"], ["community", "Communities"]].map(([kind, title]) => suggested(kind, title)).filter(Boolean));
  $("search").addEventListener("input", search);
  $("search").addEventListener("keydown", step);
  $("scale").addEventListener("change", ({ target }) => { scale = target.value; show(); });
  $("csv").addEventListener("click", save);
  $("share").addEventListener("click", share);
  document.addEventListener("click", ({ target }) => { if (!target.closest(".find")) offer([], false); });
  addEventListener("hashchange", follow);
  new ResizeObserver(() => { for (const figure of charts()) figure.draw(); }).observe($("view"));
  $("search").disabled = false;
  await follow();
  if (picked.length > 0) $("find")?.scrollIntoView();
  document.body.dataset.shown ??= "0";
  if ($("search").value) search();
};
start();
