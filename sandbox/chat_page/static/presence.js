// The line under the bot's name ("typing"), and the draft of a message that it is still writing.

import { get } from "./dom.js";
import { replaceRich } from "./rich.js";

const ACTION_MILLISECONDS = 5500;
const DRAFT_MILLISECONDS = 30000;
const LABELS = {
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
    lost.textContent = connected ? "" : "Lost the connection to the sandbox. Trying again…";
    this.draw();
  }

  act(action) {
    clearTimeout(this.timer);
    this.action = LABELS[action] ?? "typing";
    this.timer = setTimeout(() => this.endAction(), ACTION_MILLISECONDS);
    this.draw();
  }

  endAction() {
    clearTimeout(this.timer);
    this.action = "";
    this.draw();
  }

  // An empty draft removes the text.
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
    this.endAction();
    this.endDraft();
  }

  draw() {
    const line = get("presence");
    line.classList.toggle("acting", Boolean(this.action && this.connected));
    line.textContent = this.connected ? this.action || "bot" : "connecting…";
  }
}
