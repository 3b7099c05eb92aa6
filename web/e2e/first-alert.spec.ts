import { expect, logIn, test } from "./test.ts";
import { PASSWORD, verify } from "./world.ts";

test("from signing up to a mail in the inbox, without a reload", async ({ page, world }) => {
  const email = `new-${Date.now()}@example.org`;
  await page.goto("/");
  await page.getByRole("link", { name: "Make an account" }).click();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Which price matters to you?" })).toBeVisible();
  await verify(world, email);

  await page.getByRole("link", { name: /^BTC/ }).first().click();
  await world.trade("BTCUSDT", "60000");
  await expect(page.getByRole("heading", { name: "New alert" })).toBeVisible();
  // Nobody watches the instrument yet, so a level is typed; where its price is known, levels near it are offered.
  await page.getByLabel(/^Price/).fill("61000");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("reaches 61,000");

  await expect(page.getByText("every trade is evaluated")).toBeVisible({ timeout: 30_000 });
  await world.trade("BTCUSDT", "60500");
  await expect(page.getByLabel("Why it has not fired").getByText("60,500").first()).toBeVisible();
  await world.trade("BTCUSDT", "61000.5");
  await page.getByRole("link", { name: /Fire 1/ }).click();
  await expect(page.getByLabel("Evidence")).toContainText("61,000.5");
  await expect(page.getByRole("img", { name: /It fired at 61,000.5/ })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText("Delivered", { exact: true })).toBeVisible();
  expect(await world.mail(email, "BTCUSDT")).toContain("61,000");
});

test("the first alert takes three clicks", async ({ page, person }) => {
  await logIn(page, person);
  await page.getByRole("link", { name: /^ETH/ }).first().click();
  await page.getByRole("button", { name: "Moves 1 % within an hour" }).click();
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("ETHUSDT moves by 1 % within 1 hour");
});

test("a login outlives a reload, and ends where one logs out", async ({ page, person }) => {
  await page.goto("/app/fires");
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByLabel("Password").fill("wrong, quite wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Fires", exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Fires", exact: true })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie)).not.toContain("ey");

  await page.goto("/app/account");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.goto("/app/fires");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
});

test("what is wrong stands at its field", async ({ page, person }) => {
  await logIn(page, person, "/app/alerts/new?instrument=binance:BTCUSDT");
  await page.getByLabel(/^Price/).fill("a lot");
  await page.getByRole("button", { name: "Create alert" }).click();
  const price = page.getByLabel(/^Price/);
  await expect(price).toHaveAttribute("aria-invalid", "true");
  await expect(price).toBeFocused();
  await price.fill("70000");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("reaches 70,000");
});

test("what is wrong where it was folded away is unfolded", async ({ page, person }) => {
  await logIn(page, person, "/app/alerts/new?instrument=binance:BTCUSDT&type=crossing&price=70000");
  const fold = page.getByText("Name, note, expiry");
  const name = page.getByLabel("Name", { exact: true });
  await fold.click();
  await name.fill("x".repeat(201));
  await fold.click();
  await expect(name).toBeHidden();
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(name).toBeFocused();
  await expect(page.getByText("Name must have at most 200 characters")).toBeVisible();
});
