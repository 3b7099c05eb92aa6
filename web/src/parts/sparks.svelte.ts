/** The last day of each instrument that is on the screen, read once for all of its alerts. */

import { SvelteMap } from "svelte/reactivity";

import { api, got } from "../api/client.ts";

const HOURS = 24;
/** A line of hours looks the same for so long. */
const FRESH_MS = 10 * 60_000;

const lines = new SvelteMap<string, number[]>();
const readAt = new Map<string, number>();

/** Closing prices of the last hours, oldest first; nothing until they were read. Pixels need no exact decimals. */
export function sparkOf(instrument: string): number[] {
  return lines.get(instrument) ?? [];
}

/** Makes sure that an instrument's line is known, and not old. */
export async function needSpark(instrument: string): Promise<void> {
  if (Date.now() - (readAt.get(instrument) ?? 0) < FRESH_MS) return;
  readAt.set(instrument, Date.now());
  const from = new Date(Date.now() - HOURS * 3_600_000).toISOString();
  const params = { path: { id: instrument }, query: { interval: "1h" as const, from } };
  // A row without a line is whole enough.
  const read = await got(api.GET("/api/instruments/{id}/candles", { params })).catch(() => null);
  if (read?.items.length) lines.set(instrument, read.items.map(({ close }) => Number(close)));
}
