/**
 * Whether the interface's memory stays as it is while prices come in: opens the list of alerts and a chart, and
 * writes once a minute what each holds after its garbage was collected, as lines of JSON.
 *
 *     node scripts/memory.mjs 30                 # minutes, against the server of `bellwether demo` at BELLWETHER_URL
 */

import { existsSync } from "node:fs";

import { chromium } from "@playwright/test";

const minutes = Number(process.argv[2] ?? 30);
const url = process.env.BELLWETHER_URL ?? "http://127.0.0.1:8080";
const email = process.env.BELLWETHER_EMAIL ?? "demo@example.org";
const password = process.env.BELLWETHER_PASSWORD ?? "watch the bells";
const PAGES = ["/app/alerts", "/app/markets/binance%3ABTCUSDT"];
const MINUTE_MS = 60_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path)),
  args: ["--no-sandbox"],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const door = await context.newPage();
await door.goto(`${url}/app/login`);
await door.getByLabel("E-mail address").fill(email);
await door.getByLabel("Password").fill(password);
await door.getByRole("button", { name: "Log in" }).click();
await door.getByRole("heading", { name: "Alerts", level: 1 }).waitFor();
await door.close();

const watched = [];
for (const path of PAGES) {
  const page = await context.newPage();
  await page.goto(url + path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  watched.push({ path, session: await context.newCDPSession(page) });
}
for (let minute = 0; minute <= minutes; minute++) {
  for (const { path, session } of watched) {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    console.log(JSON.stringify({ minute, path, heap_kb: Math.round(usedSize / 1024), nodes, listeners: jsEventListeners }));
  }
  if (minute < minutes) await new Promise((next) => setTimeout(next, MINUTE_MS));
}
await browser.close();
