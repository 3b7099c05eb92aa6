import { expect, logIn, test } from "./test.ts";

test("an instrument that goes silent is told of, and says so in its evidence", async ({ page, person, world }) => {
  await logIn(page, person);
  await page.getByRole("link", { name: /^ETH/ }).first().click();
  await page.getByLabel("What must happen").selectOption({ label: "ETHUSDT goes silent" });
  await expect(page.getByLabel("Without a trade for", { exact: true })).toHaveValue("10");
  await page.getByLabel("Without a trade for, unit").selectOption("seconds");
  await expect(page.getByLabel("What it would do")).toContainText("Candles do not tell when there was no trade");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("ETHUSDT goes without a trade for 10 seconds");
  await expect(page.getByText("every trade is evaluated")).toBeVisible({ timeout: 30_000 });

  await world.trade("ETHUSDT", "3000");
  await expect(page.getByLabel("Why it has not fired").getByText("it fires after 10 seconds without one")).toBeVisible();
  await page.getByRole("link", { name: /Fire 1/ }).click({ timeout: 30_000 });
  await expect(page.getByLabel("Evidence")).toContainText("Silent since");
  expect(await world.mail(person.email, "ETHUSDT has had no trade for 10 seconds")).toContain("3,000");
});

test("a silence is offered where every trade comes, and what is changed from it forgets its length", async ({ page, person }) => {
  await logIn(page, person);
  await page.goto("/app/alerts/new?instrument=uphold:BTC-USD");
  const offered = page.getByLabel("What must happen").getByRole("option", { name: /goes silent/ });
  await expect(page.getByLabel("What must happen")).toBeVisible();
  await expect(offered).toHaveCount(0);
  await page.goto("/app/alerts/new?instrument=binance:BTCUSDT");
  await expect(offered).toHaveCount(1);
  await page.getByLabel("What must happen").selectOption({ label: "BTCUSDT goes silent" });
  await page.getByLabel("What must happen").selectOption({ label: "BTCUSDT is at or above" });
  await expect(page.getByLabel("Held for", { exact: true })).toHaveValue("");
});
