// The list of messages: their order, the days between them, and the scroll position.

import { drawDay, drawItem, drawKeyboard, drawReactions, makeItem } from "./bubble.js";
import { get } from "./dom.js";
import { toast } from "./notifications.js";

const NEAR_END_PIXELS = 80;

export class Log {
  constructor(handlers) {
    this.handlers = handlers;
    this.items = new Map();
    this.atEnd = true;
    this.unread = 0;
    this.top = 0;
    this.list = get("log");
    this.scroll = get("scroll");
    this.scroll.addEventListener("scroll", () => this.updatePosition(), { passive: true });
    get("newest").addEventListener("click", () => this.goToEnd(true));
    const sizes = new ResizeObserver(() => this.atEnd && this.goToEnd());
    [get("column"), this.scroll].forEach((element) => sizes.observe(element));
  }

  get last() {
    return this.list.lastElementChild?.message ?? null;
  }

  put(message) {
    let item = this.items.get(message.message_id);
    const added = !item;
    if (added) {
      item = makeItem(message, this.handlers);
      this.items.set(message.message_id, item);
      this.list.insertBefore(item, this.findNext(message.message_id));
    }
    drawItem(item, message, this.handlers);
    this.arrange(item);
    return added;
  }

  // Replaces all messages; those that are not in the list are removed.
  putAll(messages) {
    const kept = new Set(messages.map((message) => message.message_id));
    [...this.items.keys()].filter((id) => !kept.has(id)).forEach((id) => this.remove(id));
    messages.forEach((message) => this.put(message));
  }

  remove(id) {
    const item = this.items.get(id);
    if (!item) return;
    const next = item.nextElementSibling;
    item.remove();
    this.items.delete(id);
    if (next) drawDay(next, next.previousElementSibling);
  }

  clear() {
    this.items.clear();
    this.list.replaceChildren();
    this.goToEnd();
  }

  redrawKeyboard(id) {
    const item = this.items.get(id);
    if (item) drawKeyboard(item, item.message, this.handlers);
  }

  react(id, reactions) {
    const item = this.items.get(id);
    if (item) drawReactions(item, reactions.map((reaction) => reaction.emoji).filter(Boolean));
  }

  countUnread() {
    if (this.atEnd) return;
    this.unread += 1;
    this.showNewest();
  }

  jump(id) {
    const item = this.items.get(id);
    if (!item) return toast("This message is no longer in the chat.");
    this.atEnd = false;
    item.scrollIntoView({ block: "center", behavior: this.scrollBehavior });
    item.focus({ preventScroll: true });
    item.classList.remove("flash");
    requestAnimationFrame(() => item.classList.add("flash"));
  }

  goToEnd(smooth = false) {
    this.atEnd = true;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior: smooth ? this.scrollBehavior : "instant" });
    this.updatePosition();
  }

  get scrollBehavior() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  }

  updatePosition() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS;
    // Scroll events arrive late. Only an upward move comes from the reader; a growing distance to the end is a new message.
    if (near) this.atEnd = true;
    else if (scrollTop < this.top) this.atEnd = false;
    this.top = scrollTop;
    if (this.atEnd) this.unread = 0;
    this.showNewest();
  }

  showNewest() {
    get("newest").hidden = this.atEnd;
    const label = this.unread === 1 ? "1 new message" : `${this.unread} new messages`;
    get("newest-text").textContent = this.unread ? label : "";
    get("newest").setAttribute("aria-label", this.unread ? label : "Go to the newest message");
  }

  arrange(item) {
    drawDay(item, item.previousElementSibling);
    if (item.nextElementSibling) drawDay(item.nextElementSibling, item);
  }

  findNext(id) {
    let item = this.list.lastElementChild;
    if (!item || item.message.message_id < id) return null;
    while (item.previousElementSibling && item.previousElementSibling.message.message_id > id) item = item.previousElementSibling;
    return item;
  }
}
