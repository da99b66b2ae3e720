// The bot's commands: behind a button, and as completions of what is typed.

import { get, make } from "./dom.js";

export class Commands {
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.all = [];
    this.chosen = 0;
    this.list = get("commands");
    get("commands-open").addEventListener("click", () => this.toggle());
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#commands, #commands-open, #text")) this.close();
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  get current() {
    return this.shown?.[this.chosen]?.command;
  }

  toggle() {
    if (this.isOpen) return this.close();
    this.show(this.all);
    get("text").focus();
  }

  // Completions for "/do"; anything else closes the list.
  suggest(text) {
    const typed = /^\/(\w*)$/.exec(text);
    const fitting = typed ? this.all.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : [];
    if (fitting.length) this.show(fitting);
    else this.close();
  }

  show(commands) {
    this.shown = commands;
    this.chosen = 0;
    const empty = make("li", { className: "commands-none" }, "The bot has not registered any commands yet.");
    this.list.replaceChildren(...(commands.length ? commands.map((command, place) => this.makeOption(command, place)) : [empty]));
    this.list.hidden = false;
    get("commands-open").setAttribute("aria-expanded", "true");
    this.mark();
  }

  makeOption({ command, description }, place) {
    const onclick = () => this.onChoose(command);
    const name = make("b", {}, `/${command}`);
    return make("li", { id: `command-${place}`, role: "option", onclick }, name, make("span", {}, description));
  }

  move(step) {
    this.chosen = (this.chosen + step + this.shown.length) % this.shown.length;
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === this.chosen));
      if (place === this.chosen) option.scrollIntoView({ block: "nearest" });
    });
    get("text").setAttribute("aria-activedescendant", `command-${this.chosen}`);
  }

  close() {
    this.list.hidden = true;
    get("commands-open").setAttribute("aria-expanded", "false");
    get("text").removeAttribute("aria-activedescendant");
  }
}
