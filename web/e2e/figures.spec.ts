import { readFileSync } from "node:fs";

import { expect, logIn, test, violations } from "./test.ts";

test("fires are counted and saved, and a market is told in figures and among the movers", async ({ page, world, person }) => {
  const alert = { instrument: "binance:SOLUSDT", condition: { type: "crossing", price: "150" }, repeat: { mode: "every" } };
  const { id } = await person.call("POST", "/api/alerts", alert);
  for (const price of ["149", "151", "149", "152"]) await world.trade("SOLUSDT", price);
  await expect.poll(async () => (await person.call("GET", `/api/alerts/${id}/fires`)).total).toBe(3);

  await logIn(page, person, "/app/fires");
  const counts = page.getByRole("region", { name: /How often/ });
  await expect(counts).toContainText("3 fires");
  await counts.getByRole("button", { name: "Instrument" }).click();
  await expect(counts.getByRole("link", { name: /SOLUSDT/ })).toBeVisible();
  await counts.getByRole("button", { name: "Alert" }).click();
  await expect(counts.getByRole("link", { name: /SOLUSDT reaches 150/ })).toBeVisible();
  // A fire that comes meanwhile is counted without a reload.
  await world.trade("SOLUSDT", "148");
  await expect(counts).toContainText("4 fires");

  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download fires as CSV" }).click()]);
  expect(file.suggestedFilename()).toBe("fires.csv");
  const rows = readFileSync(await file.path(), "utf8").trim().split("\r\n");
  expect(rows).toHaveLength(5);
  expect(rows[1]).toContain('"binance:SOLUSDT",148');
  expect(await violations(page)).toEqual([]);

  await page.goto("/app/markets/binance%3ASOLUSDT");
  const figures = page.getByRole("region", { name: "In figures" });
  await expect(figures).toContainText("Highest");
  await expect(figures).toContainText("148");
  await figures.getByRole("button", { name: "Hour" }).click();
  await expect(figures.getByRole("button", { name: "Hour" })).toHaveAttribute("aria-pressed", "true");
  // What was known of another stretch does not stand under this one.
  await page.route(/figures\?look_back=7d/, (route) => route.fulfill({ status: 503, body: "" }));
  await figures.getByRole("button", { name: "Week" }).click();
  await expect(figures.getByRole("alert")).toContainText("status 503");
  await expect(figures).not.toContainText("Highest");
  await page.unroute(/figures\?look_back=7d/);
  await figures.getByRole("button", { name: "Try again" }).click();
  await expect(figures).toContainText("Highest");
  const [candles] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download candles as JSON lines" }).click()]);
  expect(candles.suggestedFilename()).toBe("binance-SOLUSDT-1m.jsonl");
  const lines = readFileSync(await candles.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({ close: "148", running: true });
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 375, height: 700 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);

  await page.goto("/app/markets");
  const movers = page.getByRole("region", { name: "Moved most" });
  await expect(movers.getByRole("link", { name: /SOLUSDT/ })).toBeVisible();
  await page.route(/movers\?look_back=1h/, (route) => route.fulfill({ status: 503, body: "" }));
  await movers.getByRole("button", { name: "Hour" }).click();
  await expect(movers.getByRole("alert")).toBeVisible();
  await expect(movers.getByRole("link")).toHaveCount(0);
  await movers.getByRole("button", { name: "Day" }).click();
  await expect(movers.getByRole("link", { name: /SOLUSDT/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});
