// The field for a new message: text, replies, edits, commands and files.

import { Commands } from "./commands.js";
import { describe, get } from "./dom.js";

const LONGEST_TEXT = 4096;
const BOT = document.body.dataset.bot;

export class Composer {
  // handlers: send(text, replyTo) and change(message, text), which return whether they succeeded; attach(files, replyTo); editLast().
  constructor(handlers) {
    this.handlers = handlers;
    this.mode = null;
    this.drafts = new Map();
    this.text = get("text");
    this.commands = new Commands((command) => this.sendCommand(command));
    get("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("input", () => this.update());
    this.text.addEventListener("keydown", (event) => this.handleKey(event));
    this.text.addEventListener("paste", (event) => this.attach(event, event.clipboardData.files));
    get("mode-close").addEventListener("click", () => this.endMode());
    get("clip").addEventListener("click", () => get("file").click());
    get("file").addEventListener("change", () => {
      this.attach(null, get("file").files);
      get("file").value = "";
    });
    this.listenForDrops(get("chat"));
    this.update();
  }

  // Keeps the unsent text of one person, and restores that of the other.
  switchPerson(from, to) {
    if (from) this.drafts.set(from.id, { text: this.text.value, mode: this.mode });
    const { text = "", mode = null } = this.drafts.get(to.id) ?? {};
    this.endMode();
    if (mode) this.begin(mode.kind, mode.message, mode.placeholder);
    this.text.value = text;
    this.update();
  }

  reply(message, placeholder) {
    this.begin("reply", message, placeholder);
    if (!placeholder || matchMedia("(hover: hover)").matches) this.text.focus();
  }

  edit(message) {
    this.begin("edit", message);
    this.text.value = message.text;
    this.update();
    this.text.focus();
  }

  begin(kind, message, placeholder) {
    if (this.mode?.kind === "edit") this.text.value = "";
    this.mode = { kind, message, placeholder };
    get("mode").hidden = false;
    get("mode-icon").setAttribute("href", `#i-${kind}`);
    get("mode-title").textContent = kind === "edit" ? "Editing" : `Reply to ${message.out ? "yourself" : BOT}`;
    get("mode-quote").textContent = describe(message);
    this.text.placeholder = placeholder || "Message";
  }

  endMode() {
    if (this.mode?.kind === "edit") this.text.value = "";
    this.mode = null;
    get("mode").hidden = true;
    this.text.placeholder = "Message";
    this.update();
  }

  // Ends a reply to, or an edit of, a message that was deleted.
  forget(id) {
    if (this.mode?.message.message_id === id) this.endMode();
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text || this.sending) return;
    const mode = this.mode;
    this.sending = true;
    const sent = mode?.kind === "edit" ? await this.handlers.change(mode.message, text) : await this.sendParts(text, mode);
    this.sending = false;
    if (!sent) return;
    if (this.mode === mode) this.endMode();
    this.text.value = "";
    this.update();
    this.text.focus();
  }

  async sendParts(text, mode) {
    let replyTo = mode?.message.message_id;
    for (const part of splitText(text)) {
      if (!(await this.handlers.send(part, replyTo))) return false;
      replyTo = undefined;
    }
    return true;
  }

  async sendCommand(command) {
    this.commands.close();
    if (this.text.value.startsWith("/")) this.text.value = "";
    this.update();
    await this.handlers.send(`/${command}`);
  }

  attach(event, files) {
    if (!files?.length) return;
    event?.preventDefault();
    const replyTo = this.mode?.kind === "reply" ? this.mode.message.message_id : undefined;
    this.handlers.attach([...files], replyTo);
    if (replyTo) this.endMode();
  }

  update() {
    this.text.style.height = "auto";
    const border = this.text.offsetHeight - this.text.clientHeight;
    this.text.style.height = `${this.text.scrollHeight + border}px`;
    get("send").disabled = !this.text.value.trim();
    this.commands.suggest(this.text.value);
  }

  handleKey(event) {
    if (event.isComposing) return;
    if (this.commands.isOpen && this.handleCommandKey(event.key)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.mode) {
      this.endMode();
    } else if (event.key === "ArrowUp" && !this.text.value && !this.mode) {
      this.handlers.editLast();
    }
  }

  handleCommandKey(key) {
    const { commands } = this;
    if (key === "Escape") commands.close();
    else if (!commands.current) return false;
    else if (key === "ArrowDown" || key === "ArrowUp") commands.move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter") this.sendCommand(commands.current);
    else if (key === "Tab" && this.text.value) this.text.value = `/${commands.current} `;
    else return false;
    if (key === "Tab") this.update();
    return true;
  }

  // dragenter and dragleave also fire for every child element that the pointer crosses, so they are counted.
  listenForDrops(area) {
    let depth = 0;
    const show = (step) => {
      depth = Math.max(0, depth + step);
      get("drop").hidden = depth === 0;
    };
    const handle = (name, act) => area.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      act(event);
    });
    handle("dragenter", () => show(1));
    handle("dragleave", () => show(-1));
    handle("dragover", (event) => (event.dataTransfer.dropEffect = "copy"));
    handle("drop", (event) => {
      show(-depth);
      this.attach(event, event.dataTransfer.files);
    });
  }
}

// Splits a text that is too long for one message, at a line break or a space where there is one.
function splitText(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST_TEXT) {
    const head = rest.slice(0, LONGEST_TEXT);
    const cut = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" "));
    parts.push(rest.slice(0, cut > 0 ? cut : LONGEST_TEXT));
    rest = rest.slice(cut > 0 ? cut : LONGEST_TEXT).trimStart();
  }
  return [...parts, rest];
}
