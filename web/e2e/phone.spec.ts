import { expect, logIn, test } from "./test.ts";

const WIDTH = 375;
test.use({ viewport: { width: WIDTH, height: 700 }, hasTouch: true, isMobile: true });

test("on a phone nothing is wider than the screen, and an alert is made", async ({ page, person, world }) => {
  await world.trade("BTCUSDT", "60000");
  await logIn(page, person);
  await page.getByRole("link", { name: "New alert" }).or(page.getByRole("link", { name: /^BTC/ })).first().tap();
  await page.goto("/app/alerts/new?instrument=binance:BTCUSDT");
  await page.getByLabel(/^Price/).fill("90000");
  await page.getByRole("button", { name: "Create alert" }).tap();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("reaches 90,000");
  await person.call("POST", "/api/alerts", {
    instrument: "binance:BTCUSDT",
    name: "A name that is as long as names of alerts are now and then, if not longer",
    condition: { type: "above", price: "123456.78", reset: "100000.12" },
  });
  for (const path of ["/alerts", "/alerts/new", "/fires", "/markets", "/markets/binance%3ABTCUSDT", "/channels", "/account", "/operation"]) {
    await page.goto(`/app${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    // A phone shrinks a page that is too wide, so its own width says nothing.
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(WIDTH);
  }
  await page.goto("/app/alerts");
  expect((await page.getByLabel("Search alerts").boundingBox())!.width).toBeGreaterThan(WIDTH / 2);
});
