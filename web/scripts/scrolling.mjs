/**
 * Whether the list of alerts scrolls without a stutter: makes alerts until the account has so many, scrolls
 * through all of them, and writes how long the frames took. Also how long another order takes.
 *
 *     node scripts/scrolling.mjs 10000           # alerts, against the server of `bellwether demo` at BELLWETHER_URL
 */

import { existsSync } from "node:fs";

import { chromium } from "@playwright/test";

const wanted = Number(process.argv[2] ?? 10_000);
const url = process.env.BELLWETHER_URL ?? "http://127.0.0.1:8080";
const email = process.env.BELLWETHER_EMAIL ?? "demo@example.org";
const password = process.env.BELLWETHER_PASSWORD ?? "watch the bells";
const AT_ONCE = 20;
const SCROLL_MS = 10_000;
/** How far each way of scrolling comes, in pixels: flicks of the wheel, and the bar pulled from end to end. */
const SPEEDS = { flick: 60_000, pull: Infinity };

async function call(method, path, token, body) {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const { access } = await call("POST", "/api/token", null, { email, password });
const { total } = await call("GET", "/api/alerts?page_size=1", access);
const make = (at) =>
  call("POST", "/api/alerts", access, {
    instrument: "binance:BTCUSDT",
    name: `Number ${at}`,
    condition: { type: "crossing_up", price: String(500_000 + ((at * 7919) % wanted)) },
  });
for (let at = total; at < wanted; at += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted - at) }, (_, index) => make(at + index)));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path)),
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto(`${url}/app/login`);
await page.getByLabel("E-mail address").fill(email);
await page.getByLabel("Password").fill(password);
await page.getByRole("button", { name: "Log in" }).click();
await page.locator("[data-row]").first().waitFor();

for (const order of ["newest", "near"]) {
  const began = performance.now();
  if (order !== "newest") {
    await page.getByLabel("Order").selectOption(order);
    await page.getByRole("status", { name: "Loading" }).waitFor();
    await page.getByRole("status", { name: "Loading" }).waitFor({ state: "detached" });
  }
  const shown_ms = Math.round(performance.now() - began);
  for (const [way, pixels] of Object.entries(SPEEDS)) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(1_000);
    const frames = await page.evaluate(
      ([ms, pixels]) =>
        new Promise((done) => {
          const took = [];
          const way = Math.min(pixels ?? Infinity, document.documentElement.scrollHeight - innerHeight);
          const start = performance.now();
          let last = start;
          const step = (now) => {
            took.push(now - last);
            last = now;
            scrollTo(0, (way * (now - start)) / ms);
            if (now - start < ms) requestAnimationFrame(step);
            else done(took.slice(1).sort((a, b) => a - b));
          };
          requestAnimationFrame(step);
        }),
      [SCROLL_MS, Number.isFinite(pixels) ? pixels : null],
    );
    const at = (share) => Math.round((frames[Math.floor((frames.length - 1) * share)] ?? 0) * 10) / 10;
    const figures = { median_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), longest_ms: at(1), over_50_ms: frames.filter((ms) => ms > 50).length };
    console.log(JSON.stringify({ order, way, shown_ms, frames: frames.length, ...figures }));
  }
}
await browser.close();
