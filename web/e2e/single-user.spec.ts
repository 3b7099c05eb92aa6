import { test } from "@playwright/test";

import { expect, violations } from "./test.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
test.beforeAll(async () => {
  world = await startWorld({ "accounts.single_user": "true", "accounts.owner": "me@example.org" });
});
test.afterAll(() => world.stop());

test("in single-user mode the alerts are there at once, and an alert is made without a login", async ({ page }) => {
  await page.goto(`${world.url}/app/`);
  await expect(page.getByRole("heading", { name: "Alerts", level: 1 })).toBeVisible();
  await expect(page.getByText("Single-user mode")).toBeVisible();
  expect(await violations(page)).toEqual([]);

  const made = await page.evaluate(async () => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "mine", instrument: "binance:BTCUSDT", condition: { type: "crossing", price: "99999" } });
    return (await fetch("/api/alerts", { method: "POST", headers, body })).status;
  });
  expect(made).toBe(201);
  await page.reload();
  await expect(page.getByRole("link", { name: "BTCUSDT reaches 99,999" }).first()).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();

  // The login page has nobody to ask.
  await page.goto(`${world.url}/app/login`);
  await expect(page.getByRole("heading", { name: "Alerts", level: 1 })).toBeVisible();

  await page.goto(`${world.url}/app/account`);
  await expect(page.getByRole("heading", { name: "Account", level: 1 })).toBeVisible();
  await expect(page.getByText("whoever is on this machine needs no login")).toBeVisible();
  await expect(page.getByText("me@example.org")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out" })).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Password" })).toHaveCount(0);
  expect(await violations(page)).toEqual([]);
});

test("in single-user mode a page of another site cannot act, whatever it sends", async ({ page }) => {
  const count = async () => ((await (await fetch(`${world.url}/api/alerts`)).json()) as { total: number }).total;
  const before = await count();
  const { port } = new URL(world.url);
  // Another service of this machine, and a site whose name leads here.
  const origins = [`http://localhost:${port}`, `http://evil.example:${port}`];
  for (const origin of origins) {
    await page.route(`${origin}/evil`, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Evil</h1>" }));
    await page.goto(`${origin}/evil`);
    const got = await page.evaluate(async (url) => {
      const body = JSON.stringify({ instrument: "binance:BTCUSDT", condition: { type: "crossing", price: "1" } });
      const tries: [string, RequestInit][] = [
        ["/api/alerts", { method: "POST", headers: { "content-type": "application/json" }, body }],
        ["/api/alerts", { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body }],
        ["/api/me", {}],
        ["/api/me", { mode: "no-cors" }],
      ];
      const seen = [];
      for (const [path, request] of tries) {
        const answer = await fetch(url + path, request).catch(() => null);
        seen.push(answer === null || answer.type === "opaque" ? "nothing" : answer.status);
      }
      return seen;
    }, world.url);
    expect(got).toEqual(["nothing", "nothing", "nothing", "nothing"]);
  }
  expect(await count()).toBe(before);
});
