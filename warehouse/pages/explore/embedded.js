// The same as data.js for index.html, which loads nothing: makers, families, communities and the largest models are in the page.
class Data {
  static async open() {
    const bytes = Uint8Array.from(atob(document.getElementById("payload-find").textContent), (letter) => letter.charCodeAt(0));
    return new Data(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json());
  }

  constructor({ groups, models, weeks, ...start }) {
    this.start = start;
    this.weeks = weeks;
    this.described = groups;
    this.groups = Object.entries(groups).map(([id, { title, values }]) => {
      const [kind, key] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
      return { kind, key, name: title, downloads: values.at(-1), text: title.toLowerCase() };
    });
    this.models = models;
    this.leading = models.map((facts, key) => ({ name: facts.id, kind: "model", key, downloads: facts.downloads_30d, text: facts.id.toLowerCase() }));
  }

  nothing = "Nothing on this page has such a name; explore.html has every name.";

  // Everything else is in explore.html.
  page(kind, name) {
    return [...this.leading, ...this.groups].some((one) => one.kind === kind && (kind === "model" ? one.name : one.key) === name) ? "" : "explore.html";
  }

  known(text) {
    const named = this.groups.filter((one) => one.text.includes(text) || one.key.toLowerCase().includes(text));
    const begins = (one) => one.text.startsWith(text);
    named.sort((a, b) => begins(b) - begins(a) || b.downloads - a.downloads);
    return { named, models: this.leading.filter((one) => one.text.includes(text)) };
  }

  async found() {
    return [];
  }

  async named(kind, name) {
    return [...this.leading, ...this.groups].find((one) => one.kind === kind && (kind === "model" ? one.name : one.key) === name);
  }

  async load({ kind, key }) {
    if (kind === "model") {
      const { readings, relatives, parents, notes, ...facts } = this.models[key];
      facts.author = facts.id.includes("/") ? facts.id.slice(0, facts.id.indexOf("/")) : null;
      const first = readings.findIndex((value) => value !== null);
      return {
        kind, title: facts.id, link: facts.id, unit: "downloads in 30 days", facts, relatives: { ...relatives, parents }, notes: notes ?? {},
        readings: this.weeks.map((day, place) => ({ day, value: readings[place] })).slice(first < 0 ? this.weeks.length : first),
      };
    }
    const { title, facts, days, values } = this.described[`${kind}:${key}`];
    return {
      kind, title, link: key, unit: kind === "community" ? "members" : "downloads in 30 days", facts, relatives: {}, notes: {},
      readings: days.map((day, place) => ({ day, value: values[place] })),
    };
  }
}
