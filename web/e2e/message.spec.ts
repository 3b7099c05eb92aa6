import { expect, logIn, test, violations } from "./test.ts";
import { until } from "./world.ts";

test("an alert says what its owner wants it to say, and shows it before", async ({ page, person }) => {
  await logIn(page, person, "/app/alerts/new?instrument=binance%3ABTCUSDT&type=crossing&price=33000");
  await page.getByText("Message", { exact: true }).click();
  const words = page.getByLabel("In your own words");
  await words.fill(" reached <b>, sell!");
  await words.press("Home");
  await page.getByRole("button", { name: "{symbol}" }).click();
  await expect(words).toHaveValue("{symbol} reached <b>, sell!");

  // The mail, in a frame in which nothing runs, with its own looks.
  const preview = page.getByLabel("How it will look");
  await expect(preview).toContainText("BTCUSDT reached <b>, sell!");
  const mail = page.frameLocator("iframe[title='The mail']");
  await expect(mail.getByText("BTCUSDT reached <b>, sell!")).toBeVisible();
  await expect(mail.locator("h1")).toHaveCSS("font-size", "19px");
  expect(await page.locator("iframe").getAttribute("sandbox")).toBe("allow-same-origin");
  expect(await mail.locator("a[href], script").count()).toBe(0);
  expect(await violations(page)).toEqual([]);

  await preview.getByRole("button", { name: "Telegram" }).click();
  await expect(preview.locator("pre")).toContainText("<b>BTCUSDT reached &lt;b&gt;, sell!</b>");
  await preview.getByRole("button", { name: "Webhook" }).click();
  await expect(preview.locator("pre")).toContainText('"message": "BTCUSDT reached <b>, sell!"');

  // What is wrong is told while it is written, and where it stands once it is sent, also where that was folded away.
  await words.fill("at {prise}");
  await expect(preview).toContainText("character 4: {prise} is no placeholder here; known are {summary}");
  await page.getByText("Message", { exact: true }).click();
  await expect(words).toBeHidden();
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(words).toBeFocused();
  await expect(words).toHaveAccessibleDescription(/In your own words, character 4: \{prise\} is no placeholder here/);

  await words.fill("{symbol} at {price}!");
  await page.getByRole("button", { name: "Create alert" }).click();
  await expect(page).toHaveURL(/\/app\/alerts\/[0-9a-f-]{36}$/);
  const [alert] = (await person.call("GET", "/api/alerts")).items;
  expect(alert.message).toBe("{symbol} at {price}!");
});

test("the message of an alert that there is goes on where the alert is", async ({ page, person, world }) => {
  const now = await world.price("AVAXUSDT");
  const level = (now * 1.01).toFixed(2);
  const wish = { instrument: "binance:AVAXUSDT", message: "fire {fire} of {symbol}", condition: { type: "crossing_up", price: level }, repeat: { mode: "every" } };
  const alert = await person.call("POST", "/api/alerts", wish);
  await until(async () => (await person.call("GET", `/api/alerts/${alert.id}/explain`)).watching?.state === "watched");
  for (const price of [now, now * 1.02]) await world.trade("AVAXUSDT", price.toFixed(2));
  await until(async () => (await person.call("GET", `/api/alerts/${alert.id}/fires`)).total === 1);

  await logIn(page, person, `/app/alerts/${alert.id}/edit`);
  const preview = page.getByLabel("How it will look");
  await expect(preview).toContainText("fire 2 of AVAXUSDT");
  await page.getByLabel("In your own words").fill("number {fire}");
  await expect(preview).toContainText("number 2");
});
