// One message of the chat. It is built once; later only the parts that changed are drawn again.

import { describe, formatDay, formatTime, make, makeIcon } from "./dom.js";
import { makeFile } from "./file.js";
import { replaceRich } from "./rich.js";

const BOT = document.body.dataset.bot;
const STYLES = new Set(["primary", "success", "danger"]);

export function makeItem(message, handlers) {
  const parts = ["quote", "file", "text", "meta"].map((name) => make("div", { className: name, "data-part": name, hidden: true }));
  const bubble = make("div", { className: "bubble" }, make("span", { className: "sr" }, message.out ? "You: " : `${BOT}: `), ...parts);
  const keyboard = make("div", { className: "keyboard", "data-part": "keyboard", hidden: true });
  const reactions = make("p", { className: "reactions", "data-part": "reactions", hidden: true });
  const row = make("div", { className: "row" }, make("div", { className: "stack" }, bubble, reactions, keyboard));
  row.append(make("div", { className: "actions", "data-part": "actions" }));
  const item = make("li", { id: `m${message.message_id}`, className: message.out ? "message out" : "message in", tabIndex: -1 });
  item.append(make("p", { className: "day", hidden: true }), row);
  item.keys = {};
  addSwipe(row, () => handlers.reply(item.message));
  return item;
}

export function drawItem(item, message, handlers) {
  item.message = message;
  setPart(item, "quote", message.reply_to_message, (part) => part.replaceChildren(makeQuote(message.reply_to_message, handlers)));
  setPart(item, "file", pickFile(message), (part) => part.replaceChildren(makeFile(message)));
  setPart(item, "text", message.html, (part) => replaceRich(part, message.html, handlers.send));
  setPart(item, "meta", [message.date, message.edits], (part) => part.replaceChildren(...makeMeta(message)));
  setPart(item, "actions", [message.out && !!message.text], (part) => part.replaceChildren(...makeActions(item, handlers)));
  drawKeyboard(item, message, handlers);
  item.querySelector(".bubble").classList.toggle("wide", Boolean(message.reply_markup?.inline_keyboard));
}

export function drawKeyboard(item, message, handlers) {
  const rows = message.reply_markup?.inline_keyboard;
  const part = item.querySelector(".keyboard");
  const focused = [...part.querySelectorAll("button, a")].indexOf(document.activeElement);
  const before = item.rows;
  item.rows = JSON.stringify(rows);
  const busy = (rows ?? []).flat().map((button) => handlers.isWaiting(message, button.callback_data));
  setPart(item, "keyboard", rows?.length ? [rows, busy] : null, () => part.replaceChildren(...rows.map((row) => makeRow(row, message, handlers))));
  if (focused >= 0 && document.activeElement === document.body) keepFocus(item, part, before === item.rows ? focused : -1);
}

// Focus stays on the same button, and never moves to a new one: Enter would press a button that nobody has read yet.
function keepFocus(item, part, index) {
  (part.querySelectorAll("button, a")[index] ?? item).focus({ preventScroll: true });
}

export function drawReactions(item, emojis) {
  setPart(item, "reactions", emojis.length ? emojis : null, (part) => part.replaceChildren(emojis.join(" ")));
}

export function drawDay(item, previous) {
  const day = formatDay(item.message.date);
  const part = item.querySelector(".day");
  part.hidden = Boolean(previous) && formatDay(previous.message.date) === day;
  part.textContent = day;
  item.classList.toggle("joined", part.hidden && previous.message.out === item.message.out);
}

function setPart(item, name, value, draw) {
  const key = value === null || value === undefined || value === "" ? "" : JSON.stringify(value);
  if (item.keys[name] === key) return;
  const part = item.querySelector(`[data-part=${name}]`);
  item.keys[name] = key;
  part.hidden = !key;
  if (key) draw(part);
  else part.replaceChildren();
}

function pickFile(message) {
  const kinds = ["document", "video", "photo", "voice", "sticker", "location", "audio", "animation"];
  const kind = kinds.find((name) => message[name]);
  return kind ? [kind, message[kind], message.file_url] : null;
}

function makeQuote(replied, handlers) {
  const own = replied.out ?? !replied.from?.is_bot;
  const button = make("button", { type: "button", onclick: () => handlers.jump(replied.message_id) });
  button.append(make("b", {}, own ? "You" : BOT), make("span", { dir: "auto" }, describe(replied)));
  return button;
}

function makeMeta(message) {
  const full = new Date(message.date * 1000).toLocaleString("en-GB");
  const time = make("time", { dateTime: new Date(message.date * 1000).toISOString(), title: full }, formatTime(message.date));
  if (!message.edits) return [time];
  return [make("span", { title: `Edited ${message.edits} ${message.edits === 1 ? "time" : "times"}` }, "edited "), time];
}

function makeActions(item, handlers) {
  const { message } = item;
  const shown = [["Reply", "reply", () => handlers.reply(item.message)]];
  if (message.text) shown.push(["Copy text", "copy", () => handlers.copy(item.message.text)]);
  if (message.out && message.text) shown.push(["Edit", "edit", () => handlers.edit(item.message)]);
  return shown.map(([label, icon, onclick]) => make("button", { type: "button", "aria-label": label, title: label, onclick }, makeIcon(icon)));
}

function makeRow(row, message, handlers) {
  return make("div", { className: "keyboard-row" }, ...row.map((button) => makeButton(button, message, handlers)));
}

function makeButton(button, message, handlers) {
  const style = STYLES.has(button.style) ? button.style : "";
  const label = make("span", { dir: "auto" }, button.text);
  if (button.url) return make("a", { href: button.url, target: "_blank", rel: "noopener noreferrer", className: style }, label, makeIcon("link"));
  if (button.copy_text) return make("button", { type: "button", onclick: () => handlers.copy(button.copy_text.text) }, label);
  const busy = handlers.isWaiting(message, button.callback_data);
  const onclick = () => busy || handlers.tap(message, button.callback_data);
  return make("button", { type: "button", className: style, "aria-busy": busy ? "true" : null, disabled: !button.callback_data, onclick }, label);
}

// Swiping a message to the left replies to it.
function addSwipe(row, reply) {
  let startX = null;
  let startY = 0;
  const move = (x) => row.style.setProperty("--pull", `${Math.max(-64, Math.min(0, x))}px`);
  row.addEventListener("touchstart", (event) => {
    [startX, startY] = [event.touches[0].clientX, event.touches[0].clientY];
  }, { passive: true });
  row.addEventListener("touchmove", (event) => {
    if (startX === null) return;
    const [x, y] = [event.touches[0].clientX - startX, event.touches[0].clientY - startY];
    if (Math.abs(y) > Math.abs(x)) startX = null;
    move(startX === null ? 0 : x);
  }, { passive: true });
  row.addEventListener("touchend", (event) => {
    if (startX !== null && event.changedTouches[0].clientX - startX < -48) reply();
    startX = null;
    move(0);
  });
}
