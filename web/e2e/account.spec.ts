import { expect, logIn, test } from "./test.ts";
import { PASSWORD } from "./world.ts";

test("times follow the account's zone, looks the browser, and the password can be changed", async ({ page, person }) => {
  const alert = await person.call("POST", "/api/alerts", { instrument: "binance:BTCUSDT", condition: { type: "crossing", price: "99999" } });
  await logIn(page, person, "/app/account");
  await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
  await expect(page.getByText("Times are told in this zone now")).toBeVisible();
  expect((await person.call("GET", "/api/me")).time_zone).toBe("Asia/Tokyo");
  const armed = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  await page.getByLabel("Quiet from").fill("23:30");
  await page.getByRole("button", { name: "Keep quiet" }).click();
  await expect(page.getByText("wait from 23:30 to 07:00")).toBeVisible();
  expect((await person.call("GET", "/api/me")).quiet_hours).toEqual({ from: "23:30", to: "07:00" });
  await page.getByRole("button", { name: "None" }).click();
  await expect(page.getByText("Messages come at any hour.")).toBeVisible();

  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");

  await page.getByLabel("Present password").fill("not it at all");
  await page.getByLabel("New password").fill("quite another one");
  await page.getByRole("button", { name: "Change it" }).click();
  await expect(page.getByLabel("Present password")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change it" }).click();
  await expect(page.getByText("The password is changed.")).toBeVisible();

  await page.goto(`/app/alerts/${alert.id}`);
  await expect(page.getByLabel("Settings").getByText(armed.format(new Date(alert.armed_at)))).toBeVisible();
});
