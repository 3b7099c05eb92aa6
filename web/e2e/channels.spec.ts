import { expect, logIn, test } from "./test.ts";

test("a webhook is made, its secret shown once, turned, and the channel deleted", async ({ page, person }) => {
  await logIn(page, person, "/app/channels");
  await page.getByRole("button", { name: "New channel" }).click();
  await page.getByRole("button", { name: /^Webhook/ }).click();
  await page.getByLabel("Name").fill("desk");
  await page.getByLabel("Address").fill("not an address");
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Address").fill("http://127.0.0.1:9/hooks/prices");
  await page.getByRole("button", { name: "Make it" }).click();
  const secret = page.getByText(/^whsec_/);
  const first = await secret.textContent();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await expect(page.getByText("desk")).toBeVisible();

  await page.getByRole("button", { name: "More for desk" }).click();
  await page.getByRole("menuitem", { name: "Another secret" }).click();
  expect(await secret.textContent()).not.toBe(first);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await expect(secret).toHaveCount(0);

  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("Waiting", { exact: true }).or(page.getByText("Given up", { exact: true })).first()).toBeVisible();

  await page.getByRole("button", { name: "More for desk" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Deleted.")).toBeVisible();
  expect((await person.call("GET", "/api/channels")).total).toBe(0);
});
