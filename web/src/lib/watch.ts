/** What alerts of every kind watch: the price of an instrument, or a search of a marketplace. */

import type { Alert, Evidence, Fire, ListingEvidence, PriceAlert, ProductAlert, Watch } from "../api/client.ts";
import { instrument, number, sentence } from "./format.ts";
import { money, siteOf } from "./sites.ts";

export type Kind = Alert["kind"];

const TITLE_MAX = 60;

/** What the kinds are called where one is told from the others. */
export const KINDS: Record<Kind, string> = {
  price: "Price",
  search: "Search",
  digest: "Digest",
  insights: "Insights",
};

export function isPrice(alert: Alert): alert is PriceAlert {
  return alert.kind === "price";
}

export function isProduct(alert: Alert): alert is ProductAlert {
  return alert.kind !== "price";
}

/** The instrument that is watched; empty where none is. */
export function instrumentOf(watch: Watch): string {
  return watch.kind === "price" ? watch.instrument : "";
}

/** Where it is watched: the venue, or the site of the marketplace. */
export function placeOf(watch: Watch): string {
  return watch.kind === "price" ? instrument(watch.instrument).venue : siteOf(watch.search.marketplace).title;
}

/** Its sentence, without the venue before the symbols. */
export function wordsOf(watch: Watch): string {
  return watch.kind === "price" ? sentence(watch.sentence, watch.instrument) : watch.sentence.replace(/^./, (first) => first.toUpperCase());
}

/** Whether a listing fired, rather than a trade. */
export function isListing(evidence: Evidence | ListingEvidence): evidence is ListingEvidence {
  return "listing" in evidence;
}

/** The price at which something fired, as people write it; empty where it has none. */
export function priceOfFire(evidence: Evidence | ListingEvidence): string {
  if (!isListing(evidence)) return number(evidence.price);
  return evidence.price ? money(evidence.price) : "";
}

/** What happened to a listing. */
export const EVENTS: Record<ListingEvidence["event"], string> = {
  listed: "New",
  price_drop: "Cheaper",
  below: "Below the price",
  restocked: "Back in stock",
  ended: "Ended",
};

/** What fired, in a few words: what happened to which listing, or the alert's name, or else its price. */
export function firedWords({ alert, evidence }: Fire): string {
  if (isListing(evidence)) return `${EVENTS[evidence.event]}: ${shortened(evidence.listing.title)}`;
  return `Fired: ${alert.name || `${instrument(evidence.instrument).symbol} at ${evidence.price}`}`;
}

/** A seller's title, no longer than a message at the edge of the screen bears. */
function shortened(title: string): string {
  return title.length > TITLE_MAX ? `${title.slice(0, TITLE_MAX - 1).trimEnd()}…` : title;
}
