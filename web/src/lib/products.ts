/** Alerts on products in plain words: their searches, their conditions, their schedules. */

import type { ListingCondition, ProductAlert, Schedule } from "../api/client.ts";
import { number, span } from "./format.ts";
import { money, siteOf } from "./sites.ts";

type Search = ProductAlert["search"];

/** The prices that a search keeps to; empty where it takes all. */
export function rangeWords({ min_price, max_price, marketplace }: Search): string {
  const { currency } = siteOf(marketplace);
  if (min_price && max_price) return `${number(min_price)} to ${money({ value: max_price, currency })}`;
  if (min_price) return `from ${money({ value: min_price, currency })}`;
  return max_price ? `up to ${money({ value: max_price, currency })}` : "";
}

/** What must happen to a listing, in the currency of its site. */
export function conditionWords(condition: ListingCondition, currency: string): string {
  switch (condition.type) {
    case "listed":
      return "it is new";
    case "price_drop":
      return `its price falls by ${condition.percent} % or more`;
    case "below":
      return `it costs at most ${money({ value: condition.price, currency })}`;
    case "restocked":
      return "it is back in stock";
    case "ended":
      return "it ends";
  }
}

/** `every 10 minutes`, `every day at 09:00, Europe/Berlin`. */
export function scheduleWords({ every, at, cron, time_zone }: Schedule): string {
  const zone = time_zone ? `, ${time_zone}` : "";
  if (cron) return `by the cron expression ${cron}${zone}`;
  const rhythm = `every ${span(every ?? "").replace(/^1 /, "")}`;
  return at ? `${rhythm} at ${at}${zone}` : rhythm;
}
