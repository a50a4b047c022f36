"use strict";
// Asks for the report each second and shows it. Nodes are kept and changed, not
// made anew, so that a reader's place and selection stay.

const pollMillis = 1000;
const timeoutMillis = 4000;
const outcomes = ["indexed", "duplicate", "superseded", "deleted", "ignored", "dead_lettered", "returned"];
const columns = ["consumed", ...outcomes, "in_flight", "lag"];

const at = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const number = (n) => (Math.abs(n) < 100000 ? whole : compact).format(n);
const percent = (n) => (n > 0 && n < 1 ? "<1" : Math.round(n)) + " %";
const words = (name) => name.replaceAll("_", " ");

// text changes a node only if it must: screen readers read each change.
function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

// el makes an element: its class, its text or its children.
function el(tag, name, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children);
  return node;
}

// keyed makes the children of parent those of the items: one node for each key,
// made once, shown in order.
function keyed(parent, items, key, make, show) {
  const old = new Map([...parent.children].map((c) => [c.dataset.key, c]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const k = key(item);
    let node = old.get(k);
    if (!node) {
      node = make(item);
      node.dataset.key = k;
    }
    old.delete(k);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
    show(node, item);
  }
  for (const node of old.values()) node.remove();
}

function meter(name, label) {
  const bar = el("div", name, el("div", "fill"));
  bar.setAttribute("role", "meter");
  bar.setAttribute("aria-label", label);
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  return bar;
}

function setMeter(bar, value, spoken) {
  const v = Math.max(0, Math.min(100, value));
  bar.firstChild.style.width = v + "%";
  bar.setAttribute("aria-valuenow", v.toFixed(0));
  bar.setAttribute("aria-valuetext", spoken);
}

function makeMailbox(m) {
  const fill = meter("bar", "fill of mailbox " + m.name);
  fill.append(el("div", "tick"));
  return el("div", "mailbox",
    el("div", "top", el("span", "name", m.name), el("span", "now")), fill, meter("bar parked", "time parked at mailbox " + m.name),
    el("div", "under", el("span", "depth"), el("span", "flow")), el("div", "under", el("span", "mean"), el("span", "wait")));
}

function showMailbox(node, m) {
  const [fill, parked] = node.querySelectorAll(".bar");
  const put = (name, value) => text(node.querySelector("." + name), value);
  put("now", percent(m.fill_percent));
  put("depth", `${number(m.depth)} of ${number(m.capacity)} records`);
  put("flow", `${number(m.in_per_second)} in, ${number(m.out_per_second)} out a second`);
  put("mean", `mean ${percent(m.fill_mean_percent)}, highest ${percent(m.fill_highest_percent)}`);
  put("wait", `parked ${percent(m.parked_percent)} of the time` + (m.parked_senders ? `, ${m.parked_senders} now` : ""));
  setMeter(fill, m.fill_percent, `${percent(m.fill_percent)}, ${number(m.depth)} records`);
  setMeter(parked, m.parked_percent, `${percent(m.parked_percent)} of the time`);
  node.classList.toggle("full", m.parked_percent >= 50);
  const tick = fill.querySelector(".tick");
  tick.hidden = m.fill_highest_percent <= 0;
  tick.style.left = Math.max(0.6, Math.min(100, m.fill_highest_percent)) + "%";
}

// tree is the actors as the report knows them: {name, note, warn, workers, busy, chips, children}.
function tree(r) {
  const restarts = (name) => r.actors.filter((a) => a.path.split("/").some((p) => p === name)).reduce((n, a) => n + a.restarts, 0);
  const note = (name, ...notes) => notes.concat(restarts(name) ? `${restarts(name)} restarts` : []).filter(Boolean).join(" · ");
  const dlq = r.mailboxes.find((m) => m.name === "dlq");
  const pools = r.pools.map((p) => ({
    name: p.name, workers: p.workers, busy: p.busy,
    note: note(p.name, `${p.busy} of ${p.workers} busy, mean ${p.busy_mean.toFixed(1)}`, p.set_aside && `${number(p.set_aside)} records set aside`),
    warn: [p.gate_closed && "gate closed", p.gates_of_index && `${p.gates_of_index} indices blocked`].filter(Boolean).join(" · "),
  }));
  const claims = r.partitions.map((p) => `${p.topic}-${p.partition}: lag ${number(p.lag)}, in flight ${number(p.in_flight)}`);
  const consumers = { name: "consumers", note: note("consumers", `${claims.length} partitions`), chips: claims };
  return { name: "runner", children: [{ name: "pipeline", children: [
    { name: "monitor", note: note("monitor") }, { name: "dlq", note: note("dlq", dlq && `${number(dlq.depth)} records wait`) }, ...pools, consumers,
  ] }] };
}

function makeActor(a) {
  return el("li", "", el("div", "box", el("span", "what", a.name), el("span", "workers"), el("span", "note"), el("span", "note warn")), el("div", "chips"), el("ul"));
}

function showActor(node, a) {
  const [box, chips, list] = node.children;
  const [, workers, note, warn] = box.children;
  text(note, a.note || "");
  text(warn, a.warn || "");
  for (const n of [note, warn]) n.hidden = !n.textContent;
  const each = Array.from({ length: Math.min(a.workers || 0, 64) }, (_, i) => i);
  workers.hidden = each.length === 0;
  workers.setAttribute("aria-hidden", "true"); // the note says the same
  keyed(workers, each, String, () => el("i"), (n, i) => n.classList.toggle("busy", i < a.busy));
  chips.hidden = !a.chips;
  keyed(chips, a.chips || [], (c) => c.split(":")[0], () => el("span", "box"), text);
  list.hidden = !a.children;
  keyed(list, a.children || [], (c) => c.name, makeActor, showActor);
}

function makeTopic(t) {
  const head = el("th", "", t.name);
  head.scope = "row";
  return el("tr", "", head, ...columns.map(() => el("td")));
}

function showTopic(row, t) {
  columns.forEach((c, i) => {
    const cell = row.children[i + 1];
    text(cell, whole.format(t[c]));
    cell.classList.toggle("warn", c === "dead_lettered" && t[c] > 0);
  });
}

const sum = (list, field) => list.reduce((n, x) => n + x[field], 0);

// figures are the headline numbers; rates are those since the last poll.
let before;
function figures(r) {
  const consumed = sum(r.topics, "consumed");
  const settled = consumed - sum(r.topics, "in_flight");
  const now = { time: Date.parse(r.time), consumed, settled };
  const rate = (f) => (before && now.time > before.time ? number(((now[f] - before[f]) * 1000) / (now.time - before.time)) : "–");
  const list = [
    ["consumed / s", rate("consumed")], ["settled / s", rate("settled")], ["lag", number(sum(r.topics, "lag"))],
    ["in flight", number(sum(r.topics, "in_flight"))], ["to the DLQ", number(sum(r.topics, "dead_lettered"))],
    ["restarts", number(r.restarts)], ["undelivered messages", number(r.dead_letters)],
  ];
  if (!before || now.time > before.time) before = now;
  return list;
}

function duration(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].map(([size, unit], i, all) => [Math.floor((i ? seconds % all[i - 1][0] : seconds) / size), unit]);
  const first = parts.findIndex(([n]) => n > 0);
  return parts.slice(first < 0 ? 3 : first).slice(0, 2).map(([n, unit]) => `${n} ${unit}`).join(" ");
}

function showState(kind, label) {
  at("state").className = "pill " + kind;
  text(at("state"), label);
  document.title = label === "ready" ? "actorpipe" : "actorpipe: " + label;
}

function show(r) {
  const waits = r.not_ready;
  showState(waits.length ? "warn" : "good", waits.length ? "not ready" : "ready");
  text(at("uptime"), "up " + duration(r.uptime_seconds));
  text(at("verdict"), r.verdict);
  at("reasons").hidden = waits.length === 0;
  keyed(at("reasons").querySelector("ul"), waits, (w) => w, (w) => el("li", "", w), () => {});
  keyed(at("figures"), figures(r), (f) => f[0], (f) => el("div", "", el("dt", "", f[0]), el("dd")), (n, f) => text(n.lastChild, f[1]));
  keyed(at("mailboxes"), r.mailboxes, (m) => m.name, makeMailbox, showMailbox);
  keyed(at("tree"), [tree(r)], (a) => a.name, makeActor, showActor);
  keyed(at("books"), r.topics, (t) => t.name, makeTopic, showTopic);
}

// lists makes an empty list of what Go writes as null.
function lists(r) {
  for (const name of ["mailboxes", "pools", "topics", "partitions", "actors", "not_ready"]) r[name] ??= [];
  return r;
}

let heard; // time of the last report
function showGone(label, message) {
  showState("bad", label);
  at("gone").hidden = false;
  text(at("gone"), message + (heard ? ` What is below is of ${heard.toLocaleTimeString()}.` : ""));
  at("main").classList.add("old");
}

async function poll() {
  const answer = await fetch("api/v1/report", { signal: AbortSignal.timeout(timeoutMillis), cache: "no-store" });
  if (!answer.ok) {
    showGone("no report", "The process answers, but it has no report: " + (await answer.text()).trim() + ".");
    return;
  }
  const report = lists(await answer.json());
  heard = new Date();
  at("gone").hidden = true;
  at("main").classList.remove("old");
  show(report);
}

async function run() {
  const head = (name) => Object.assign(el("th", "", words(name)), { scope: "col" });
  at("books-head").append(el("tr", "", head("topic"), ...columns.map(head)));
  for (;;) {
    try {
      await poll();
    } catch (problem) {
      showGone("process gone", "The process does not answer: it has ended, or cannot be reached.");
      console.warn(problem);
    }
    await new Promise((wake) => setTimeout(wake, pollMillis));
  }
}

run();
