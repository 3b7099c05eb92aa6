import { expect, logIn, test } from "./test.ts";

test("an alert is made, chosen and paused with the keyboard alone", async ({ page, person }) => {
  await logIn(page, person);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await page.keyboard.press("n");
  await expect(page.getByRole("heading", { name: "New alert" })).toBeFocused();
  const picker = page.getByRole("combobox", { name: "Instrument" });
  await tabTo(page, picker);
  await page.keyboard.type("ETHUSDT");
  await expect(page.getByRole("listbox").getByRole("option", { selected: true })).toContainText("ETH");
  await page.keyboard.press("Enter");
  await expect(picker).toHaveValue(/ETHUSDT/);
  await tabTo(page, page.getByLabel("What must happen"));
  await page.keyboard.type("ETHUSDT rises");
  await tabTo(page, page.getByLabel(/^Price/));
  await page.keyboard.type("9000");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("rises to 9,000");

  await tabTo(page, page.getByRole("link", { name: "Alerts" }).first(), "Shift+Tab");
  await page.keyboard.press("Enter");
  const row = page.getByRole("link", { name: /ETHUSDT rises to/ });
  await expect(row).toBeVisible();
  await tabTo(page, row);
  await page.keyboard.press("x");
  await expect(page.getByText("1 chosen")).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Pause", exact: true }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Paused", { exact: true }).last()).toBeVisible();
});

/** Presses Tab until something has the focus. */
async function tabTo(page: import("@playwright/test").Page, target: import("@playwright/test").Locator, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`no way leads to ${target}`);
}
