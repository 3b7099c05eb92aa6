import { expect, logIn, test, violations } from "./test.ts";
import { until } from "./world.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page is accessible, ${colorScheme}`, async ({ page, world, person }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme });
    for (const path of ["/app/login", "/app/signup"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await violations(page), path).toEqual([]);
    }
    await logIn(page, person);
    await page.getByRole("heading", { name: "Which price" }).waitFor();
    expect(await violations(page), "the empty list").toEqual([]);

    await world.trade("XRPUSDT", "2");
    const alert = await person.call("POST", "/api/alerts", { instrument: "binance:XRPUSDT", name: "Ripple", condition: { type: "crossing", price: "2.1" }, repeat: { mode: "every", cooldown: "1m" } });
    await person.call("POST", "/api/alerts", { instrument: "binance:XRPUSDT", condition: { type: "all", of: [{ type: "above", price: "3" }, { type: "new_high", window: "1h" }] } });
    await until(async () => (await person.call("GET", `/api/alerts/${alert.id}/explain`)).watching?.state === "watched");
    for (const price of ["2", "2.05", "2.1"]) await world.trade("XRPUSDT", price);
    await until(async () => (await person.call("GET", "/api/fires")).total === 1);
    const fire = (await person.call("GET", "/api/fires")).items[0];

    const pages = ["/alerts", "/alerts/new", `/alerts/${alert.id}`, `/alerts/${alert.id}/edit`, "/fires", `/fires/${fire.id}`, "/markets", "/markets/binance%3AXRPUSDT", "/channels", "/account", "/operation", "/no/such/page"];
    for (const path of pages) {
      await page.goto(`/app${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("load");
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      expect(await violations(page), path).toEqual([]);
    }
    await page.goto("/app/channels");
    await page.getByRole("button", { name: "New channel" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await violations(page), "the dialog").toEqual([]);
  });
}
