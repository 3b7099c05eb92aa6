/** Something that is read from the API: what is known of it, and what went wrong. */

import { said } from "../api/problem.ts";

export class Resource<T> {
  data: T | null = $state.raw(null);
  error: string | null = $state(null);

  #load: () => Promise<T>;
  #isRepeated: boolean;
  #turn = 0;

  /** `isRepeated`: whether whoever has it reads it again and again by a timer. */
  constructor(load: () => Promise<T>, isRepeated = false) {
    this.#load = load;
    this.#isRepeated = isRepeated;
  }

  /** Reads what is another thing now. What was known is of the former one, so nothing is until the answer is there. */
  anew = (): Promise<void> => {
    this.data = null;
    this.error = null;
    return this.reload();
  };

  /** Reads it, again. What is known stays until the answer is there; an answer that was overtaken is left. */
  reload = async (): Promise<void> => {
    const turn = ++this.#turn;
    try {
      const data = await this.#load();
      if (turn !== this.#turn) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = said(error, this.#isRepeated);
    }
  };

  set(data: T): void {
    this.#turn++;
    this.data = data;
  }
}
