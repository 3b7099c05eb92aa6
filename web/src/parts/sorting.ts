/** The orders that the list of alerts can have. */

import { wordsOf } from "../lib/watch.ts";
import type { Listed } from "./outlook.ts";

export type Sort = "newest" | "oldest" | "near" | "fired" | "name";

/** What the orders are called; the first is the API's own. */
export const SORTS: Record<Sort, string> = {
  newest: "Newest first",
  oldest: "Oldest first",
  near: "Nearest to firing",
  fired: "Last fired",
  name: "By name",
};

/** The order that an address asks for. */
export function sortOf(text: string | null): Sort {
  return text !== null && Object.hasOwn(SORTS, text) ? (text as Sort) : "newest";
}

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const nameOf = (alert: Listed) => alert.name || wordsOf(alert);

/** Alerts, newest first, in another order. `far` is how far one is from firing, in percent; null where nobody knows. */
export function ordered(alerts: Listed[], sort: Sort, far: (alert: Listed) => number | null): Listed[] {
  switch (sort) {
    case "newest":
      return alerts;
    case "oldest":
      return alerts.toReversed();
    case "name":
      return by(alerts, nameOf, names.compare);
    case "fired":
      return by(alerts, ({ last_fired_at }) => (last_fired_at ? -Date.parse(last_fired_at) : Infinity), ascending);
    case "near":
      return by(alerts, (alert) => far(alert) ?? Infinity, ascending);
  }
}

/** Each key is made once; what is equal stays as it stood. */
function by<K>(alerts: Listed[], key: (alert: Listed) => K, compare: (a: K, b: K) => number): Listed[] {
  return alerts
    .map((alert) => ({ alert, key: key(alert) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ alert }) => alert);
}

/** Also where both are infinite. */
function ascending(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
