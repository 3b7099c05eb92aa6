import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { test } from "@playwright/test";

import { expect, violations } from "./test.ts";
import { PASSWORD, startWorld, until, type World } from "./world.ts";

const OWNER = "me@example.org";

let world: World;
test.beforeAll(async () => {
  world = await startWorld({ "accounts.single_user": "true", "accounts.owner": OWNER });
});
test.afterAll(() => world?.stop());

/** What the API answers whoever is on this machine. */
async function ask(path: string, wish?: unknown): Promise<any> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(world.url + path, wish ? { method: "POST", headers, body: JSON.stringify(wish) } : {});
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** How many alerts there are. */
const count = async (): Promise<number> => (await ask("/api/alerts")).total;

test("in single-user mode the alerts are there at once, and an alert is made without a login", async ({ page }) => {
  const seen: string[] = [];
  page.on("framenavigated", (frame) => seen.push(frame.url()));
  await page.goto(`${world.url}/app/`);
  await expect(page.getByRole("heading", { name: "Alerts", level: 1 })).toBeVisible();
  await expect(page.getByText("Single-user mode")).toBeVisible();
  // Not by way of the login page.
  expect(seen.filter((url) => url.includes("/login"))).toEqual([]);
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

test("in single-user mode whoever else logs in is told so, and is followed by the owner", async ({ page }) => {
  world.add("guest@example.org");
  await page.goto(`${world.url}/app/account`);
  await expect(page.getByText("whoever is on this machine needs no login")).toBeVisible();
  const login = await page.evaluate(async (password) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ email: "guest@example.org", password });
    return (await fetch("/api/session", { method: "POST", headers, body })).status;
  }, PASSWORD);
  expect(login).toBe(200);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Password" })).toBeVisible();
  await expect(page.getByText("guest@example.org").first()).toBeVisible();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByText("whoever is on this machine needs no login")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out" })).toHaveCount(0);
});

test("in single-user mode a page of another site cannot act, whatever it sends", async ({ page }) => {
  const before = await count();
  const wish = JSON.stringify({ instrument: "binance:BTCUSDT", condition: { type: "crossing", price: "1" } });
  // Another service of this machine, under a name that ours has too. No script is needed to send a form.
  const form = `<form method="post" enctype="text/plain" action="${world.url}/api/alerts"><input name='${wish.slice(0, -1)},"note":"' value='"}'><button>Win</button></form>`;
  const other = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(`<h1>Evil</h1>${form}`));
  await new Promise<void>((ready) => other.listen(0, "127.0.0.1", ready));
  try {
    await page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`);
    const got = await page.evaluate(
      async ([url, body]) => {
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
      },
      [world.url, wish] as const,
    );
    expect(got).toEqual(["nothing", "nothing", "nothing", "nothing"]);
    const [answer] = await Promise.all([page.waitForResponse(`${world.url}/api/alerts`), page.getByRole("button", { name: "Win" }).click()]);
    expect(answer.status()).toBe(403);
  } finally {
    other.close();
    other.closeAllConnections();
  }
  expect(await count()).toBe(before);
});

test("in single-user mode a name that was made to lead here gets nothing", async ({ playwright, launchOptions }) => {
  const before = await count();
  const { port } = new URL(world.url);
  const args = [...(launchOptions.args ?? []), "--host-resolver-rules=MAP evil.example 127.0.0.1"];
  const browser = await playwright.chromium.launch({ ...launchOptions, args });
  try {
    // What the page may do is its own matter, so that only the server's answers count.
    const page = await browser.newPage({ bypassCSP: true });
    const opened = await page.goto(`http://evil.example:${port}/app/`);
    expect(opened?.status()).toBe(403);
    const got = await page.evaluate(async () => {
      const body = JSON.stringify({ instrument: "binance:BTCUSDT", condition: { type: "crossing", price: "1" } });
      const json = { "content-type": "application/json" };
      const [me, made] = [await fetch("/api/me"), await fetch("/api/alerts", { method: "POST", headers: json, body })];
      return [me.status, made.status];
    });
    expect(got).toEqual([403, 403]);
  } finally {
    await browser.close();
  }
  expect(await count()).toBe(before);
});

test("in single-user mode the link of a mail stops its alert", async ({ page }) => {
  const now = await world.price("ETHUSDT");
  const condition = { type: "crossing_up", price: (now * 1.01).toFixed(2) };
  const { id } = await ask("/api/alerts", { instrument: "binance:ETHUSDT", condition, repeat: { mode: "every" } });
  await until(async () => (await ask(`/api/alerts/${id}/explain`)).watching?.state === "watched");
  for (const price of [now, now * 1.02]) await world.trade("ETHUSDT", price.toFixed(2));
  const mail = await world.mail(OWNER, "ETHUSDT");
  const link = /\/stop\?token=[\w.%-]+/.exec(mail)?.[0] ?? "";
  expect(link).not.toBe("");

  await page.goto(world.url + link);
  await page.getByRole("button", { name: "Stop it" }).click();
  await expect(page.getByRole("heading", { name: "Stopped." })).toBeVisible();
  expect((await ask(`/api/alerts/${id}`)).status).toBe("paused");
});
