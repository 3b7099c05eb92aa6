import { expect, logIn, test } from "./test.ts";
import { until } from "./world.ts";

test("where the stream of events is refused, the page asks every few seconds, and says so", async ({ page, person, world }) => {
  await page.route("**/api/stream*", (route) => route.fulfill({ status: 403, body: "" }));
  await world.trade("LINKUSDT", "20");
  const alert = await person.call("POST", "/api/alerts", { instrument: "binance:LINKUSDT", name: "Chain", condition: { type: "crossing_up", price: "22" } });
  await until(async () => (await person.call("GET", `/api/alerts/${alert.id}/explain`)).watching?.state === "watched");
  await logIn(page, person);
  await expect(page.getByRole("link", { name: "Every few seconds" })).toBeVisible();
  const row = page.locator("[data-at]").filter({ hasText: "Chain" });
  await expect(row).toBeVisible();
  for (const price of ["20.5", "22.5"]) await world.trade("LINKUSDT", price);
  await expect(row.getByText("22.5", { exact: true }).filter({ visible: true })).toBeVisible();
  await expect(row.getByText("Fired", { exact: true }).filter({ visible: true })).toBeVisible();
});
