import { expect, logIn, test, violations } from "./test.ts";

test("administrators see queues and accounts, others only how the service is", async ({ page, person, world }) => {
  await logIn(page, person, "/app/operation");
  await expect(page.getByText("The service", { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Accounts" })).toHaveCount(0);

  const other = await world.person();
  await other.call("POST", "/api/alerts", { instrument: "binance:BTCUSDT", condition: { type: "crossing", price: "99999" } });
  world.promote(person);
  await page.reload();
  const accounts = page.getByRole("region", { name: "Accounts" });
  await expect(accounts.getByText(person.email)).toBeVisible();
  await expect(accounts.getByText("administrator", { exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "Messages to be sent" }).getByText("urgent")).toBeVisible();
  expect(await violations(page)).toEqual([]);

  // A price that is far off is seen while it waits, by administrators and by whoever looks at the instrument.
  const now = await world.price("BTCUSDT");
  await world.trade("BTCUSDT", `${now}`);
  const doubts = page.getByRole("region", { name: "Prices in doubt" });
  await world.trade("BTCUSDT", (now * 200).toFixed(2));
  // The page asks every few seconds.
  await expect(doubts.getByText("waits for the next one")).toBeVisible({ timeout: 20_000 });
  await world.trade("BTCUSDT", `${now}`);
  await expect(doubts.getByText("left out").first()).toBeVisible({ timeout: 20_000 });
  expect(await violations(page)).toEqual([]);
  await doubts.getByRole("link", { name: "BTCUSDT" }).click();
  await expect(page.getByRole("region", { name: "Prices in doubt" }).getByText("left out").first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.goBack();

  await page.getByLabel("Find an account").fill(other.email);
  // Until what is found has come, everybody stands there.
  await expect(accounts.getByText(person.email)).toHaveCount(0);
  await expect(accounts.getByText("1 alert ·")).toBeVisible();
});

test("an administrator switches an instrument off and on again, and adds one that no list has", async ({ page, person, world }) => {
  world.promote(person);
  await logIn(page, person, "/app/operation");
  const instruments = page.getByRole("region", { name: "Instruments" });
  await instruments.getByLabel("Find an instrument").fill("LTCUSDT");
  await instruments.getByRole("button", { name: "Switch off binance:LTCUSDT" }).click();
  await expect(instruments.getByRole("button", { name: "Switch on binance:LTCUSDT" })).toBeVisible();
  await instruments.getByLabel("Find an instrument").fill("");
  await instruments.getByRole("button", { name: "Switched off", exact: true }).click();
  await expect(instruments.getByRole("listitem")).toHaveCount(1);
  await expect(instruments.getByRole("listitem")).toContainText("LTCUSDT");
  expect(await violations(page)).toEqual([]);
  // It is true for everybody.
  const other = await world.person();
  const wish = { instrument: "binance:LTCUSDT", condition: { type: "above", price: "1" } };
  await expect(other.call("POST", "/api/alerts", wish)).rejects.toThrow(/LTCUSDT|switched off|disabled/);
  await instruments.getByRole("button", { name: "Switch on binance:LTCUSDT" }).click();
  await expect(instruments.getByRole("button", { name: "Switch off binance:LTCUSDT" })).toBeVisible();
  await other.call("POST", "/api/alerts", wish);

  const added = instruments.getByLabel("Add an instrument");
  await added.fill("binance:NOSUCHUSDT");
  await instruments.getByRole("button", { name: "Add", exact: true }).click();
  await expect(added).toHaveAttribute("aria-invalid", "true");
  await expect(instruments.getByText("The instrument is not known to its venue")).toBeVisible();
  await added.fill("coingecko:a-coin-of-its-own-usd");
  await instruments.getByRole("button", { name: "Add", exact: true }).click();
  await expect(instruments.getByRole("listitem")).toContainText("a-coin-of-its-own");
  await page.setViewportSize({ width: 375, height: 700 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
});
