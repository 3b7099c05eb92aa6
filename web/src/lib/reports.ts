/** What reports hold, whose content the API's description leaves open, and what is said of it. */

import type { ListingEvidence, Money, Report } from "../api/client.ts";
import { count, span } from "./format.ts";
import { money, siteOf } from "./sites.ts";

type Card = ListingEvidence["listing"];

export interface DigestItem {
  listing: Card;
  price: Money;
  shipping?: Money | null;
  mark?: { mark: "new" } | { mark: "changed"; from: Money } | null;
}

export interface DigestContent {
  kind: "digest";
  as_of: string | null;
  total: number;
  items: DigestItem[];
  left_out: number;
}

export interface Moved {
  listing: Card;
  was: string;
  now: string;
  percent: string;
}

export interface InsightsContent {
  kind: "insights";
  as_of: string | null;
  look_back: string;
  drop_percent: string;
  count: number;
  minimum: string | null;
  median: string | null;
  mean: string | null;
  all_time_low: { time: string; price: string } | null;
  goodness: { dearer_percent: number; days: number; low_confidence: boolean } | null;
  drops: Moved[];
  rises: Moved[];
  new_cheapest: { listing: Card; price: string; before: string } | null;
  /** Absent where nothing has gone. */
  gone?: { count: number; listing: Card; price: string; was_cheapest: boolean };
  best: DigestItem[];
  elsewhere: { currency: string | null; count: number }[];
}

export interface ListingsContent {
  kind: "listings";
  events: ListingEvidence[];
}

export type Content = DigestContent | InsightsContent | ListingsContent;

export function contentOf(report: Report): Content {
  return report.content as unknown as Content;
}

/** The currency that a report's prices are in. */
export function currencyOf({ alert }: Report): string {
  return alert.kind === "price" ? "" : siteOf(alert.search.marketplace).currency;
}

/** A report in a line. */
export function gist(report: Report): string {
  const content = contentOf(report);
  const currency = currencyOf(report);
  if (content.kind === "listings") return count(content.events.length, "listing");
  if (content.kind === "digest") {
    const [first] = content.items;
    return first ? `${count(content.total, "offer")}, from ${money(first.price)}` : "No offer";
  }
  const moves = [
    content.drops.length ? `${content.drops.length} fell` : "",
    content.rises.length ? `${content.rises.length} rose` : "",
    content.new_cheapest ? "a new cheapest" : "",
    content.gone ? `${content.gone.count} gone` : "",
  ].filter(Boolean);
  const cheapest = content.minimum ? `, from ${money({ value: content.minimum, currency })}` : "";
  return (moves.join(", ") || "Nothing changed") + cheapest;
}

/** What insights say first, each a sentence. */
export function leadOf(content: InsightsContent, currency: string): string[] {
  const back = span(content.look_back);
  const gone = goneIn(content, back, currency);
  if (!content.minimum) return ["There was no offer.", ...gone];
  const lead: string[] = [];
  if (content.new_cheapest) {
    const { price, before } = content.new_cheapest;
    lead.push(`A new listing costs ${money({ value: price, currency })}; the cheapest ${back} before was ${money({ value: before, currency })}.`);
  }
  const [fell, rose] = [content.drops.length, content.rises.length];
  if (fell || rose) lead.push(`In ${back} ${count(fell, "price")} fell by ${content.drop_percent} % or more, and ${rose || "none"} rose.`);
  else lead.push(content.new_cheapest ? `No other price moved in ${back}.` : content.gone ? `No price moved in ${back}.` : `Nothing changed in ${back}. These were the best offers.`);
  lead.push(...gone);
  if (content.goodness) {
    const { dearer_percent, days, low_confidence } = content.goodness;
    const doubt = low_confidence ? "; that is not many days yet" : "";
    lead.push(`On ${dearer_percent} % of the ${count(days, "day")} on record the cheapest was dearer than then${doubt}.`);
  }
  return lead;
}

/** What has gone, in a sentence where anything has. */
function goneIn({ gone }: InsightsContent, back: string, currency: string): string[] {
  if (!gone) return [];
  const [price, then] = [money({ value: gone.price, currency }), gone.was_cheapest ? `, the cheapest ${back} before,` : ""];
  if (gone.count === 1) return [`1 listing${then} had gone; it cost ${price} last.`];
  return [`${count(gone.count, "listing")} had gone. The cheapest of them${then} cost ${price} last.`];
}
