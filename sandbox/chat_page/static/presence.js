// What the bot is doing: the line under its name, and text that is still being written.

import { get } from "./dom.js";
import { replaceRich } from "./rich.js";

const ACTION_MILLISECONDS = 5500;
const DRAFT_MILLISECONDS = 30000;
const WORDS = {
  typing: "typing",
  upload_document: "sending a file",
  upload_video: "sending a video",
  upload_photo: "sending a photo",
};

export class Presence {
  constructor() {
    this.connected = null;
    this.action = "";
  }

  setConnected(connected) {
    this.connected = connected;
    const lost = get("lost");
    lost.hidden = connected;
    lost.textContent = connected ? "" : "The connection to the sandbox is lost. Trying again…";
    this.draw();
  }

  act(action) {
    clearTimeout(this.timer);
    this.action = WORDS[action] ?? "typing";
    this.timer = setTimeout(() => this.rest(), ACTION_MILLISECONDS);
    this.draw();
  }

  rest() {
    clearTimeout(this.timer);
    this.action = "";
    this.draw();
  }

  // An empty draft takes the text away again.
  draft(event) {
    clearTimeout(this.draftTimer);
    const box = get("draft");
    box.hidden = !event.text;
    if (event.html) replaceRich(box, event.html, () => {});
    else box.textContent = event.text;
    this.draftTimer = setTimeout(() => this.endDraft(), DRAFT_MILLISECONDS);
  }

  endDraft() {
    clearTimeout(this.draftTimer);
    get("draft").hidden = true;
  }

  clear() {
    this.rest();
    this.endDraft();
  }

  draw() {
    const place = get("presence");
    place.classList.toggle("acting", Boolean(this.action && this.connected));
    place.textContent = this.connected ? this.action || "bot" : "connecting…";
  }
}
