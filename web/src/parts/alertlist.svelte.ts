/**
 * The list of alerts as the screen needs it: how many there are, and those of them that were looked at. It is
 * read a page at a time, when a row comes into view, so ten thousand alerts cost what is seen of them. In another
 * order than the API's, all of it is read once and put in order here; it keeps that order until it is asked for anew.
 */

import { SvelteMap } from "svelte/reactivity";

import { api, got, type Status } from "../api/client.ts";
import { said } from "../api/problem.ts";
import type { Kind } from "../lib/watch.ts";
import { distanceOf, type Listed, notePrices } from "./outlook.ts";
import { ordered, type Sort } from "./sorting.ts";

/** The largest page that the API gives. */
export const PAGE_SIZE = 100;

/** Pages that are read at once where all of them are needed. */
const AT_ONCE = 4;

/** More alerts than these are read again less often where all of them are needed. */
const HEAVY = 1_000;

/** So many rows from one look to the next are a rush. */
const RUSH = 8;

/** Rows that rush past are neither read nor drawn. */
const REST_MS = 60;

export interface Filter {
  status: Status[];
  kind: Kind[];
  instrument: string;
  q: string;
  sort: Sort;
}

export class AlertList {
  total: number | null = $state(null);
  error: string | null = $state(null);
  /** Whether rows rush past, faster than anybody reads. */
  isRushing = $state(false);

  #first = 0;
  #pages = new SvelteMap<number, Listed[]>();
  #asked = new Set<number>();
  #filter: Filter;
  /** Answers of an earlier turn are left. */
  #turn = 0;
  #visible = { first: 0, last: 0 };
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(filter: Filter) {
    this.#filter = filter;
  }

  /** The alert of a row; undefined until it was read. */
  at(row: number): Listed | undefined {
    return this.#pages.get(Math.floor(row / PAGE_SIZE))?.[row % PAGE_SIZE];
  }

  /** Every alert that was read. */
  known(): Listed[] {
    return [...this.#pages.values()].flat();
  }

  /** Makes sure that these rows are read. */
  show(first: number, last: number): void {
    this.#visible = { first: Math.floor(first / PAGE_SIZE), last: Math.floor(last / PAGE_SIZE) };
    if (Math.abs(first - this.#first) >= RUSH) this.isRushing = true;
    this.#first = first;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.isRushing = false;
      // In an order of its own it is there as a whole.
      if (this.#isSorted) return;
      for (let page = this.#visible.first; page <= this.#visible.last; page++) {
        if (!this.#asked.has(page)) void this.#read(page);
      }
    }, REST_MS);
  }

  /** Another list. */
  refilter(filter: Filter): void {
    this.#filter = filter;
    this.#turn++;
    this.#asked.clear();
    this.#pages.clear();
    this.total = null;
    this.#visible = { first: 0, last: 0 };
    void (this.#isSorted ? this.#readSorted() : this.#read(0));
  }

  /** Whether reading it again asks for more than a few pages. */
  get isHeavy(): boolean {
    return this.#isSorted && (this.total ?? 0) > HEAVY;
  }

  /** Reads what is in view again. What is out of view is read when it comes into view. */
  reload = async (): Promise<void> => {
    this.#turn++;
    if (this.#isSorted) return this.#readSorted();
    this.#asked.clear();
    const { first, last } = this.#visible;
    const pages = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    await Promise.all(pages.map((page) => this.#read(page)));
    for (const page of [...this.#pages.keys()]) if (!this.#asked.has(page)) this.#pages.delete(page);
  };

  /** Takes in what became of an alert. Whether it was on the list and still is. */
  take(alert: Listed): boolean {
    for (const [page, items] of this.#pages) {
      const at = items.findIndex((item) => item.id === alert.id);
      if (at < 0) continue;
      if (!this.#fits(alert)) return false;
      // A fire does not say how far it is from the next one.
      const outlook = alert.outlook ?? items[at]?.outlook ?? null;
      this.#pages.set(page, items.with(at, { ...alert, outlook }));
      return true;
    }
    return false;
  }

  /** Reads all of it, for what is done to every alert at once. */
  async all(): Promise<Listed[]> {
    for (let page = 0; page * PAGE_SIZE < (this.total ?? 0); page++) {
      if (!this.#asked.has(page)) await this.#read(page);
    }
    return this.known();
  }

  get #isSorted(): boolean {
    return this.#filter.sort !== "newest";
  }

  /** Reads all of it and puts it in order; what was there stays until then. */
  async #readSorted(): Promise<void> {
    const turn = this.#turn;
    try {
      const first = await readPage(this.#filter, 0);
      const alerts = [...first.items];
      const count = Math.ceil(first.total / PAGE_SIZE);
      for (let page = 1; page < count && turn === this.#turn; page += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, count - page) }, (_, index) => readPage(this.#filter, page + index));
        for (const { items } of await Promise.all(some)) alerts.push(...items);
      }
      if (turn !== this.#turn) return;
      notePrices(alerts);
      this.#keepSorted(alerts);
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = said(error);
    }
  }

  #keepSorted(alerts: Listed[]): void {
    // What was made while the pages were read has moved an alert from one page to the next.
    const distinct = [...new Map(alerts.map((alert) => [alert.id, alert])).values()];
    const sorted = ordered(distinct, this.#filter.sort, (alert) => {
      const far = distanceOf(alert);
      return far && Math.abs(far.percent);
    });
    const count = Math.ceil(sorted.length / PAGE_SIZE);
    for (let page = 0; page < count; page++) {
      this.#asked.add(page);
      this.#pages.set(page, sorted.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    }
    for (const page of [...this.#pages.keys()]) if (page >= count) this.#pages.delete(page);
    this.total = sorted.length;
  }

  #fits({ status }: Listed): boolean {
    const { status: wanted } = this.#filter;
    return wanted.length ? wanted.includes(status) : status !== "deleted";
  }

  async #read(page: number): Promise<void> {
    const turn = this.#turn;
    this.#asked.add(page);
    try {
      const { items, total } = await readPage(this.#filter, page);
      if (turn !== this.#turn) return;
      notePrices(items);
      this.#pages.set(page, items);
      this.total = total;
      this.error = null;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#asked.delete(page);
      this.error = said(error);
    }
  }
}

function readPage(filter: Filter, page: number): Promise<{ items: Listed[]; total: number }> {
  const query = {
    page: page + 1,
    page_size: PAGE_SIZE,
    include: ["outlook" as const],
    ...(filter.status.length ? { status: filter.status } : {}),
    ...(filter.kind.length ? { kind: filter.kind } : {}),
    ...(filter.instrument ? { instrument: [filter.instrument] } : {}),
    ...(filter.q ? { q: filter.q } : {}),
  };
  return got(api.GET("/api/alerts", { params: { query } }));
}
