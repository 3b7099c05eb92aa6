/** Something that is read from the API: what is known of it, and what went wrong. */

import { said } from "../api/problem.ts";

export class Resource<T> {
  data: T | null = $state.raw(null);
  error: string | null = $state(null);

  #load: () => Promise<T>;
  #turn = 0;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** Reads it, again. What is known stays until the answer is there; an answer that was overtaken is left. */
  reload = async (): Promise<void> => {
    const turn = ++this.#turn;
    try {
      const data = await this.#load();
      if (turn !== this.#turn) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = said(error);
    }
  };

  set(data: T): void {
    this.#turn++;
    this.data = data;
  }
}
