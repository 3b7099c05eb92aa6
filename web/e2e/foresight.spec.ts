import { expect, logIn, test } from "./test.ts";
import { until } from "./world.ts";

test("how often it would have fired is said before it is made", async ({ page, world, person }) => {
  await world.trade("XRPUSDT", "0.5");
  const alert = await person.call("POST", "/api/alerts", { instrument: "binance:XRPUSDT", condition: { type: "crossing_up", price: "9" } });
  const explained = () => person.call("GET", `/api/alerts/${alert.id}/explain`);
  await until(async () => (await explained()).watching?.state === "watched");
  for (const price of ["0.5", "0.7", "0.6"]) await world.trade("XRPUSDT", price);
  await until(async () => (await explained()).market?.price === "0.6");

  await logIn(page, person, "/app/alerts/new?instrument=binance%3AXRPUSDT");
  const foresight = page.getByLabel("What it would do");
  await page.getByLabel(/^Price/).fill("0.65");
  await expect(foresight).toContainText("It would have fired");
  await page.getByLabel(/^Price/).fill("99");
  await expect(foresight).toContainText("It would not have fired.");
});
