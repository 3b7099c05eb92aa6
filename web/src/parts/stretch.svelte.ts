/** A list that is read stretch by stretch from its newest end, and grows there as things happen. */

import { said } from "../api/problem.ts";

interface Answer<T> {
  items: T[];
  next?: string | null;
}

/** Items that are kept; those beyond them are read again when they are asked for. */
const KEPT_MAX = 500;

export class Stretch<T extends { id: string }> {
  items: T[] | null = $state.raw(null);
  hasMore = $state(false);
  error: string | null = $state(null);
  isBusy = $state(false);
  #read: (after: string | undefined) => Promise<Answer<T>>;

  constructor(read: (after: string | undefined) => Promise<Answer<T>>) {
    this.#read = read;
  }

  /** Reads the newest ones, again. */
  reload = async (): Promise<void> => {
    await this.#attempt(undefined, (items) => {
      const known = new Set(items.map(({ id }) => id));
      // What was read further down stays, where the two meet.
      const rest = (this.items ?? []).filter(({ id }) => !known.has(id));
      const meets = rest.length < (this.items?.length ?? 0);
      return meets ? [...items, ...rest] : items;
    });
  };

  /** Reads on. */
  more = async (): Promise<void> => {
    await this.#attempt(this.items?.at(-1)?.id, (items) => [...(this.items ?? []), ...items]);
  };

  /** Takes in what just happened, or became of one that is here. */
  take(item: T): void {
    const items = this.items ?? [];
    const at = items.findIndex(({ id }) => id === item.id);
    this.items = at < 0 ? [item, ...items].slice(0, KEPT_MAX) : items.with(at, item);
  }

  async #attempt(after: string | undefined, join: (items: T[]) => T[]): Promise<void> {
    this.isBusy = true;
    try {
      const { items, next } = await this.#read(after);
      const isFirst = this.items === null;
      this.items = join(items);
      if (after !== undefined || isFirst) this.hasMore = Boolean(next);
      this.error = null;
    } catch (error) {
      this.error = said(error);
    } finally {
      this.isBusy = false;
    }
  }
}
