/**
 * Takes the README's pictures of the interface anew, of a `bellwether demo` that has run for some minutes, so that
 * alerts have fired and searches have found something. They are kept small with ImageMagick's `convert`.
 *
 *     node scripts/pictures.mjs ../docs/pictures            # of the server at BELLWETHER_URL
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "@playwright/test";

const folder = process.argv[2] ?? "../docs/pictures";
const url = process.env.BELLWETHER_URL ?? "http://127.0.0.1:8080";
const email = "demo@example.org";
const password = "watch the bells";
/** What comes in after a page is there: prices, lines, the chart. */
const SETTLE_MS = 4_000;
/** What is left around a part of a page. */
const MARGIN = 24;

const login = await fetch(`${url}/api/token`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ email, password }),
});
const { access } = await login.json();
const list = async (path) => (await (await fetch(url + path, { headers: { authorization: `Bearer ${access}` } })).json()).items;
const search = (await list("/api/alerts?kind=search"))[0];
const fire = (await list("/api/fires?instrument=binance:BTCUSDT"))[0];
const PICTURES = [
  { name: "alerts-light", path: "/alerts" },
  { name: "alerts-dark", path: "/alerts", colorScheme: "dark" },
  { name: "chart", path: "/markets/binance%3ABTCUSDT" },
  { name: "fire", path: `/fires/${fire.id}` },
  { name: "search", path: `/alerts/${search.id}`, part: { from: "The cheapest by day", to: "Listings", height: 660 } },
];

/** The part of a page that begins with a region, scrolled to, as wide as it is; there is something in the one behind it. */
async function clipOf(page, { from, to, height }) {
  const first = page.getByRole("region", { name: from });
  await page.getByRole("region", { name: to }).getByRole("listitem").first().waitFor();
  await first.evaluate((region, margin) => scrollBy(0, region.getBoundingClientRect().top - margin), MARGIN);
  const { x, y, width } = await first.boundingBox();
  return { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height };
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path)),
  args: ["--no-sandbox"],
});
for (const { name, path, colorScheme = "light", part } of PICTURES) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  await page.goto(`${url}/app${path}`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).first().waitFor({ state: "attached" });
  await page.mouse.move(0, 0);
  // Pictures of listings are loaded once they are scrolled to.
  if (part) await clipOf(page, part);
  await page.waitForTimeout(SETTLE_MS);
  const file = join(folder, `${name}.png`);
  await page.screenshot({ path: file, ...(part ? { clip: await clipOf(page, part) } : {}) });
  execFileSync("convert", [file, "-strip", "-dither", "None", "-colors", "96", `PNG8:${file}`]);
  await page.close();
}
await browser.close();
