import { expect, test } from "@playwright/test";

import { toCondition, toDraft } from "../src/lib/conditions.ts";
import { compare, minus, shifted, toPrice, typed } from "../src/lib/decimal.ts";
import { decimalsOf, distance, number, price, sentence } from "../src/lib/format.ts";
import { conditionWords, rangeWords, scheduleWords } from "../src/lib/products.ts";
import { gist, type InsightsContent, leadOf } from "../src/lib/reports.ts";
import { isFree, money, safeAddress } from "../src/lib/sites.ts";
import { placeOf } from "../src/chart/place.ts";
import { readEvents } from "../src/live/events.ts";

test("decimals are exact", () => {
  expect(minus("37.537537537537537538", "0.000000000000000038")).toBe("37.5375375375375375");
  expect(minus("1", "1.5")).toBe("-0.5");
  expect(compare("10", "9.99")).toBe(1);
  expect(compare("1.10", "1.1")).toBe(0);
});

test("prices keep to the tick size", () => {
  expect(toPrice(61_234.567, "0.01000000")).toBe("61234.57");
  expect(toPrice(0.000012345678, "0.00000001")).toBe("0.00001235");
  expect(toPrice(61_234.567)).toBe("61234.6");
  expect(toPrice(0.001, "0.01")).toBe("0.01");
  expect(shifted("60123.4", -5, "0.5")).toBe("57120");
  expect(shifted("0.00001234", 5, "0.00000001")).toBe("0.00001296");
});

test("numbers read well", () => {
  expect(number("1234567.891")).toBe("1,234,567.891");
  expect(number("999")).toBe("999");
  expect(price("61000", 2)).toBe("61,000.00");
  expect(decimalsOf("0.01000000")).toBe(2);
  expect(distance("100", "102.5")).toEqual({ percent: 2.5, words: "+2.50 %", amount: "+2.5" });
  expect(distance("2754.48", "2714.98505").amount).toBe("−39.49");
  expect(distance("0.00001", "0.000010001").amount).toBe("+0.000000001");
  expect(sentence("binance:BTCUSDT is above 1 and binance:ETHUSDT is above 2", "binance:BTCUSDT")).toBe("BTCUSDT is above 1 and ETHUSDT is above 2");
  expect(distance("100", "80").words).toBe("−20.0 %");
});

test("a condition comes back from its draft as it was", () => {
  const conditions = [
    { type: "crossing", price: "33000" },
    { type: "above", price: "102", reset: "98", for: "30s" },
    { type: "exiting_channel", low: "1", high: "2" },
    { type: "change", percent: "0.01", direction: "either", rebase: false },
    { type: "moving", amount: "5", direction: "up", window: "1h" },
    { type: "trailing", percent: "10", direction: "down" },
    { type: "new_high", window: "7d" },
    { type: "silent", for: "10m" },
    { type: "all", of: [{ type: "above", price: "1" }, { type: "below", price: "9", instrument: "binance:ETHUSDT" }], for: "1m" },
  ] as Parameters<typeof toDraft>[0][];
  for (const condition of conditions) expect(toCondition(toDraft(condition))).toEqual(condition);
  expect(toCondition({ ...toDraft(conditions[0]!), price: " 33,000.5 " })).toEqual({ type: "crossing", price: "33000.5" });
});

test("money and addresses of listings are written with care", () => {
  expect(money({ value: "1425.5", currency: "EUR" })).toBe("1,425.50 EUR");
  expect(money({ value: "0.125", currency: "USD" })).toBe("0.125 USD");
  expect(["0", "0.00", "0.01", "10"].map((value) => isFree({ value, currency: "USD" }))).toEqual([true, true, false, false]);
  expect(safeAddress("https://www.ebay.com/itm/1")).toBe("https://www.ebay.com/itm/1");
  for (const address of ["javascript:alert(1)", "data:text/html,x", " https://x", "", null]) expect(safeAddress(address)).toBeNull();
  expect(typed(" 1,900.5 ")).toBe("1900.5");
});

test("searches, conditions and schedules read well", () => {
  const search = { query: "leica", marketplace: "EBAY_GB" };
  expect(rangeWords(search)).toBe("");
  expect(rangeWords({ ...search, min_price: "100", max_price: "2500" })).toBe("100 to 2,500.00 GBP");
  expect(conditionWords({ type: "below", price: "900" }, "GBP")).toBe("it costs at most 900.00 GBP");
  expect(scheduleWords({ every: "10m" })).toBe("every 10 minutes");
  expect(scheduleWords({ every: "1h" })).toBe("every hour");
  expect(scheduleWords({ every: "1d", at: "09:00", time_zone: "Europe/Berlin" })).toBe("every day at 09:00, Europe/Berlin");
  expect(scheduleWords({ cron: "0 9 * * 1", time_zone: "UTC" })).toBe("by the cron expression 0 9 * * 1, UTC");
});

test("insights are told in sentences", () => {
  const listing = { id: "v1|1|0", title: "A Leica" };
  const moved = { listing, was: "1000", now: "900", percent: "10" };
  const quiet: InsightsContent = {
    kind: "insights", as_of: null, look_back: "2d", drop_percent: "2", count: 3, minimum: "900", median: "950", mean: "955.5",
    all_time_low: null, goodness: null, drops: [], rises: [], new_cheapest: null, best: [], elsewhere: [],
  };
  const told = (content: InsightsContent) => gist({ content, alert: { kind: "insights", search: { query: "leica", marketplace: "EBAY_US" } } } as unknown as Parameters<typeof gist>[0]);
  expect(leadOf(quiet, "USD")).toEqual(["Nothing changed in 2 days. These were the best offers."]);
  expect(told(quiet)).toBe("Nothing changed, from 900.00 USD");
  const lively = { ...quiet, drops: [moved], new_cheapest: { listing, price: "900", before: "950" }, goodness: { dearer_percent: 80, days: 1, low_confidence: true } };
  expect(leadOf(lively, "USD")).toEqual([
    "A new listing costs 900.00 USD; the cheapest 2 days before was 950.00 USD.",
    "In 2 days 1 price fell by 2 % or more, and none rose.",
    "On 80 % of the 1 day on record the cheapest was dearer than then; that is not many days yet.",
  ]);
  expect(told(lively)).toBe("1 fell, a new cheapest, from 900.00 USD");
  expect(leadOf({ ...quiet, minimum: null, count: 0 }, "USD")).toEqual(["There was no offer."]);
});

test("events are read across the borders of pieces", async () => {
  const encoder = new TextEncoder();
  const pieces = ["event: pri", 'ce\ndata: {"a":1}\n', "\n: still here\n\nevent: fire\r\ndata: x\r\ndata: y\r\n\r\n", "event: cut"];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(body, () => {})) events.push(event);
  expect(events).toEqual([
    { event: "price", data: '{"a":1}' },
    { event: "fire", data: "x\ny" },
  ]);
});

test("an instant has its place between the candles, and within a stretch without any", () => {
  const begins = [0, 60, 300];
  const placed = (time: number) => placeOf(time, begins, 60);
  expect([-10, 0, 30, 60, 120, 200, 300, 330, 900].map(placed)).toEqual([-0.5, -0.5, 0, 0.5, 1.5, 1.5, 1.5, 2, 2.5]);
});
