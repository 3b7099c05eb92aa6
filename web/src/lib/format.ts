/** Numbers and names as people read them. */

import { magnitude, minus } from "./decimal.ts";

/** `33,000`, `0.00001234`. */
export function number(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A price with at least as many decimals as its neighbours, so that columns stand still. */
export function price(text: string, decimals = 0): string {
  const [whole = "", fraction = ""] = text.split(".");
  return number(fraction.length >= decimals ? text : `${whole}.${fraction.padEnd(decimals, "0")}`);
}

/** How many decimals a tick size such as `0.01000000` has. */
export function decimalsOf(tickSize?: string | null): number {
  return tickSize?.split(".")[1]?.replace(/0+$/, "").length ?? 0;
}

/** Where a price lies from another: `+2.80 %`, and the amount `+900`. */
export function distance(from: string, to: string): { percent: number; words: string; amount: string } {
  const percent = ((Number(to) - Number(from)) / Number(from)) * 100;
  const difference = minus(to, from);
  const sign = difference.startsWith("-") ? "−" : "+";
  const digits = Math.abs(percent) >= 100 ? 0 : Math.abs(percent) >= 10 ? 1 : 2;
  return {
    percent,
    words: `${sign}${Math.abs(percent).toFixed(digits)} %`,
    amount: sign + number(cut(magnitude(difference), Math.max(2, decimalsOf(from)))),
  };
}

/** A decimal without what lies beyond so many places. */
function cut(text: string, decimals: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  const kept = fraction.slice(0, decimals).replace(/0+$/, "");
  // What would become nothing stays whole.
  return kept === "" && /^0*$/.test(whole) ? text : kept ? `${whole}.${kept}` : whole;
}

const VENUES: Record<string, string> = {
  binance: "Binance",
  coinbase: "Coinbase",
  kraken: "Kraken",
  uphold: "Uphold",
  coingecko: "CoinGecko",
  ebay: "eBay",
  push: "Pushed",
};

/** A venue as people write it. */
export function venueName(venue: string): string {
  return VENUES[venue] ?? venue;
}

/** An instrument's id in its two halves, as people write them. */
export function instrument(id: string): { venue: string; symbol: string } {
  const at = id.indexOf(":");
  const venue = id.slice(0, at);
  return { venue: venueName(venue), symbol: id.slice(at + 1) };
}

/** A sentence of the API without the venue before the symbols, where it is the instrument's own. */
export function sentence(text: string, id: string): string {
  return text.replaceAll(id.slice(0, id.indexOf(":") + 1), "");
}

/** "15 minutes" of "15m". */
export function span(text: string): string {
  const units: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day" };
  const count = text.slice(0, -1);
  const unit = units[text.slice(-1)];
  return unit ? `${count} ${unit}${count === "1" ? "" : "s"}` : text;
}

/** `1 fire`, `2 fires`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** The first letter large. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
