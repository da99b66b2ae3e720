// The list of messages: keeps order, days, and the reader's place.

import { drawDay, drawItem, drawKeyboard, drawReactions, makeItem } from "./bubble.js";
import { get } from "./dom.js";
import { toast } from "./notices.js";

const NEAR_END_PIXELS = 80;

export class Log {
  constructor(acts) {
    this.acts = acts;
    this.items = new Map();
    this.sticks = true;
    this.unread = 0;
    this.top = 0;
    this.list = get("log");
    this.scroll = get("scroll");
    this.scroll.addEventListener("scroll", () => this.notePlace(), { passive: true });
    get("newest").addEventListener("click", () => this.goToEnd(true));
    const sizes = new ResizeObserver(() => this.sticks && this.goToEnd());
    [get("column"), this.scroll].forEach((element) => sizes.observe(element));
  }

  get last() {
    return this.list.lastElementChild?.message ?? null;
  }

  put(message) {
    let item = this.items.get(message.message_id);
    const added = !item;
    if (added) {
      item = makeItem(message, this.acts);
      this.items.set(message.message_id, item);
      this.list.insertBefore(item, this.findNext(message.message_id));
    }
    drawItem(item, message, this.acts);
    this.arrange(item);
    return added;
  }

  // All messages at once: what is not among them goes.
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
    if (item) drawKeyboard(item, item.message, this.acts);
  }

  react(id, reactions) {
    const item = this.items.get(id);
    if (item) drawReactions(item, reactions.map((reaction) => reaction.emoji).filter(Boolean));
  }

  noteNew() {
    if (this.sticks) return;
    this.unread += 1;
    this.showNewest();
  }

  jump(id) {
    const item = this.items.get(id);
    if (!item) return toast("That message is no longer here.");
    this.sticks = false;
    item.scrollIntoView({ block: "center", behavior: this.pace });
    item.focus({ preventScroll: true });
    item.classList.remove("flash");
    requestAnimationFrame(() => item.classList.add("flash"));
  }

  goToEnd(smooth = false) {
    this.sticks = true;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior: smooth ? this.pace : "instant" });
    this.notePlace();
  }

  get pace() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  }

  notePlace() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS;
    // Scroll events come late: only a move upwards is the reader's, a growing distance is new messages.
    if (near) this.sticks = true;
    else if (scrollTop < this.top) this.sticks = false;
    this.top = scrollTop;
    if (this.sticks) this.unread = 0;
    this.showNewest();
  }

  showNewest() {
    get("newest").hidden = this.sticks;
    const words = this.unread === 1 ? "1 new message" : `${this.unread} new messages`;
    get("newest-text").textContent = this.unread ? words : "";
    get("newest").setAttribute("aria-label", this.unread ? words : "To the newest message");
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
