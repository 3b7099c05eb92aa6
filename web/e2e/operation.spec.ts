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

  await page.getByLabel("Find an account").fill(other.email);
  // Until what is found has come, everybody stands there.
  await expect(accounts.getByText(person.email)).toHaveCount(0);
  await expect(accounts.getByText("1 alert ·")).toBeVisible();
});
