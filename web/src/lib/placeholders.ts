/** What an alert's own words may have in braces, and what it stands for. */

import type { Placeholder } from "../api/client.ts";

export const OF_PRICES: Placeholder[] = [
  "summary", "symbol", "price", "previous_price", "change", "threshold", "condition", "instrument", "venue", "name", "note", "fire", "time", "zone", "time_utc",
];
export const OF_PRODUCTS: Placeholder[] = [
  "summary", "search", "count", "title", "price", "previous_price", "change", "venue", "name", "note", "time", "zone", "time_utc",
];

export const MEANING: Record<Placeholder, string> = {
  summary: "What happened, in one line",
  symbol: "The instrument's symbol",
  price: "The price",
  previous_price: "The price before",
  change: "The change in percent",
  threshold: "The threshold or reference",
  condition: "What the alert waits for",
  instrument: "The instrument with its venue",
  venue: "The venue or marketplace",
  name: "The alert's name",
  note: "The alert's note",
  fire: "The number of the fire",
  search: "What is searched for",
  count: "How many listings",
  title: "The title of the first listing",
  time: "When, in your time zone",
  zone: "Your time zone",
  time_utc: "When, in UTC",
};
