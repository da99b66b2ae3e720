// Starts the chat page and connects its parts.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { describe, get } from "./dom.js";
import { Log } from "./log.js";
import { alert, announce, toast } from "./notifications.js";
import { People } from "./people.js";
import { Presence } from "./presence.js";
import { Stream } from "./stream.js";
import { Uploads } from "./uploads.js";

class Chat {
  constructor() {
    this.person = null;
    this.waiting = new Set();
    this.presence = new Presence();
    this.log = new Log({
      reply: (message) => this.composer.reply(message),
      edit: (message) => this.composer.edit(message),
      copy: (text) => this.copy(text),
      jump: (id) => this.log.jump(id),
      send: (text) => this.send(text),
      tap: (message, data) => this.tap(message, data),
      isWaiting: (message, data) => this.waiting.has(this.tapKey(message, data)),
    });
    this.composer = new Composer({
      send: (text, replyTo) => this.send(text, replyTo),
      change: (message, text) => this.change(message, text),
      attach: (files, replyTo) => this.uploads.add(this.person, files, replyTo),
      editLast: () => this.editLast(),
    });
    this.uploads = new Uploads((person, message) => this.showSent(person, message));
    this.people = new People((person) => this.switchTo(person));
    this.stream = new Stream({
      prepare: () => this.people.load(),
      onLoaded: (messages, events) => this.load(messages, events),
      onEvent: (event) => this.handle(event),
      onState: (connected) => this.presence.setConnected(connected),
    });
    get("start").addEventListener("click", () => this.send("/start"));
    get("text").addEventListener("focus", () => this.loadCommands());
    get("commands-open").addEventListener("pointerenter", () => this.loadCommands());
  }

  async start() {
    try {
      await this.people.load();
    } catch {
      this.presence.setConnected(false);
      setTimeout(() => this.start(), 2000);
    }
  }

  switchTo(person) {
    this.composer.switchPerson(this.person, person);
    this.person = person;
    this.log.clear();
    this.presence.clear();
    this.uploads.showOnly(person);
    get("empty").hidden = true;
    this.loadCommands();
    this.stream.start(person);
  }

  load(messages, events) {
    this.log.putAll(messages);
    for (const event of events) if (event.kind === "reaction") this.log.react(event.message_id, event.reaction ?? []);
    this.log.goToEnd();
    this.toggleEmpty();
    this.askForReply(this.log.last);
    this.loadCommands();
  }

  async loadCommands() {
    const { person } = this;
    if (!person) return;
    const commands = await api.listCommands(person.language_code).catch(() => null);
    if (commands && person === this.person) this.composer.commands.replaceAll(commands);
  }

  handle(event) {
    if (event.kind === "message") this.receive(event.message);
    else if (event.kind === "edit") this.receiveEdit(event.message);
    else if (event.kind === "delete") this.remove(event.message_id);
    else if (event.kind === "chat_action") this.presence.act(event.action);
    else if (event.kind === "draft") this.presence.draft(event);
    else if (event.kind === "reaction") this.log.react(event.message_id, event.reaction ?? []);
  }

  receive(message) {
    const added = this.log.put(message);
    this.toggleEmpty();
    if (message.out) return added && this.log.goToEnd();
    this.presence.clear();
    if (!added) return;
    this.log.countUnread();
    this.askForReply(message);
    announce(`${document.body.dataset.bot}: ${describe(message)}`);
  }

  // A progress message changes every second or two; screen readers announce only a changed first line.
  receiveEdit(message) {
    const before = this.log.items.get(message.message_id)?.message;
    this.log.put(message);
    const line = pickFirstLine(message);
    if (!message.out && before && pickFirstLine(before) !== line) announce(`Edited: ${line}`);
  }

  remove(id) {
    this.log.remove(id);
    this.composer.forget(id);
    this.toggleEmpty();
  }

  askForReply(message) {
    const prompt = message && !message.out ? message.prompt ?? message.reply_markup : null;
    if (prompt?.force_reply) this.composer.reply(message, prompt.input_field_placeholder || "Reply");
  }

  toggleEmpty() {
    get("empty").hidden = this.log.items.size > 0;
  }

  showSent(person, message) {
    if (person.id === this.person.id) this.receive(message);
  }

  async send(text, replyTo) {
    const { person } = this;
    return this.attempt(async () => this.showSent(person, await api.sendText(person.id, { text, reply_to_message_id: replyTo })));
  }

  async change(message, text) {
    if (text === message.text) return true;
    return this.attempt(async () => this.log.put(await api.editText(this.person.id, { message_id: message.message_id, text })));
  }

  async attempt(act) {
    try {
      await act();
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  async tap(message, data) {
    const key = this.tapKey(message, data);
    const { person } = this;
    this.setWaiting(key, message, true);
    await this.attempt(async () => {
      const { answer } = await api.tap(person.id, message.message_id, data);
      if (!answer) toast("The bot did not react to this button.");
      else if (answer.text) (answer.show_alert ? alert : toast)(answer.text);
    });
    this.setWaiting(key, message, false);
  }

  setWaiting(key, message, waiting) {
    this.waiting[waiting ? "add" : "delete"](key);
    this.log.redrawKeyboard(message.message_id);
  }

  tapKey(message, data) {
    return `${this.person?.id}:${message.message_id}:${data}`;
  }

  async copy(text) {
    await navigator.clipboard.writeText(text).then(() => toast("Copied."), () => toast("The browser does not allow copying."));
  }

  editLast() {
    const own = [...this.log.items.values()].map((item) => item.message).filter((message) => message.out && message.text);
    const last = own.sort((one, other) => one.message_id - other.message_id).at(-1);
    if (last) this.composer.edit(last);
  }
}

function pickFirstLine(message) {
  return (message.text || message.caption || "").split("\n", 1)[0];
}

new Chat().start();
