// Follows the events of one person's chat, and reconnects after the connection is lost.

import * as api from "./api.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10000;

export class Stream {
  // handlers: onLoaded(messages, events), onEvent(event), onState(connected), prepare() before each start
  constructor(handlers) {
    this.handlers = handlers;
    this.pause = FIRST_PAUSE;
    window.addEventListener("online", () => this.person && this.start(this.person));
  }

  // A restarted server numbers its events from 1 again, so everything is read again after each loss.
  async start(person) {
    this.stop();
    const attempt = (this.attempt = {});
    this.person = person;
    try {
      await this.handlers.prepare();
      const events = await api.listEvents(person.id);
      const messages = await api.listMessages(person.id);
      if (attempt !== this.attempt) return;
      this.handlers.onLoaded(messages, events);
      this.follow(person, events.at(-1)?.seq ?? 0);
    } catch {
      if (attempt === this.attempt) this.lose(person);
    }
  }

  follow(person, since) {
    this.source = new EventSource(`/sandbox/people/${person.id}/events?since=${since}`);
    this.source.onopen = () => {
      this.pause = FIRST_PAUSE;
      this.handlers.onState(true);
    };
    this.source.onmessage = ({ data }) => this.handlers.onEvent(JSON.parse(data));
    this.source.onerror = () => this.lose(person);
  }

  lose(person) {
    this.stop();
    this.handlers.onState(false);
    this.timer = setTimeout(() => this.start(person), this.pause);
    this.pause = Math.min(LONGEST_PAUSE, this.pause * 1.6);
  }

  stop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
