/** Price history as the chart wants it, read in stretches from its newest end. */

import type { CandlestickData, UTCTimestamp } from "lightweight-charts";

import { api, type Candle, got } from "../api/client.ts";

export type Interval = "1m" | "1h" | "1d";

export const INTERVAL_S: Record<Interval, number> = { "1m": 60, "1h": 3_600, "1d": 86_400 };

/** Candles that one call asks for. */
const STRETCH = 500;

/** The stretch of candles before an instant, oldest first. */
export async function readCandles(instrument: string, interval: Interval, to?: string): Promise<Candle[]> {
  const end = to ? Date.parse(to) : Date.now();
  const from = new Date(end - STRETCH * INTERVAL_S[interval] * 1_000).toISOString();
  const query = { interval, from, ...(to ? { to } : {}) };
  const { items } = await got(api.GET("/api/instruments/{id}/candles", { params: { path: { id: instrument }, query } }));
  return items;
}

/** A candle in the chart's own form; pixels need no exact decimals. */
export function toBar({ time, open, high, low, close }: Candle): CandlestickData<UTCTimestamp> {
  return { time: seconds(time), open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
}

export function seconds(time: string): UTCTimestamp {
  return Math.floor(Date.parse(time) / 1_000) as UTCTimestamp;
}

/** The running candle after another trade. */
export function withTrade(
  last: CandlestickData<UTCTimestamp> | undefined,
  price: number,
  time: string,
  interval: Interval,
): CandlestickData<UTCTimestamp> | null {
  const size = INTERVAL_S[interval];
  const begins = (Math.floor(seconds(time) / size) * size) as UTCTimestamp;
  if (!last || begins > last.time) return { time: begins, open: price, high: price, low: price, close: price };
  if (begins < last.time) return null;
  return { ...last, high: Math.max(last.high, price), low: Math.min(last.low, price), close: price };
}
