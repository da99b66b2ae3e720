// The list of people, the choice of the person who chats, and the form that adds one.

import * as api from "./api.js";
import { get, make } from "./dom.js";
import { toast } from "./notifications.js";

const DEFAULT_PEOPLE = [{ first_name: "Alice", language_code: "en" }, { first_name: "Bob", language_code: "it" }];

export class People {
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.all = [];
    this.current = null;
    get("people-open").addEventListener("click", () => this.setOpen(true));
    ["people-close", "scrim"].forEach((id) => get(id).addEventListener("click", () => this.setOpen(false)));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.setOpen(false));
    get("person-form").addEventListener("submit", (event) => this.add(event));
    window.addEventListener("hashchange", () => this.followHash());
  }

  // A restarted sandbox has no people, so those of this page are added again with the same ids.
  async load() {
    const known = await api.listPeople();
    const missing = this.all.filter((person) => !known.some((other) => other.id === person.id));
    for (const person of known.length || missing.length ? missing : DEFAULT_PEOPLE) known.push(await api.addPerson(person));
    this.all = known.sort((one, other) => one.id - other.id);
    if (!this.current) this.followHash();
    this.draw();
  }

  followHash() {
    const id = Number(location.hash.slice(1));
    this.choose(this.all.find((person) => person.id === id) ?? this.current ?? this.all[0]);
  }

  choose(person) {
    if (!person) return;
    if (location.hash !== `#${person.id}`) history.replaceState(null, "", `#${person.id}`);
    if (this.current?.id === person.id) return;
    this.current = person;
    this.draw();
    this.onChoose(person);
  }

  async add(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const first_name = form.first_name.value.trim();
    if (!first_name) return;
    try {
      const person = await api.addPerson({ first_name, language_code: form.language_code.value });
      this.all.push(person);
      form.reset();
      this.choose(person);
      this.setOpen(false);
    } catch (error) {
      toast(error.message);
    }
  }

  draw() {
    get("people-list").replaceChildren(...this.all.map((person) => make("li", {}, this.makeButton(person))));
    get("whoami-name").textContent = this.current?.first_name ?? "";
    get("whoami-language").textContent = this.current?.language_code ?? "";
  }

  makeButton(person) {
    const onclick = () => {
      this.choose(person);
      this.setOpen(false);
    };
    const avatar = make("span", { className: `avatar tint-${person.id % 6}`, "aria-hidden": "true" }, [...person.first_name][0].toUpperCase());
    const name = make("bdi", { className: "person-name" }, person.first_name);
    const current = person.id === this.current?.id ? "true" : null;
    return make("button", { type: "button", className: "person", "aria-current": current, onclick }, avatar, name, make("span", { className: "badge" }, person.language_code));
  }

  setOpen(open) {
    const panel = get("people");
    if (panel.classList.contains("open") === open) return;
    panel.classList.toggle("open", open);
    get("scrim").hidden = !open;
    get("chat").inert = open;
    (open ? panel.querySelector("[aria-current]") ?? get("people-close") : get("people-open")).focus();
  }
}
