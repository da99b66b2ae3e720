// Files that are being sent, one after the other, each with a bubble that shows its progress.

import * as api from "./api.js";
import { formatSize, get, make, makeIcon } from "./dom.js";
import { makeFileRow } from "./file.js";

export class Uploads {
  constructor(onSent) {
    this.onSent = onSent;
    this.queue = Promise.resolve();
  }

  // Sends files one by one, so that the chat shows them in the order of choice.
  add(person, files, replyTo) {
    for (const file of files) {
      const bubble = new UploadBubble(file, person.id);
      this.queue = this.queue.then(() => this.send(person, bubble, replyTo));
    }
  }

  async send(person, bubble, replyTo) {
    if (bubble.cancelled) return;
    const { done, cancel } = api.sendFile(person.id, bubble.file, replyTo, (fraction) => bubble.show(fraction));
    bubble.onCancel = cancel;
    try {
      const message = await done;
      bubble.remove();
      if (message) this.onSent(person, message);
    } catch (error) {
      bubble.fail(error.message, () => this.send(person, bubble, replyTo));
    }
  }

  showOnly(person) {
    for (const item of get("pending").children) item.hidden = item.person !== person.id;
  }
}

class UploadBubble {
  constructor(file, person) {
    this.file = file;
    this.cancelled = false;
    this.onCancel = () => {};
    this.bar = make("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    this.note = make("p", { className: "upload-note" }, "Waiting to send");
    this.retry = make("button", { type: "button", className: "text-button", hidden: true }, "Try again");
    const drop = make("button", { type: "button", className: "round small", "aria-label": `Cancel ${file.name}`, onclick: () => this.cancel() }, makeIcon("close"));
    const head = make("div", { className: "upload-head" }, makeFileRow(file.name, formatSize(file.size), ""), drop);
    const bubble = make("div", { className: "bubble" }, head, this.bar, this.note, this.retry);
    this.item = make("li", { className: "message out" }, make("div", { className: "row" }, make("div", { className: "stack" }, bubble)));
    this.item.person = person;
    get("pending").append(this.item);
  }

  show(fraction) {
    this.bar.hidden = false;
    this.bar.value = fraction;
    this.note.textContent = fraction < 1 ? `Sending, ${Math.round(fraction * 100)} %` : "Sent, waiting for the sandbox";
  }

  fail(sentence, retry) {
    this.bar.hidden = true;
    this.note.textContent = `Not sent. ${sentence}`;
    this.retry.hidden = false;
    this.retry.onclick = () => {
      this.retry.hidden = true;
      retry();
    };
  }

  cancel() {
    this.cancelled = true;
    this.onCancel();
    this.remove();
  }

  remove() {
    this.item.remove();
  }
}
