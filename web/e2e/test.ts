/** Playwright's test with a world, and a person in it. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { expect, type Page, test as base } from "@playwright/test";

import { PASSWORD, type Person, startWorld, type World } from "./world.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const test = base.extend<{ person: Person; strict: void }, { world: World }>({
  world: [
    async ({}, use) => {
      const world = await startWorld();
      await use(world);
      await world.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ world }, use) => use(world.url),
  person: async ({ world }, use) => use(await world.person()),
  /** No page may fail inside, be refused something by its content policy, or call another host. */
  strict: [
    async ({ page, world }, use) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (message) => {
        const text = message.text();
        // An answer that is not a success is no fault of the page; nor is that the browser's own tools for tests may
        // not run where nothing may.
        const isNoFault = /^Failed to load resource|^Blocked script execution in 'about:srcdoc'/.test(text);
        if (message.type() === "error" && !isNoFault) faults.push(text);
      });
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(world.url) && !url.startsWith("data:") && !url.startsWith(`blob:${world.url}`)) faults.push(`asked ${url}`);
      });
      await use();
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Logs in by hand. */
export async function logIn(page: Page, person: Person, to = "/app/"): Promise<void> {
  await page.goto(to);
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).first().waitFor({ state: "attached" });
}

/** What a check of the page's accessibility finds wrong: rules, and the elements that break them. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    const { violations } = await (window as any).axe.run(document, options);
    return violations.flatMap(({ id, nodes }: any) => nodes.map((node: any) => `${id}: ${node.html.slice(0, 160)} ${node.any?.[0]?.message ?? ""}`));
  });
}
