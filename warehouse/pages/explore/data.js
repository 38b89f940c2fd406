// Finds names, and loads what the release knows of them, from the Parquet files of this folder, which it reads by ranges.
import { decompress, parquetMetadataAsync, parquetReadObjects } from "./hyparquet.js";

// The end of a file that is read first. Footers fit; a longer one takes a second request.
const TAIL = 32_768;
const TAIL_OF_READINGS = 8_192;
const WEEK = 7 * 86_400_000;
// Blocks of the index that are read whole; of more, only the first and the last, and the leading names of those between.
const MOST_BLOCKS = 3;
const compressors = { ZSTD: (input) => decompress(input) };

const address = (path) => new URL(path, import.meta.url);
// The release in the address keeps a browser from mixing parts of two releases.
let version = "";
const checked = async (path, options) => {
  const response = await fetch(address(`${path}${version}`), options);
  if (!response.ok) throw new Error(`${path} could not be read: the server answered ${response.status}`);
  return response;
};
const json = async (path, options) => (await checked(path, options)).json();

const once = (make) => {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) {
      const promise = make(key);
      made.set(key, promise);
      promise.catch(() => made.delete(key)); // asked again, it may succeed
    }
    return made.get(key);
  };
};

// A Parquet file: its end is read first, and has the size of the file and the places of its row groups.
const opened = once(async (path) => {
  const length = path.startsWith("readings/") ? TAIL_OF_READINGS : TAIL;
  const response = await checked(path, { headers: { Range: `bytes=-${length}` } });
  const tail = await response.arrayBuffer();
  // A server without ranges has sent the whole file.
  const total = response.headers.get("Content-Range")?.split("/")[1];
  const byteLength = total ? Number(total) : tail.byteLength;
  const begin = byteLength - tail.byteLength;
  const state = response.headers.get("ETag");
  const file = {
    byteLength,
    slice: async (start, end = byteLength) => {
      if (start >= begin) return tail.slice(start - begin, end - begin);
      const part = await checked(path, { headers: { Range: `bytes=${start}-${end - 1}` } });
      if (part.status !== 206) throw new Error(`${path} could not be read: the server sends no ranges`);
      if (part.headers.get("ETag") !== state) throw new Error("a new release was published; load the page again");
      return part.arrayBuffer();
    },
  };
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: tail.byteLength });
  let row = 0;
  const groups = metadata.row_groups.map(({ columns, num_rows: rows }) => {
    const { min_value: least, max_value: most } = columns[0].meta_data.statistics ?? {};
    const group = { from: row, to: row + Number(rows), least, most };
    row = group.to;
    return group;
  });
  return { file, metadata, groups };
});

const rowsOf = once(async (key) => {
  const [path, from, to] = key.split(" ");
  const { file, metadata } = await opened(path);
  return parquetReadObjects({ file, metadata, rowStart: Number(from), rowEnd: Number(to), compressors });
});

// The row of a key in a file in the order of keys.
const rowOf = async (path, key) => {
  const { groups } = await opened(path);
  const group = groups.find(({ least, most }) => Number(least) <= key && key <= Number(most));
  if (!group) return undefined;
  return (await rowsOf(`${path} ${group.from} ${group.to}`)).find((row) => Number(row.key) === key);
};

const number = (value) => (value === null || value === undefined ? null : Number(value));
const entry = ({ text, name, kind, key, downloads_30d: downloads }) => ({ text, name, kind, key: Number(key), downloads: number(downloads) });
const plain = (value) => (typeof value === "bigint" ? Number(value) : value instanceof Date ? value.toISOString().slice(0, 10) : value);
const parsed = (text) => (text ? JSON.parse(text) : {});

export class Data {
  static async open() {
    const start = await json("start.json", { cache: "no-cache" });
    version = `?release=${start.version}`;
    return new Data(start);
  }

  constructor(start) {
    this.start = start;
    this.groups = start.groups.map(([kind, key, title, value]) => ({ kind, key, name: title, downloads: value, text: title.toLowerCase() }));
    this.leading = start.leading.map(([name, kind, key, downloads]) => ({ name, kind, key, downloads, text: name.toLowerCase() }));
    this.described = once(json);
  }

  nothing = "Nothing has a name that begins so.";

  page() {
    return "";
  }

  // Answers at once, from the makers, families and communities, and the most downloaded models and authors.
  known(text) {
    const begins = (one) => one.text.startsWith(text) || one.text.slice(one.text.indexOf("/") + 1).startsWith(text);
    const named = this.groups.filter((one) => one.text.includes(text) || one.key.toLowerCase().includes(text));
    named.sort((a, b) => begins(b) - begins(a) || b.downloads - a.downloads);
    return { named, models: this.leading.filter(begins) };
  }

  // All names that begin with a text, or those with most downloads if there are many.
  async found(text) {
    const { names, block } = this.start;
    const after = `${text}\uffff`;
    const fileOf = (bound) => Math.max(0, names.findLastIndex((first) => first < bound));
    const [first, last] = [fileOf(text), fileOf(after)];
    if (names.length === 0) return [];
    const path = (place) => `names/${place}.parquet`;
    const blocks = [];
    for (const [place, { groups }] of await Promise.all([...new Set([first, last])].map(async (one) => [one, await opened(path(one))]))) {
      for (const group of groups) {
        if (!(group.most < text) && !(group.least > after)) blocks.push({ place, ...group });
      }
    }
    const many = first !== last || blocks.length > MOST_BLOCKS;
    const ends = many ? [blocks[0], blocks.at(-1)] : blocks;
    const rows = ends.filter(Boolean).map(({ place, from, to }) => rowsOf(`${path(place)} ${from} ${to}`));
    if (many && blocks.length > 0) {
      const placed = ({ place, from }) => place * (this.start.keys / block) + Math.floor(from / block);
      rows.push(this.tops(placed(blocks[0]), placed(blocks.at(-1))));
    }
    return (await Promise.all(rows)).flat().map(entry).filter((one) => one.text.startsWith(text));
  }

  async tops(from, to) {
    const { groups } = await opened("tops.parquet");
    const wanted = groups.filter(({ least, most }) => !(Number(most) < from) && !(Number(least) > to));
    return (await Promise.all(wanted.map((group) => rowsOf(`tops.parquet ${group.from} ${group.to}`)))).flat();
  }

  // What a link names: {kind, name, key}, or undefined if the release has no such name.
  async named(kind, name) {
    if (kind !== "model" && kind !== "author") return this.groups.find((one) => one.kind === kind && one.key === name);
    const found = this.leading.find((one) => one.kind === kind && one.name === name);
    if (found) return found;
    const same = (await this.found(name.toLowerCase())).filter((one) => (one.kind === "author") === (kind === "author"));
    return same.find((one) => one.name === name) ?? same.find((one) => one.text === name.toLowerCase());
  }

  // Title, facts and readings of a name. `readings` has a row for each day, with NULL where nothing was read.
  async load({ kind, name, key }) {
    if (kind === "model" || kind === "former") return this.model(key);
    if (kind === "author") {
      const [readings, found] = await Promise.all([this.readings("authors", key), this.found(`${name.toLowerCase()}/`)]);
      const models = found.filter((one) => one.kind === "model").sort((a, b) => (b.downloads ?? -1) - (a.downloads ?? -1)).slice(0, 8);
      const facts = { models: readings.at(-1)?.models };
      return { kind, title: name, link: name, unit: "downloads in 30 days", readings, facts, models, relatives: {}, notes: {} };
    }
    const { title, facts, days, values } = (await this.described("groups.json"))[`${kind}:${key}`];
    const readings = days.map((day, place) => ({ day, value: values[place] }));
    const unit = kind === "community" ? "members" : "downloads in 30 days";
    return { kind, title, link: key, unit, readings, facts, relatives: {}, notes: {} };
  }

  async model(key) {
    const file = Math.floor(key / this.start.keys_of_facts);
    const [row, readings] = await Promise.all([rowOf(`models/${file}.parquet`, key), this.readings("models", key)]);
    if (!row) throw new Error("the release has no facts of this model");
    const facts = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
    facts.author = facts.id.includes("/") ? facts.id.slice(0, facts.id.indexOf("/")) : null;
    return {
      kind: "model", title: facts.id, link: facts.id, unit: "downloads in 30 days", readings, facts,
      relatives: { ...parsed(row.relatives), parents: row.parents ? JSON.parse(row.parents) : null }, notes: parsed(row.notes),
    };
  }

  async readings(kind, key) {
    const file = Math.floor(key / this.start.keys);
    const quarters = await Promise.all(this.start.quarters.map(async ({ name, monday, last_monday: last }) => {
      const { downloads_30d: values = [], models } = (await rowOf(`readings/${name}/${kind}-${file}.parquet`, key)) ?? {};
      return values.map((value, place) => ({
        day: new Date(Date.parse(monday) + place * WEEK).toISOString().slice(0, 10), value: number(value), models: number(models),
      })).filter(({ day }) => day <= last);
    }));
    const all = quarters.flat();
    const first = all.findIndex(({ value }) => value !== null);
    return first < 0 ? [] : all.slice(first, all.findLastIndex(({ value }) => value !== null) + 1);
  }
}
