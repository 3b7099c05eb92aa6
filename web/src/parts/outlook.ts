/** How far an alert is from firing, by the newest price. */

import type { Alert } from "../api/client.ts";
import { compare } from "../lib/decimal.ts";
import { distance } from "../lib/format.ts";
import { instrumentOf } from "../lib/watch.ts";
import { live } from "../live/live.svelte.ts";

export type Listed = Alert;

/** Percent of the price within which an alert counts as near. */
export const NEAR_PERCENT = 1;

/** The newest price that is known of an alert's instrument. */
export function priceOf(alert: Listed): string | null {
  return live.prices.get(instrumentOf(alert))?.price ?? alert.outlook?.price ?? alert.market?.price ?? null;
}

/** Where the price would fire it; null where nobody knows, or the price is there. */
export function distanceOf(alert: Listed): ReturnType<typeof distance> | null {
  const [price, target] = [priceOf(alert), alert.outlook?.target ?? null];
  if (alert.status !== "active" || price === null || target === null || compare(price, target) === 0) return null;
  return distance(price, target);
}

/** Notes the prices that came with a list. */
export function notePrices(alerts: Listed[]): void {
  for (const alert of alerts) {
    const { outlook } = alert;
    if (outlook?.price && outlook.price_at) live.note(instrumentOf(alert), outlook.price, outlook.price_at);
  }
}
