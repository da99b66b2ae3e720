// Notifications: toasts, a dialog with an OK button, and announcements for screen readers.

import { get, make } from "./dom.js";

const TOAST_MILLISECONDS = 5000;

export function toast(text) {
  const element = make("p", { className: "toast", onclick: () => element.remove() }, text);
  get("toasts").append(element);
  while (get("toasts").childElementCount > 3) get("toasts").firstElementChild.remove();
  setTimeout(() => element.remove(), TOAST_MILLISECONDS);
}

export function alert(text) {
  get("alert-text").textContent = text;
  if (!get("alert").open) get("alert").showModal();
}

export function announce(text) {
  get("announcer").textContent = text;
}
