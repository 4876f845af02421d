// The page shows the state that the server sends, and asks the server to change it. It decides nothing itself.

const $ = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** node makes an element with properties, data and children. */
function node(tag, { data, aria, ...properties } = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  Object.assign(e.dataset, data);
  for (const [name, value] of Object.entries(aria ?? {})) e.setAttribute(`aria-${name}`, value);
  e.append(...children);
  return e;
}

/** say sets a text, unless it is there already: a changed node would be read out again, and a selection lost. */
function say(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

/** keyed gives a parent one child for each item, keeps those whose key stays, and puts them in order. */
function keyed(parent, items, key, make, change) {
  const old = new Map([...parent.children].map((e) => [e.dataset.key, e]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const k = String(key(item));
    let e = old.get(k);
    if (e) {
      old.delete(k);
    } else {
      e = make(item);
      e.dataset.key = k;
    }
    if (e === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(e, next);
    }
    change?.(e, item);
  }
  for (const e of old.values()) e.remove();
}

/** seconds writes milliseconds as seconds. */
const seconds = (ms, digits = 3) => `${(ms / 1000).toFixed(digits)} s`;

/** signed writes an instant: seconds before or after the incident. */
const signed = (ms, digits = 3) => (ms < 0 ? "−" : "+") + seconds(Math.abs(ms), digits);

const title = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");

// What a person does.

async function act(action) {
  say($("problem"), "");
  $("problem").classList.remove("shown");
  try {
    const answer = await fetch("/actions", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(action),
    });
    if (!answer.ok) complain((await answer.json()).error);
  } catch {
    complain("The sandbox does not answer. Is it still running?");
  }
}

function complain(text) {
  say($("problem"), text);
  $("problem").classList.add("shown");
}

$("chooser").addEventListener("submit", (e) => {
  e.preventDefault();
  act({ do: "begin", story: $("story").value });
});
$("play").addEventListener("click", () => act({ do: shown.clock.running ? "pause" : "play" }));
$("next-call").addEventListener("click", () => act({ do: "next-call" }));
$("next-step").addEventListener("click", () => act({ do: "next-step" }));
$("speeds").addEventListener("change", (e) => act({ do: "speed", speed: e.target.value }));
$("delivery").addEventListener("change", (e) => act({ do: "delivery", delivery: e.target.value }));

/** actButton makes a button for what can be done to an instance or an interface. */
function actButton(kind, id, name) {
  const b = node("button", { type: "button" });
  b.addEventListener("click", () => act({ do: b.dataset.do, [kind]: id }));
  b.named = name;
  return b;
}

function changeActButton(b, a) {
  say(b, a.label);
  b.dataset.do = a.do;
  b.setAttribute("aria-label", `${a.label}: ${b.named}`);
  if (a.why && document.activeElement === b) b.closest("details")?.querySelector("summary").focus();
  b.disabled = Boolean(a.why);
  b.title = a.why ? `Not now: ${a.why}` : "";
}

// What a person sees.

let shown; // the last state
let story = 0; // the number of the story that is shown

function show(message) {
  const { state } = message;
  const begun = message.full;
  if (message.stories) {
    keyed($("story"), message.stories, (s) => s.name, (s) => node("option", { value: s.name, textContent: title(s.name) }));
  }
  if (begun) {
    $("log").replaceChildren();
    $("story").value = state.story;
  }
  const before = begun && story === 0 ? new Map() : places();
  story = message.story;
  shown = state;
  document.body.dataset.story = state.story;
  document.body.dataset.version = message.version;
  showClock(state.clock);
  showStory(state);
  showServices(state.services, state.zones);
  showZones(state.zones);
  if ($("delivery").value !== state.delivery) $("delivery").value = state.delivery;
  move(before);
  showLog(message.rows);
  showReports(message.rows.flatMap((r) => r.report ?? []), begun);
}

function showClock(c) {
  say($("play"), c.running ? "Pause" : c.ended ? "Go on" : "Play");
  say($("time"), signed(c.atMs, 1));
  say($("time-text"), c.lastsMs ? `of ${c.lastsMs / 1000} s` : "");
  document.body.dataset.running = c.running;
  const speed = document.querySelector(`#speeds input[value="${c.speed}"]`);
  if (!speed.checked) speed.checked = true;
}

function showStory(state) {
  say($("story-title"), `${title(state.story)}. ${state.title}`);
  if ($("sentence").textContent !== state.sentence) {
    say($("sentence"), state.sentence);
    say($("announce"), state.sentence);
  }
  const steps = state.steps.map((s, n) => ({ ...s, n }));
  const at = steps.filter((s) => s.state === "done" || s.state === "now").length;
  say($("steps-summary"), state.story === "free" ? `What has happened: ${at - 1}` : `Step ${at} of ${steps.length}`);
  keyed($("dots"), steps, (s) => s.n, () => node("li"), (e, s) => { e.className = s.state; });
  keyed($("steps"), steps, (s) => s.n, () => node("li", {}, node("span", { className: "at" }), node("span")), (e, s) => {
    e.className = s.state;
    const happened = s.state === "done" || s.state === "now";
    say(e.firstChild, happened ? signed(s.atMs) : s.state === "skipped" ? "skipped" : "");
    say(e.lastChild, s.text);
    if (s.state === "now") e.setAttribute("aria-current", "step");
    else e.removeAttribute("aria-current");
  });
}

function showServices(services, zones) {
  const interfaces = new Map(zones.flatMap((z) => [...z.unattached, ...z.instances.flatMap((i) => i.interfaces)]).map((e) => [e.id, e]));
  keyed($("services"), services, (s) => s.interface, (s) => {
    const pause = node("span", { className: "pause" });
    const e = node("li", {},
      node("p", { className: "name" }),
      node("p", { className: "way" }, node("code"), node("span", { className: "arrow", aria: { hidden: true } }, "→"), node("span", { className: "holder" })),
      node("p", { className: "answer" }, node("span", { className: "light", aria: { hidden: true } }), node("span")),
      pause);
    e.pause = actButton("interface", s.interface, s.name);
    pause.append(e.pause);
    return e;
  }, (e, s) => {
    const i = interfaces.get(s.interface);
    e.className = s.answers ? "good" : "bad";
    say(e.querySelector(".name"), s.name);
    say(e.querySelector("code"), s.record || s.address);
    say(e.querySelector(".holder"), s.holder || "no instance");
    const since = seconds(shown.clock.atMs - s.sinceMs, 1);
    say(e.querySelector(".answer span:last-child"), s.answers ? "answers" : `no answer for ${since}: ${s.evidence}`);
    if (i) changeActButton(e.pause, i.acts[0]);
    e.classList.toggle("paused", Boolean(i?.paused));
  });
}

function showZones(zones) {
  keyed($("zones"), zones, (z) => z.name, (z) => node("section", { className: "zone", aria: { label: `Availability Zone ${z.name}` } },
    node("div", { className: "zone-head" },
      node("h3", {}, z.name),
      node("ul", { className: "dock", aria: { label: "Interfaces on no instance" } })),
    node("ul", { className: "instances" })),
  (e, z) => {
    const dock = e.querySelector(".dock");
    dock.classList.toggle("empty", z.unattached.length === 0);
    keyed(dock, z.unattached, (i) => i.id, makeChip, showChip);
    keyed(e.querySelector(".instances"), z.instances, (i) => i.id, makeInstance, showInstance);
  });
}

function makeInstance(i) {
  return node("li", { className: "instance" },
    node("div", { className: "instance-head" }, node("h4", {}, i.name), node("span", { className: "badge" })),
    node("ul", { className: "facts muted" }),
    node("ul", { className: "alerts" }),
    node("ul", { className: "slots", aria: { label: `Interfaces on ${i.name}` } }),
    node("details", { className: "acts" },
      node("summary", {}, `Actions on ${i.name}`),
      node("div", { className: "buttons" })));
}

function showInstance(e, i) {
  e.dataset.tone = i.tone;
  e.dataset.state = i.state;
  say(e.querySelector(".badge"), i.state);
  keyed(e.querySelector(".facts"), [...i.facts, i.id], (f) => f, (f) => node("li", {}, f));
  keyed(e.querySelector(".alerts"), i.alerts, (a) => a, (a) => node("li", {}, a));
  const slots = i.interfaces.map((x) => ({ index: x.index, holds: x }));
  const most = 3;
  if (slots.length < most && i.state !== "terminated") slots.push({ index: Math.max(-1, ...slots.map((s) => s.index)) + 1 });
  keyed(e.querySelector(".slots"), slots, (s) => s.index, (s) => node("li", { className: "slot" },
    node("span", { className: "index", aria: { hidden: true } }, String(s.index)), node("ul", { className: "place" })),
  (e, s) => {
    keyed(e.lastChild, s.holds ? [s.holds] : [{ id: "free", free: true }], (x) => x.id, (x) => (x.free ? node("li", { className: "free" }, "free") : makeChip(x)), (e, x) => {
      if (!x.free) showChip(e, x);
    });
  });
  keyed(e.querySelector(".buttons"), i.acts, (a) => a.place, () => actButton("instance", i.id, i.name), changeActButton);
}

function makeChip(i) {
  return node("li", { className: i.managed ? "chip managed" : "chip", data: { interface: i.id } },
    ...(i.managed ? [node("span", { className: "light", aria: { hidden: true } })] : []),
    node("span", { className: "chip-name" }), node("code"), node("span", { className: "chip-state" }));
}

function showChip(e, i) {
  e.dataset.state = i.state;
  const service = shown.services.find((s) => s.interface === i.id);
  if (service) e.dataset.answers = service.answers;
  say(e.querySelector(".chip-name"), i.managed ? i.name.replace(/^interface /, "") : "primary");
  say(e.querySelector("code"), i.address);
  say(e.querySelector(".chip-state"), i.managed ? i.state + (i.paused ? ", paused" : "") : "");
}

/** holderOf returns the instance that an interface is on, or the place of those that are on none. */
const holderOf = (chip) => chip.closest(".instance, .dock");

/** places returns where each managed interface is: on which instance, and where on the screen. */
function places() {
  return new Map([...document.querySelectorAll(".chip.managed")].map((e) => [e.dataset.interface, { holder: holderOf(e), box: e.getBoundingClientRect() }]));
}

/** move lets the interfaces that are on another instance than before glide there. */
function move(before) {
  if (still.matches) return;
  for (const e of document.querySelectorAll(".chip.managed")) {
    const was = before.get(e.dataset.interface);
    if (!was || was.holder === holderOf(e)) continue;
    const [from, to] = [was.box, e.getBoundingClientRect()];
    const far = Math.hypot(from.left - to.left, from.top - to.top);
    e.animate([
      { transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)`, zIndex: 2, position: "relative" },
      { transform: "none", zIndex: 2, position: "relative" },
    ], { duration: Math.min(900, 350 + far), easing: "cubic-bezier(.3,.1,.2,1)" });
  }
}

/** insertByTime adds a row to the log. A call is shown once it is answered, and took effect a little before. */
function insertByTime(log, e, at) {
  e.dataset.at = at;
  let next = null;
  for (let last = log.lastElementChild; last && Number(last.dataset.at) > at; last = last.previousElementSibling) next = last;
  log.insertBefore(e, next);
}

function showLog(rows) {
  if (rows.length === 0) return;
  const most = 500;
  const log = $("log");
  for (const r of rows) {
    let e = log.querySelector(`:scope > [data-key="${r.n}"]`);
    if (!e) {
      e = node("li", { data: { key: r.n } }, node("span", { className: "at" }), node("span", { className: "actor" }), node("span", { className: "text" }));
      insertByTime(log, e, r.atMs);
    }
    e.className = r.tone;
    e.dataset.actor = r.actor;
    say(e.children[0], signed(r.atMs));
    say(e.children[1], r.invocation ? `${r.actor} #${r.invocation}` : r.actor);
    say(e.children[2], r.times ? `${r.text}, ${r.times} times until ${signed(r.lastMs)}` : r.text);
  }
  while (log.children.length > most) log.firstElementChild.remove();
  follow();
}

// The log shows its end, until a person scrolls away from it.
let following = true;
$("log-scroll").addEventListener("scroll", ({ target: box }) => {
  following = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
});
function follow() {
  if (following) $("log-scroll").scrollTop = $("log-scroll").scrollHeight;
}
new ResizeObserver(follow).observe($("log-scroll"));

/** showReports puts new reports before the others, and opens the newest one. */
function showReports(fresh, begun) {
  const most = 6;
  const box = $("reports");
  if (begun) box.replaceChildren();
  for (const r of fresh) box.prepend(makeReport(r));
  while (box.children.length > most) box.lastElementChild.remove();
  if (fresh.length > 0) for (const e of box.children) e.open = e === box.firstElementChild;
  $("no-report").hidden = box.children.length > 0;
}

function makeReport(r) {
  const table = node("table", {},
    node("caption", { className: "hidden" }, "Instances that were considered"),
    node("thead", {}, node("tr", {}, ...["Instance", "Verdict"].map((t) => node("th", { scope: "col" }, t)))),
    node("tbody", {}, ...r.considered.map((c) => node("tr", { className: c.tone },
      node("th", { scope: "row" }, c.instance), node("td", {}, node("span", { className: "verdict" }, c.verdict), ...(c.detail ? [node("span", { className: "muted" }, ` ${c.detail}`)] : []))))));
  const all = r.phases.reduce((sum, p) => sum + p.ms, 0);
  const phases = node("ol", { className: "phases", aria: { label: "Parts of the move" } }, ...r.phases.map((p) => {
    const e = node("li", {}, node("span", {}, p.name), node("span", { className: "muted" }, seconds(p.ms)));
    e.style.flexGrow = Math.max(p.ms / all, 0.02);
    return e;
  }));
  return node("details", { className: `report ${r.tone}` },
    node("summary", {}, node("strong", {}, r.outcome), ` ${r.reason ? `(${r.reason}) ` : ""}`, node("span", { className: "muted" }, `#${r.invocation} at ${signed(r.atMs)}, on ${r.event}`)),
    node("p", {}, r.meaning),
    ...r.lines.map((l) => node("p", { className: l.tone }, l.text)),
    ...(r.errorType ? [node("p", { className: "bad" }, `The function returned ${/^[AEIOU]/.test(r.errorType) ? "an" : "a"} ${r.errorType}, so that Lambda tries again. ${r.error ?? ""}`)] : []),
    ...(r.phases.length ? [phases] : []),
    ...(r.considered.length ? [table] : []),
    node("details", { className: "raw" }, node("summary", {}, "As JSON"), node("pre", { tabIndex: 0, aria: { label: `Report #${r.invocation} as JSON` }, role: "group" }, JSON.stringify(r.json, null, 2))));
}

// The server sends what has changed. The browser connects again by itself.
const events = new EventSource("/events");
events.addEventListener("message", (e) => show(JSON.parse(e.data)));
events.addEventListener("open", () => {
  if (document.body.dataset.lost) complain("");
  delete document.body.dataset.lost;
  $("problem").classList.remove("shown");
});
events.addEventListener("error", () => {
  document.body.dataset.lost = "yes";
  complain("The connection to the sandbox is lost. It is tried again each few seconds.");
});
