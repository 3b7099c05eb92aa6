import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, logIn, test } from "./test.ts";
import { until } from "./world.ts";

/** An ntfy server that refuses what comes, until it is told to take it. */
async function receiver(): Promise<{ url: string; taken: () => number; heal: () => void; stop: () => void }> {
  let isWell = false;
  let taken = 0;
  const listener: Server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (isWell) taken++;
      response.writeHead(isWell ? 200 : 400).end("{}");
    });
  });
  await new Promise<void>((ready) => listener.listen(0, "127.0.0.1", ready));
  const { port } = listener.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, taken: () => taken, heal: () => void (isWell = true), stop: () => void listener.close() };
}

test("a message that was refused is sent again by hand", async ({ page, person, world }) => {
  const server = await receiver();
  try {
    const channel = await person.call("POST", "/api/channels", { kind: "ntfy", name: "desk", url: server.url, topic: "prices" });
    await world.trade("BNBUSDT", "500");
    const alert = await person.call("POST", "/api/alerts", { instrument: "binance:BNBUSDT", channels: [channel.id], condition: { type: "crossing_up", price: "510" } });
    await until(async () => (await person.call("GET", `/api/alerts/${alert.id}/explain`)).watching?.state === "watched");
    for (const price of ["500", "511"]) await world.trade("BNBUSDT", price);
    await until(async () => (await person.call("GET", "/api/fires")).total === 1);
    const fire = (await person.call("GET", "/api/fires")).items[0];

    await logIn(page, person, `/app/fires/${fire.id}`);
    await expect(page.getByText("Given up", { exact: true })).toBeVisible();
    server.heal();
    await page.getByRole("button", { name: "Send again" }).click();
    await expect(page.getByText("It is on its way again.")).toBeVisible();
    await expect(page.getByText("Delivered", { exact: true })).toBeVisible();
    expect(server.taken()).toBe(1);
  } finally {
    server.stop();
  }
});
