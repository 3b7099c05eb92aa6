import { expect, logIn, test } from "./test.ts";
import { until } from "./world.ts";

test("a level is dragged to another price, and a click on the chart makes an alert", async ({ page, world, person }) => {
  await world.trade("SOLUSDT", "150");
  const alert = await person.call("POST", "/api/alerts", {
    instrument: "binance:SOLUSDT",
    name: "Sun",
    condition: { type: "crossing_up", price: "150.4" },
  });
  await until(async () => (await person.call("GET", `/api/alerts/${alert.id}/explain`)).watching?.state === "watched");
  for (const price of ["150.1", "149.8", "150.2", "150"]) await world.trade("SOLUSDT", price);
  await logIn(page, person, "/app/markets/binance%3ASOLUSDT");

  const level = page.getByRole("slider", { name: /Sun/ });
  await expect(level).toBeVisible();
  // The venue told what was before the alert; nobody here watched it.
  await expect(page.getByLabel("Chart").getByText(/^Shaded: not watched/)).toBeVisible();
  const from = (await level.boundingBox())!;
  await page.mouse.move(from.x + 30, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y + from.height / 2 + 25, { steps: 5 });
  await page.mouse.up();
  await expect(page.getByText(/^Moved to/)).toBeVisible();
  const moved = await person.call("GET", `/api/alerts/${alert.id}`);
  expect(Number(moved.condition.price)).toBeLessThan(150.4);
  expect(moved.version).toBeGreaterThan(alert.version);

  // The keyboard does the same.
  await level.focus();
  await page.keyboard.press("PageUp");
  await page.keyboard.press("Enter");
  await until(async () => (await person.call("GET", `/api/alerts/${alert.id}`)).version > moved.version);

  const chart = (await page.getByLabel("Chart").locator("canvas").first().boundingBox())!;
  await page.mouse.click(chart.x + chart.width / 2, chart.y + chart.height - 40);
  const offer = page.getByRole("dialog", { name: "New alert at this price" });
  await expect(offer).toContainText("falls to");
  await offer.getByRole("button", { name: "Create alert" }).click();
  await until(async () => (await person.call("GET", "/api/alerts")).items.some((one: any) => one.condition.type === "crossing_down"));
});
