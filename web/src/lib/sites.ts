/** The sites of marketplaces, the currency that each sells in, and amounts of money. */

import type { Money } from "../api/client.ts";
import { price } from "./format.ts";

export interface Site {
  id: string;
  title: string;
  currency: string;
}

export const SITES: Site[] = [
  { id: "EBAY_US", title: "eBay", currency: "USD" },
  { id: "EBAY_GB", title: "eBay UK", currency: "GBP" },
  { id: "EBAY_DE", title: "eBay Germany", currency: "EUR" },
  { id: "EBAY_FR", title: "eBay France", currency: "EUR" },
  { id: "EBAY_IT", title: "eBay Italy", currency: "EUR" },
  { id: "EBAY_ES", title: "eBay Spain", currency: "EUR" },
  { id: "EBAY_CA", title: "eBay Canada", currency: "CAD" },
  { id: "EBAY_AU", title: "eBay Australia", currency: "AUD" },
];

/** A site by its id. One that is not known here is called by its id. */
export function siteOf(id: string): Site {
  return SITES.find((site) => site.id === id) ?? { id, title: id, currency: "" };
}

/** `1,425.00 USD`. */
export function money({ value, currency }: Money): string {
  return `${price(value, 2)} ${currency}`.trim();
}

/** An address that may stand in a link: what sellers and marketplaces write leads nowhere else. */
export function safeAddress(address?: string | null): string | null {
  return address && /^https?:\/\//i.test(address) ? address : null;
}

/** Whether an amount is none. */
export function isFree({ value }: Money): boolean {
  return /^0*(\.0*)?$/.test(value);
}

/** What is to be said of listings that cannot be bought. */
export const AVAILABILITY: Record<string, string> = { out_of_stock: "Out of stock", ended: "Ended" };
