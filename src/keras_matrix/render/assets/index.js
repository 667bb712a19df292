"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const NOT_MEASURED = data.states.findIndex((s) => s[0] === "not-measured");
const WORKS = data.states.findIndex((s) => s[0] === "works");
const OVERVIEW = "overview";
const $ = (id) => document.getElementById(id);
const view = { path: OVERVIEW, query: "", empty: false };
let opener = null;

// Every text reaches the page as a text node: nothing measured can become markup.
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const text = (number) => data.texts[number];
const state = (number) => ({ id: data.states[number][0], symbol: data.states[number][1],
  word: data.states[number][2], meaning: data.states[number][3] });

// The cells where a path has names, in order: rows hold one record for each of them.
for (const path of data.paths) {
  path.place = new Map();
  path.states.forEach(([number], cell) => { if (number === WORKS) path.place.set(cell, path.place.size); });
}

function record(path, row, cell) {
  const place = path.place.get(cell);
  if (place !== undefined) {
    const [number, kind, signature, detail, same, around] = data.records[row[1][place]];
    return { state: number, kind: text(kind), signature: text(signature), detail: text(detail), same: same.map(text), around: around.map(text) };
  }
  const [number, detail] = path.states[cell];
  return { state: number, kind: "", signature: "", detail: text(detail), same: [], around: [] };
}

// ---- filters -------------------------------------------------------------------------------
const numbers = (version) => (version.match(/\d+/g) || []).map(Number);

function order(a, b) {
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    if ((x[i] || 0) !== (y[i] || 0)) return (x[i] || 0) - (y[i] || 0);
  }
  return 0;
}

function versionMatches(version, wanted) {
  if (version === undefined) return false;
  const [, sign, bound] = wanted.match(/^(>=|<=|>|<|=)?(.*)$/);
  if (sign === ">=") return order(version, bound) >= 0;
  if (sign === "<=") return order(version, bound) <= 0;
  if (sign === ">") return order(version, bound) > 0;
  if (sign === "<") return order(version, bound) < 0;
  return version === bound || (!sign && version.startsWith(bound.endsWith(".") ? bound : bound + "."));
}

const has = (whole, part) => whole.toLowerCase().includes(part);
const pin = (name) => (cell, value) => versionMatches(cell.pins[name], value);
const CELL_FILTERS = {
  keras: pin("keras"), tensorflow: pin("tensorflow"), tf: pin("tensorflow"), theano: pin("theano"),
  jax: pin("jax"), torch: pin("torch"), "tf-keras": pin("tf-keras"), cntk: pin("cntk"),
  python: (cell, value) => versionMatches(cell.python, value),
  backend: (cell, value) => has(cell.backend, value),
  cell: (cell, value) => has(cell.id, value),
  tag: (cell, value) => cell.tags.some((tag) => has(tag, value)),
  era: (cell, value) => data.eras[cell.era].some((name) => has(name, value)),
};
const IS = {
  different: (records) => distinct(records) > 1,
  same: (records) => distinct(records) === 1,
  drift: (records, row) => row[3].length > 0,
};

// Cells that were not measured say nothing, so they differ from nothing.
const distinct = (records) => new Set(records.map((r) => r.state).filter((s) => s !== NOT_MEASURED)).size;

const ROW_FILTERS = {
  outcome: (records, row, value) => records.some((r) => state(r.state).id === value),
  kind: (records, row, value) => records.some((r) => r.kind === value),
  is: (records, row, value) => IS[value](records, row),
  text: (records, row, value) => has(row[0], value),
};

function parse(query) {
  const found = { cells: [], rows: [], path: null, wrong: [] };
  for (const token of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, key, value] = token.match(/^([a-z-]+):(.+)$/) || [null, "text", token];
    if (key === "path") found.path = value;
    else if (Object.hasOwn(CELL_FILTERS, key)) found.cells.push([CELL_FILTERS[key], value]);
    else if (key === "is" && !Object.hasOwn(IS, value)) found.wrong.push(`${token} (is: takes ${Object.keys(IS).join(", ")})`);
    else if (key === "outcome" && !data.states.some((s) => s[0] === value)) {
      found.wrong.push(`${token} (outcomes: ${data.states.map((s) => s[0]).join(", ")})`);
    } else if (Object.hasOwn(ROW_FILTERS, key)) found.rows.push([ROW_FILTERS[key], value, key]);
    else found.wrong.push(`${token} (no such filter)`);
  }
  return found;
}

function chosenPath(filters) {
  const wanted = filters.path || view.path.toLowerCase();
  const exact = data.paths.find((p) => p.path.toLowerCase() === wanted);
  const near = filters.path ? data.paths.find((p) => has(p.path, wanted)) : null;
  if (filters.path && !exact && !near) filters.wrong.push(`path:${filters.path} (no such path)`);
  return exact || near || null;
}

// ---- tables --------------------------------------------------------------------------------
function heading(cells, corner) {
  const eras = el("tr", {}, el("th", { class: "corner", scope: "col", rowspan: "2" }, corner));
  const names = el("tr");
  cells.forEach((number, i) => {
    const cell = data.cells[number];
    const last = i + 1 === cells.length || data.cells[cells[i + 1]].era !== cell.era;
    if (i === 0 || data.cells[cells[i - 1]].era !== cell.era) {
      const span = cells.filter((other) => data.cells[other].era === cell.era).length;
      eras.append(el("th", { class: "era", scope: "colgroup", colspan: span }, el("span", {}, data.eras[cell.era][1])));
    }
    const lines = cell.heading.flatMap((line, n) => (n ? [el("br"), line] : [line]));
    names.append(el("th", { scope: "col", class: last ? "last" : "", title: cell.id }, ...lines));
  });
  return el("thead", {}, eras, names);
}

function attributeTable(path, filters) {
  const chosen = data.cells.map((_, i) => i).filter((i) => filters.cells.every(([test, value]) => test(data.cells[i], value)));
  const cells = view.empty ? chosen : chosen.filter((i) => path.place.has(i));
  const body = el("tbody");
  let shown = 0;
  for (const row of path.rows) {
    const records = cells.map((cell) => record(path, row, cell));
    if (!filters.rows.every(([test, value]) => test(records, row, value))) continue;
    body.append(attributeRow(path, row, cells, records));
    shown++;
  }
  let said = `${path.path}: ${shown} of ${path.rows.length} names, ${cells.length} of ${data.cells.length} cells.`;
  if (chosen.length > cells.length) said += ` ${chosen.length - cells.length} cells are hidden: the path can't be imported there, or was not measured.`;
  const never = path.never.length
    ? el("button", { type: "button", class: "link", onclick: () => showNever(path) }, `${path.never.length} more names are missing everywhere`)
    : null;
  return [[`${said} `, never], el("table", { role: "grid", "aria-label": path.path }, heading(cells, path.path), body)];
}

function attributeRow(path, row, cells, records) {
  const name = el("button", { type: "button", onclick: () => showName(path, row) }, row[0] + (row[3].length ? " Δ" : ""));
  if (row[3].length) name.title = "The signature changed";
  const line = el("tr", {}, el("th", { scope: "row" }, name));
  records.forEach((found, i) => {
    const what = state(found.state);
    const last = i + 1 === cells.length || data.cells[cells[i + 1]].era !== data.cells[cells[i]].era;
    const cell = el("td", { class: `s-${what.id}${last ? " last" : ""}`, tabindex: "-1", title: what.word,
      "aria-label": what.word }, what.symbol);
    cell.open = () => showEntry(path, row, cells[i], found);
    line.append(cell);
  });
  return line;
}

function overview(filters) {
  const head = el("tr", {}, el("th", { class: "corner", scope: "col" }, "Cell"), el("th", { scope: "col" }, "Outcome"));
  for (const path of data.paths) head.append(el("th", { scope: "col" }, path.path));
  const body = el("tbody");
  // There are no names here: plain text looks for cells, and what asks for names waits for a path.
  const words = filters.rows.filter(([, , key]) => key === "text").map(([, value]) => value);
  const waits = filters.rows.length > words.length ? " Filters on names take effect within an import path." : "";
  let shown = 0;
  data.cells.forEach((cell, number) => {
    if (!filters.cells.every(([test, value]) => test(cell, value))) return;
    if (!words.every((word) => has(cell.id, word))) return;
    shown++;
    const name = el("button", { type: "button", onclick: () => showCell(number) }, cell.id);
    const outcome = cell.outcome + (cell.reason ? `: ${cell.reason}` : "");
    const line = el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: cell.reason ? "wrap" : "" }, outcome));
    for (const path of data.paths) line.append(countCell(path, number));
    body.append(line);
  });
  return [`${shown} of ${data.cells.length} cells. Choose an import path to see its names.${waits}`,
    el("table", { class: "overview", role: "grid", "aria-label": "Overview" }, el("thead", {}, head), body)];
}

function countCell(path, cell) {
  const [number, detail] = path.states[cell];
  const chips = path.counts[cell].map(([s, n]) => chip(s, ` ${n}`));
  const label = path.counts[cell].map(([s, n]) => `${n} ${state(s).word}`).join(", ") || state(number).word;
  const node = el("td", { tabindex: "-1", title: text(detail) ? `${label}: ${text(detail)}` : label, "aria-label": label },
    ...(chips.length ? chips : [chip(number, "")]));
  node.open = () => { $("query").value = view.query = `cell:${data.cells[cell].id}`; view.empty = $("empty").checked = true; go(path.path); };
  return node;
}

const chip = (number, after) => el("span", { class: `chip s-${state(number).id}` }, state(number).symbol + after);

// ---- panel ---------------------------------------------------------------------------------
function panel(title, ...parts) {
  opener = document.activeElement;
  const close = el("button", { type: "button", class: "close", onclick: closePanel }, "Close");
  $("panel").replaceChildren(close, el("h2", { id: "panel-title" }, title), ...parts.filter((part) => part !== null));
  $("panel").hidden = false;
  $("panel").focus();
}

function closePanel() {
  $("panel").hidden = true;
  if (opener && opener.isConnected) opener.focus();
}

function list(pairs) {
  const node = el("dl");
  for (const [name, value] of pairs) {
    if (value && value.length) node.append(el("dt", {}, name), el("dd", {}, value));
  }
  return node;
}

const bullets = (lines) => el("ul", {}, ...lines.map((line) => el("li", {}, ...[line].flat())));

function ranges(row) {
  if (!row[2].length) return [];
  return [el("h3", {}, "Measured ranges"), bullets(row[2].map(([s, t]) => [chip(s, ` ${state(s).word}`), ` ${text(t)}`]))];
}

function drift(row) {
  return row[3].length ? [el("h3", {}, "Signature changes"), bullets(row[3].map(text))] : [];
}

function provenance(cell) {
  return [el("h3", {}, "The cell"), list([["Cell", cell.id], ["Versions", cell.heading.join(" · ")],
    ["Backend", cell.backend], ["Outcome", cell.outcome], ["Reason", cell.reason], ...cell.provenance])];
}

// What was verified in the same cell in place of a missing name.
function instead(path, name, cell) {
  const found = path.instead.find(([of, , cells]) => of === name && cells.includes(cell));
  return found ? [el("h3", {}, "Where to go instead, in this cell"), bullets(found[1].map(text))] : [];
}

function showEntry(path, row, number, found) {
  const what = state(found.state);
  const cell = data.cells[number];
  panel(`${path.path}.${row[0]}`, el("p", {}, chip(found.state, ` ${what.word}`), ` ${what.meaning}`),
    found.detail ? el("pre", {}, found.detail) : null,
    list([["Kind", found.kind], ["Signature", found.signature], ["Same object as", found.same.join(", ")], ["Same function as", found.around.join(", ")]]),
    ...instead(path, row[0], number), ...provenance(cell), ...ranges(row), ...drift(row));
}

function showName(path, row) {
  panel(`${path.path}.${row[0]}`, ...ranges(row), ...drift(row));
}

function showNever(path) {
  panel(`${path.path}: asked for and missing in every cell measured`, bullets(path.never.map((name) => {
    const uses = new Set(path.instead.filter(([of]) => of === name).flatMap(([, found]) => found.slice(0, 1)));
    return uses.size ? `${name}: instead ${[...uses].map(text).join(", ")}` : name;
  })));
}

function showCell(number) {
  panel(data.cells[number].id, ...provenance(data.cells[number]));
}

// ---- page ----------------------------------------------------------------------------------
function draw() {
  const filters = parse(view.query);
  const path = chosenPath(filters);
  if (path) view.path = path.path;
  $("path").value = view.path;
  const [said, table] = path ? attributeTable(path, filters) : overview(filters);
  $("scroll").replaceChildren(table.tBodies[0].rows.length ? table : el("p", { class: "none" }, "Nothing matches the filter."));
  const corner = $("scroll").querySelector(".corner");
  // An era's heading stays in sight beside the first column while its cells scroll by.
  if (corner) $("scroll").style.setProperty("--corner", `${corner.offsetWidth}px`);
  const first = $("scroll").querySelector("td[tabindex]");
  if (first) first.tabIndex = 0;
  $("status").replaceChildren(...[said].flat().filter((part) => part !== null));
  if (filters.wrong.length) $("status").append(" ", el("span", { class: "wrong" }, `Not understood: ${filters.wrong.join("; ")}`));
  const hash = new URLSearchParams({ path: view.path });
  if (view.query) hash.set("q", view.query);
  if (view.empty) hash.set("all", "1");
  history.replaceState(null, "", `#${hash}`);
}

function go(path) {
  view.path = path;
  closePanel();
  draw();
  $("scroll").scrollTo(0, 0);
}

function readHash() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const path = hash.get("path");
  view.path = data.paths.some((p) => p.path === path) ? path : OVERVIEW;
  view.query = $("query").value = hash.get("q") || "";
  view.empty = $("empty").checked = hash.get("all") === "1";
  draw();
}

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function onKey(event) {
  const cell = event.target.closest("td[tabindex]");
  if (!cell) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    if (cell.open) cell.open();
  } else if (Object.hasOwn(MOVES, event.key)) {
    event.preventDefault();
    const [down, right] = MOVES[event.key];
    const row = cell.parentNode.parentNode.rows[cell.parentNode.sectionRowIndex + down];
    const next = row && row.cells[cell.cellIndex + right];
    if (!next) return;
    cell.tabIndex = -1;
    const target = next.querySelector("button") || next;
    if (target === next) next.tabIndex = 0; else cell.tabIndex = 0;
    target.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  try { localStorage.setItem("keras-matrix-theme", name); } catch { /* file: pages may have no storage */ }
}

function start() {
  const kept = (() => { try { return localStorage.getItem("keras-matrix-theme"); } catch { return null; } })();
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
  $("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    theme(now === "dark" ? "light" : "dark");
  });
  $("path").append(el("option", { value: OVERVIEW }, "Overview"), ...data.paths.map((p) => el("option", { value: p.path }, p.path)));
  $("path").addEventListener("change", () => {
    view.query = $("query").value = view.query.split(/\s+/).filter((token) => !token.startsWith("path:")).join(" ");
    go($("path").value);
  });
  let waiting = 0;
  $("query").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { view.query = $("query").value; draw(); }, 120);
  });
  $("empty").addEventListener("change", () => { view.empty = $("empty").checked; draw(); });
  $("legend").append(...data.states.map((s, i) => el("tr", {}, el("td", {}, chip(i, "")), el("td", {}, s[2]), el("td", {}, s[3]))));
  const measured = data.cells.filter((cell) => cell.outcome === "measured").length;
  const days = [...new Set(data.dates)].join(" to ");
  $("summary").textContent = `${measured} of ${data.cells.length} cells measured${days ? ` (${days}; ${data.engines.join(", ")})` : ""}`;
  $("scroll").addEventListener("click", (event) => { const cell = event.target.closest("td"); if (cell && cell.open) { cell.focus(); cell.open(); } });
  $("scroll").addEventListener("keydown", onKey);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if ($("help").open) $("help").open = false;
    else if (!$("panel").hidden) closePanel();
  });
  addEventListener("hashchange", readHash);
  readHash();
}

start();
