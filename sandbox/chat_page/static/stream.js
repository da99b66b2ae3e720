// What happens in one person's chat, as it happens; finds its way back after a loss by itself.

import * as api from "./api.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10000;

export class Stream {
  // acts: onLoaded(messages, events), onEvent(event), onState(connected), prepare() before each start
  constructor(acts) {
    this.acts = acts;
    this.pause = FIRST_PAUSE;
    window.addEventListener("online", () => this.person && this.start(this.person));
  }

  // The server's numbers begin anew when it does: after each loss everything is read again.
  async start(person) {
    this.stop();
    const turn = (this.turn = {});
    this.person = person;
    try {
      await this.acts.prepare();
      const events = await api.listEvents(person.id);
      const messages = await api.listMessages(person.id);
      if (turn !== this.turn) return;
      this.acts.onLoaded(messages, events);
      this.follow(person, events.at(-1)?.seq ?? 0);
    } catch {
      if (turn === this.turn) this.lose(person);
    }
  }

  follow(person, since) {
    this.source = new EventSource(`/sandbox/people/${person.id}/events?since=${since}`);
    this.source.onopen = () => {
      this.pause = FIRST_PAUSE;
      this.acts.onState(true);
    };
    this.source.onmessage = ({ data }) => this.acts.onEvent(JSON.parse(data));
    this.source.onerror = () => this.lose(person);
  }

  lose(person) {
    this.stop();
    this.acts.onState(false);
    this.timer = setTimeout(() => this.start(person), this.pause);
    this.pause = Math.min(LONGEST_PAUSE, this.pause * 1.6);
  }

  stop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
