// The list of the bot's commands: opened by a button, or as completions while a command is typed.

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

  // The bot can register commands while the list is open.
  replaceAll(commands) {
    const changed = JSON.stringify(commands) !== JSON.stringify(this.all);
    const shown = this.isOpen && this.shown === this.all;
    if (changed) this.all = commands;
    if (changed && shown) this.show(commands);
  }

  // Shows the commands that begin with the typed text; any other text closes the list.
  suggest(text) {
    const typed = /^\/(\w*)$/.exec(text);
    const matching = typed ? this.all.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : [];
    if (matching.length) this.show(matching);
    else this.close();
  }

  show(commands) {
    this.shown = commands;
    this.chosen = 0;
    const empty = make("li", { className: "commands-none" }, "The bot has no commands yet.");
    this.list.replaceChildren(...(commands.length ? commands.map((command, index) => this.makeOption(command, index)) : [empty]));
    this.list.hidden = false;
    get("commands-open").setAttribute("aria-expanded", "true");
    this.highlight();
  }

  makeOption({ command, description }, index) {
    const onclick = () => this.onChoose(command);
    const name = make("b", {}, `/${command}`);
    return make("li", { id: `command-${index}`, role: "option", onclick }, name, make("span", {}, description));
  }

  move(step) {
    this.chosen = (this.chosen + step + this.shown.length) % this.shown.length;
    this.highlight();
  }

  highlight() {
    [...this.list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.chosen));
      if (index === this.chosen) option.scrollIntoView({ block: "nearest" });
    });
    get("text").setAttribute("aria-activedescendant", `command-${this.chosen}`);
  }

  close() {
    this.list.hidden = true;
    get("commands-open").setAttribute("aria-expanded", "false");
    get("text").removeAttribute("aria-activedescendant");
  }
}
