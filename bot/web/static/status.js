// Keeps the status page up to date. Without it, the page shows the figures of the moment when it was loaded.

const SILENCE_MILLISECONDS = 12000;
const get = (id) => document.getElementById(id);
let heard = Date.now();
let source = null;

function make(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

// Texts are changed only where they differ, so that nothing flickers and screen readers repeat nothing.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(shown) {
  write(get("state"), shown.state);
  get("state").className = `pill ${shown.healthy ? "well" : "ill"}`;
  document.title = `Socrate · ${shown.state}`;
  write(get("uptime"), shown.uptime);
  for (const card of shown.cards) {
    const shownCard = document.querySelector(`[data-key="${card.key}"]`);
    write(shownCard.querySelector(".value"), card.value);
    write(shownCard.querySelector(".note"), card.note);
  }
  fill(get("running"), shown.running, makeWork, showWork);
  get("nothing").hidden = shown.running.length > 0;
  fill(get("checks"), shown.checks, makeCheck, showCheck);
}

function fill(list, rows, makeRow, showRow) {
  while (list.childElementCount > rows.length) list.lastElementChild.remove();
  while (list.childElementCount < rows.length) list.append(makeRow());
  rows.forEach((row, index) => showRow(list.children[index], row));
}

function makeWork() {
  const item = make("li", "work");
  const bar = Object.assign(make("progress", ""), { max: 100 });
  item.append(make("span", "stage"), make("span", "note"), bar, make("span", "percent"));
  return item;
}

function showWork(item, work) {
  write(item.querySelector(".stage"), work.stage);
  write(item.querySelector(".note"), work.note);
  write(item.querySelector(".percent"), `${work.percent} %`);
  item.querySelector("progress").value = work.percent;
  item.querySelector("progress").setAttribute("aria-label", work.stage);
}

function makeCheck() {
  const item = make("li", "check");
  const mark = make("span", "mark");
  mark.setAttribute("aria-hidden", "true");
  item.append(mark, make("span", "name"), make("span", "detail"), make("span", "time"));
  return item;
}

function showCheck(item, check) {
  item.className = `check ${check.ok ? "well" : "ill"}`;
  const name = item.querySelector(".name");
  if (name.textContent !== `${check.name} is ${check.state}`) name.replaceChildren(check.name, make("span", "sr", ` is ${check.state}`));
  write(item.querySelector(".detail"), check.detail);
  write(item.querySelector(".time"), check.time);
}

function setLost(lost) {
  if (get("lost").hidden !== lost) return;
  get("lost").hidden = !lost;
  document.body.classList.toggle("stale", lost);
  write(get("since"), lost ? new Date(heard).toLocaleTimeString("en-GB") : "");
}

function connect() {
  source?.close();
  source = new EventSource("/events");
  source.onmessage = ({ data }) => {
    heard = Date.now();
    setLost(false);
    show(JSON.parse(data).shown);
  };
  source.onerror = () => setLost(true);
}

// A dead connection may raise no error, and after any answer but 200 the browser does not retry by itself.
setInterval(() => {
  if (Date.now() - heard > SILENCE_MILLISECONDS) setLost(true);
  if (source.readyState === EventSource.CLOSED) connect();
}, 3000);
connect();
