import { expect, logIn, test } from "./test.ts";
import { type Person, until } from "./world.ts";

const MANY = 2_000;

/** Makes alerts far from the market. */
async function makeAlerts(person: Person, count: number): Promise<void> {
  const make = (at: number) =>
    person.call("POST", "/api/alerts", {
      instrument: "binance:BTCUSDT",
      name: `Number ${at}`,
      condition: { type: "crossing_up", price: String(500_000 + at) },
    });
  for (let from = 0; from < count; from += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - from) }, (_, index) => make(from + index)));
  }
}

test("thousands of alerts scroll, and only those in view exist", async ({ page, person }) => {
  await makeAlerts(person, MANY);
  await logIn(page, person);
  await expect(page.getByText("2,000 alerts")).toBeVisible();
  for (const share of [0.25, 0.5, 0.75, 1]) {
    await page.evaluate((share) => scrollTo(0, document.documentElement.scrollHeight * share), share);
    await expect(page.locator("[data-row]").first()).toBeVisible();
    expect(await page.locator("[data-at]").count()).toBeLessThan(60);
  }
  await expect(page.getByText("Number 0", { exact: false }).last()).toBeVisible();
});

test("alerts are found, chosen and paused together, and a deletion can be taken back", async ({ page, person }) => {
  await makeAlerts(person, 5);
  await logIn(page, person);
  await page.getByLabel("Search alerts").fill("Number 3");
  await expect(page.getByText("1 alert", { exact: true })).toBeVisible();
  await page.getByLabel("Search alerts").fill("");
  await expect(page.getByText("5 alerts", { exact: true })).toBeVisible();

  await page.getByLabel("Choose all").check();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.getByText("5 alerts paused.")).toBeVisible();
  await expect(page.locator("[data-at]").getByText("Paused").filter({ visible: true })).toHaveCount(5);

  await page.getByLabel("Choose all").check();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText("Being deleted").filter({ visible: true })).toHaveCount(5);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Being deleted")).toHaveCount(0);

  await page.getByRole("button", { name: /^More for Number 4/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByText("4 alerts", { exact: true })).toBeVisible();
  expect((await person.call("GET", "/api/alerts?status=deleted")).total).toBe(1);
});

test("the order of the list stands in its address, and outlives a reload", async ({ page, person, world }) => {
  await world.trade("LTCUSDT", "100");
  const make = (name: string, price: string) =>
    person.call("POST", "/api/alerts", { instrument: "binance:LTCUSDT", name, condition: { type: "crossing_up", price } });
  await make("Beta 10", "103");
  await make("Beta 9", "150");
  const last = await make("Alpha", "120");
  await until(async () => (await person.call("GET", `/api/alerts/${last.id}/explain`)).watching?.state === "watched");
  await world.trade("LTCUSDT", "100");
  await until(async () => (await person.call("GET", "/api/alerts?include=outlook")).items.every((one: any) => one.outlook?.target));
  await logIn(page, person);
  const rows = page.locator("[data-at]");
  const names = async () => (await rows.allInnerTexts()).map((text) => /Alpha|Beta \d+/.exec(text)?.[0]);
  await expect.poll(names).toEqual(["Alpha", "Beta 9", "Beta 10"]);
  await page.getByLabel("Order").selectOption({ label: "Nearest to firing" });
  await expect.poll(names).toEqual(["Beta 10", "Alpha", "Beta 9"]);
  await expect(page).toHaveURL(/sort=near/);
  await page.reload();
  await expect.poll(names).toEqual(["Beta 10", "Alpha", "Beta 9"]);
  await page.getByLabel("Order").selectOption({ label: "By name" });
  await expect.poll(names).toEqual(["Alpha", "Beta 9", "Beta 10"]);
  await page.getByLabel("Order").selectOption({ label: "Oldest first" });
  await expect.poll(names).toEqual(["Beta 10", "Beta 9", "Alpha"]);
});
