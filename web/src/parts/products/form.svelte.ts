/** An alert on products as it is being written. */

import type { ListingCondition, NewProductAlert, ProductAlert, Schedule } from "../../api/client.ts";
import { zone } from "../../lib/clock.svelte.ts";
import { typed } from "../../lib/decimal.ts";
import { CommonForm, listed } from "../common.svelte.ts";

export type Kind = ProductAlert["kind"];
export type Event = ListingCondition["type"];

/** What may happen to a listing, in the order in which it is offered. */
export const OFFERED: Event[] = ["listed", "price_drop", "below", "restocked", "ended"];
/** Rhythms that are offered by a name. */
export const PRESETS = ["2m", "10m", "30m", "1h"];

export class ProductForm extends CommonForm {
  kind: Kind = $state("search");
  query = $state("");
  marketplace = $state("EBAY_US");
  minPrice = $state("");
  maxPrice = $state("");
  itemCondition = $state("");
  category = $state("");
  events: Record<Event, boolean> = $state({ listed: true, price_drop: false, below: false, restocked: false, ended: false });
  percent = $state("5");
  price = $state("");
  include = $state("");
  exclude = $state("");
  /** One of the presets, `daily`, `other` or `cron`. */
  rhythm = $state("10m");
  every = $state("15m");
  days = $state("1d");
  at = $state("09:00");
  cron = $state("0 9 * * *");
  timeZone = $state(zone() ?? "UTC");
  top = $state("20");
  lookBack = $state("2d");
  dropPercent = $state("2");

  /** The events in the order in which they were last saved, which is how the API counts them in its answer. */
  #sent: Event[] = [];

  constructor() {
    super();
    this.mode = "every";
    this.cooldown = "0s";
  }

  static of(alert: ProductAlert): ProductForm {
    const form = new ProductForm();
    form.read(alert);
    form.kind = alert.kind;
    const { search } = alert;
    form.query = search.query;
    form.marketplace = search.marketplace;
    form.minPrice = search.min_price ?? "";
    form.maxPrice = search.max_price ?? "";
    form.itemCondition = search.condition ?? "";
    form.category = search.category ?? "";
    if (alert.kind === "search") form.#readConditions(alert.conditions);
    else form.#readSchedule(alert.schedule);
    if (alert.kind === "digest") form.top = String(alert.top);
    if (alert.kind === "insights") {
      form.lookBack = alert.look_back;
      form.dropPercent = alert.drop_percent;
    } else {
      form.include = alert.include.join(", ");
      form.exclude = alert.exclude.join(", ");
    }
    return form;
  }

  /** Where the API names what is wrong with a field of an event. */
  pathOf(event: Event, field: string): string {
    return `conditions[${this.#sent.indexOf(event)}].${field}`;
  }

  /** Keeps what is saved now apart from what is ticked until the answer is there, or after it. */
  keepSent(): void {
    this.#sent = this.#chosen();
  }

  /** What the API is sent. */
  toAlert(): NewProductAlert & { expires_at: string | null } {
    const common = { kind: this.kind, search: this.#search(), ...this.common() };
    const words = { include: listed(this.include), exclude: listed(this.exclude) };
    switch (this.kind) {
      case "search":
        return { ...common, conditions: this.#conditions(), ...words, repeat: this.repeat() };
      case "digest":
        return { ...common, schedule: this.#schedule(), ...words, ...(this.top.trim() ? { top: Number(this.top) } : {}) };
      case "insights":
        return { ...common, schedule: this.#schedule(), look_back: this.lookBack, drop_percent: typed(this.dropPercent) };
    }
  }

  #search(): NewProductAlert["search"] {
    const [min, max] = [typed(this.minPrice), typed(this.maxPrice)];
    return {
      query: this.query.trim(),
      marketplace: this.marketplace,
      ...(min ? { min_price: min } : {}),
      ...(max ? { max_price: max } : {}),
      ...(this.itemCondition ? { condition: this.itemCondition } : {}),
      ...(this.category.trim() ? { category: this.category.trim() } : {}),
    };
  }

  #chosen(): Event[] {
    return OFFERED.filter((event) => this.events[event]);
  }

  /** What was left empty is left out, so that the API says what is missing. */
  #conditions(): ListingCondition[] {
    const field = (name: string, text: string) => (typed(text) ? { [name]: typed(text) } : {});
    return this.#chosen().map((type) => {
      const fields = type === "price_drop" ? field("percent", this.percent) : type === "below" ? field("price", this.price) : {};
      return { type, ...fields } as ListingCondition;
    });
  }

  #schedule(): Schedule {
    if (this.rhythm === "daily") return { every: this.days, at: this.at, time_zone: this.timeZone.trim() };
    if (this.rhythm === "cron") return { cron: this.cron.trim(), time_zone: this.timeZone.trim() };
    return { every: this.rhythm === "other" ? this.every : this.rhythm };
  }

  #readConditions(conditions: ListingCondition[]): void {
    this.events.listed = false;
    for (const condition of conditions) {
      this.events[condition.type] = true;
      if (condition.type === "price_drop") this.percent = condition.percent;
      if (condition.type === "below") this.price = condition.price;
    }
  }

  #readSchedule({ every, at, cron, time_zone }: Schedule): void {
    this.timeZone = time_zone ?? this.timeZone;
    this.rhythm = cron ? "cron" : at ? "daily" : every && PRESETS.includes(every) ? every : "other";
    if (cron) this.cron = cron;
    else if (at) [this.at, this.days] = [at, every ?? "1d"];
    else if (every) this.every = every;
  }
}
