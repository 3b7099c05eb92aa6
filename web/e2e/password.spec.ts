import { expect, test, violations } from "./test.ts";
import { PASSWORD } from "./world.ts";

test("a forgotten password is replaced by the link of a mail, once", async ({ page, person, world }) => {
  await page.goto("/app/login");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail address").fill(person.email);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(page.getByText("a mail is on its way")).toBeVisible();
  const mail = await world.mail(person.email, "new password");
  const link = /\/app\/password#[\w-]+/.exec(mail)?.[0] ?? "";
  expect(link).not.toBe("");

  await page.goto(link);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change it" }).click();
  await expect(page.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("New password").fill("quite another one");
  await page.getByRole("button", { name: "Change it" }).click();
  await expect(page.getByText("The password is changed.")).toBeVisible();
  expect(page.url()).not.toContain("#");

  await page.getByRole("link", { name: "Log in" }).click();
  await page.getByLabel("E-mail address").fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill("quite another one");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).first().waitFor({ state: "attached" });

  // A used link says so, whoever is logged in.
  await page.goto(link);
  await page.reload();
  await page.getByLabel("New password").fill("and one more");
  await page.getByRole("button", { name: "Change it" }).click();
  await expect(page.getByText("This link is of no more use.")).toBeVisible();
});

test("whoever has no account is told nothing of it", async ({ page }) => {
  await page.goto("/app/forgotten");
  await page.getByLabel("E-mail address").fill("nobody@example.org");
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(page.getByText("If nobody@example.org has an account")).toBeVisible();
});
