import { expect, logIn, test, violations } from "./test.ts";

test("a search is made over the interface, and what it finds is seen", async ({ page, world, person }) => {
  await world.offer("Bellwether brass ship's clock", "120.00");
  await world.offer("Bellwether brass barometer <b>rare</b>", "80.50");
  await logIn(page, person, "/app/alerts/new");
  await page.getByRole("radio", { name: /A search on eBay/ }).check();
  await page.getByLabel("Search for").fill("bellwether brass");
  await page.getByLabel("becomes cheaper").check();
  await page.getByLabel("By how many percent").fill("a lot");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByLabel("By how many percent")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("By how many percent")).toBeFocused();
  // It stays at its field, whatever else is ticked meanwhile, and although the message is shown anew.
  await page.getByText("Message", { exact: true }).click();
  await page.getByLabel("is new").uncheck();
  await page.getByLabel("becomes cheaper").uncheck();
  await page.getByLabel("becomes cheaper").check();
  await expect(page.getByLabel("By how many percent")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("is new").check();
  await page.getByLabel("By how many percent").fill("5");
  await page.getByRole("button", { name: "Create alert" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toContainText("bellwether brass");
  await expect(page.getByText(/The alert is armed: asked every/)).toBeVisible();
  const listings = page.getByRole("region", { name: "Listings" }).getByRole("listitem");
  await expect(listings).toHaveCount(2);
  await expect(listings.first()).toContainText("80.50 USD");
  // Each has its picture, which comes from our own server.
  await expect(listings.locator("img")).toHaveCount(2);
  const widths = () => listings.locator("img").evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
  await expect.poll(widths).toEqual([240, 240]);
  // What a seller writes is text, and its address gets nothing of ours.
  const link = page.getByRole("link", { name: /barometer <b>rare<\/b>/ });
  await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  await expect(link).toHaveAttribute("target", "_blank");

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), colorScheme).toEqual([]);
  }
  await page.setViewportSize({ width: 375, height: 700 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
});

test("a search keeps to a category, which can be changed and taken away", async ({ page, world, person }) => {
  await world.offer("Bellwether tripod, old", "20.00", "48444");
  await world.offer("Bellwether tripod, older", "30.00", "29968");
  await logIn(page, person, "/app/alerts/new?kind=product");
  await page.getByLabel("Search for").fill("bellwether tripod");
  await page.getByLabel("Category").fill("tripods");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByLabel("Category")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Category")).toBeFocused();
  await page.getByLabel("Category").fill("48444");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page.getByLabel("Settings").getByText("48444", { exact: true })).toBeVisible();
  const listings = page.getByRole("region", { name: "Listings" }).getByRole("listitem");
  await expect(listings).toHaveCount(1);
  await expect(listings).toContainText("20.00 USD");

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByLabel("Category")).toHaveValue("48444");
  await page.getByLabel("Category").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(listings).toHaveCount(2);
  await expect(page.getByLabel("Settings").getByText("48444", { exact: true })).toHaveCount(0);
});

test("the same search twice leads to the first, which can be changed, and is found by its kind", async ({ page, person }) => {
  const search = { query: "nothing of the kind 7c1", marketplace: "EBAY_DE" };
  const alert = await person.call("POST", "/api/alerts", { kind: "digest", search, schedule: { every: "10m" } });
  await person.call("POST", "/api/alerts", { instrument: "binance:BTCUSDT", condition: { type: "above", price: "900000" } });
  await logIn(page, person, "/app/alerts/new?kind=product");
  await page.getByRole("radio", { name: /Digest/ }).check();
  await page.getByLabel("Search for").fill(search.query);
  await page.getByLabel("On", { exact: true }).selectOption({ label: "eBay Germany" });
  await expect(page.getByLabel("Up to EUR")).toBeVisible();
  await page.getByRole("button", { name: "Create alert" }).click();
  await page.getByRole("alert").getByRole("link", { name: "See it" }).click();
  await expect(page).toHaveURL(new RegExp(`/alerts/${alert.id}$`));

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("When", { exact: true }).selectOption("daily");
  await page.getByLabel("At", { exact: true }).fill("08:30");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), colorScheme).toEqual([]);
  }
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Settings").getByText("Every day at 08:30, Europe/Berlin")).toBeVisible();
  expect((await person.call("GET", `/api/alerts/${alert.id}`)).schedule).toEqual({ every: "1d", at: "08:30", time_zone: "Europe/Berlin" });

  await page.goto("/app/alerts");
  await expect(page.getByText("2 alerts", { exact: true })).toBeVisible();
  await page.getByLabel("Kind", { exact: true }).selectOption("digest");
  await expect(page.getByText("1 alert", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: /nothing of the kind/ })).toBeVisible();
});

test("a digest and insights appear at their time, without a reload", async ({ page, world, person }) => {
  // The shortest rhythm is a minute, and both are waited for.
  test.setTimeout(180_000);
  await world.offer("Bellwether sextant, boxed", "75.00");
  const search = { query: "bellwether sextant" };
  const common = { search, schedule: { cron: "* * * * *", time_zone: "UTC" } };
  const digest = await person.call("POST", "/api/alerts", { kind: "digest", ...common });
  const insights = await person.call("POST", "/api/alerts", { kind: "insights", ...common, look_back: "1h" });
  await logIn(page, person, `/app/alerts/${insights.id}`);
  const other = await page.context().newPage();
  await other.goto(`/app/alerts/${digest.id}`);
  const reports = page.getByRole("region", { name: "Reports" });
  // Both were there before the reports: nothing is loaded anew after this.
  for (const one of [page, other]) {
    await expect(one.getByRole("heading", { name: "Reports" })).toBeVisible();
    await one.evaluate(() => ((window as any).stays = true));
  }
  await expect(reports.locator("summary").first()).toBeVisible({ timeout: 90_000 });
  await reports.locator("summary").first().click();
  await expect(reports).toContainText("Cheapest");
  await expect(reports).toContainText("75.00 USD");
  await expect(reports.locator("img").first()).toBeVisible();
  expect(await page.evaluate(() => (window as any).stays)).toBe(true);
  expect(await violations(page)).toEqual([]);

  const digests = other.getByRole("region", { name: "Reports" });
  await expect(digests.locator("summary").first()).toBeVisible({ timeout: 90_000 });
  await digests.locator("summary").first().click();
  await expect(digests).toContainText("75.00 USD");
  expect(await other.evaluate(() => (window as any).stays)).toBe(true);
});
