// Uphold's own client against the simulated Uphold, with nothing changed but the address.
// `node check_uphold_sdk.cjs COMMAND...`, where COMMAND starts a world and prints its addresses.
"use strict";

// The addresses are on this machine; whatever proxy the surroundings name has no business with them.
process.env.NO_PROXY = process.env.no_proxy = "127.0.0.1,localhost";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");
const SDK = require("@uphold/uphold-sdk-javascript").default;

/** One line per fact; the first one that does not hold ends the check. */
function check(name, condition, ...details) {
  console.log(condition ? "ok  " : "FAIL", name, ...(condition ? [] : details));
  if (!condition) throw new Error(name);
}

/** What the client makes of a refused request. */
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return null;
}

async function main(addresses) {
  const base = addresses.uphold_rest;
  // The client wants both, and prices need neither.
  const client = new SDK({ baseUrl: base, clientId: "none", clientSecret: "none" });
  const quote = async (pair, bid, ask) => {
    const body = JSON.stringify({ pair, bid, ask });
    const answer = await fetch(`${base}/control/quotes`, { method: "POST", headers: { "content-type": "application/json" }, body });
    check(`${pair} is quoted by hand`, answer.ok, answer.status);
  };
  const isQuote = ({ ask, bid, currency }) => [ask, bid, currency].every((one) => typeof one === "string");

  const usual = await client.getTicker();
  check("pairs of the usual currency", usual.length > 4 && usual.every((one) => isQuote(one) && one.pair.includes("USD")), usual);
  const dollars = await client.getTicker("USD");
  const pairs = dollars.map(({ pair }) => pair);
  check("both directions of a pair", pairs.includes("BTCUSD") && pairs.includes("USDBTC"), pairs);
  check("each pair once", new Set(pairs).size === pairs.length, pairs);
  const bitcoin = dollars.find(({ pair }) => pair === "BTCUSD");
  check("a bid is no more than an ask", Number(bitcoin.bid) > 0 && Number(bitcoin.bid) <= Number(bitcoin.ask), bitcoin);
  check("a price is in the second currency", bitcoin.currency === "USD" && dollars.find(({ pair }) => pair === "USDBTC").currency === "BTC");

  await quote("XAU-USD", "37.537537537537537537", "37.537537537537537538");
  const gold = await client.getTicker("XAU-USD");
  const last = { ask: "37.537537537537537538", bid: "37.537537537537537537", currency: "USD" };
  check("a pair to its last digit, without its name", JSON.stringify(Object.entries(gold).sort()) === JSON.stringify(Object.entries(last)), gold);
  check("the same pair written otherwise", (await client.getTicker("XAUUSD")).bid === last.bid);
  const listed = (await client.getTicker("XAU")).find(({ pair }) => pair === "XAUUSD");
  check("the same in its currency's list", listed.bid === last.bid && listed.ask === last.ask, listed);

  const assets = await client.api("/assets", { authenticate: false });
  check("assets", assets.some(({ code, type }) => code === "USD" && type === "fiat") && assets.every(({ status }) => status === "open"), assets);
  const unknown = await refusal(() => client.getTicker("NOPE"));
  check("an unknown currency is an error", unknown?.constructor.name === "NotFoundError" && unknown.body.code === "not_found", unknown);
  const { headers } = await client.getTicker("USD", { raw: true });
  check("an answer says what is left", Number(headers["x-ratelimit-remaining"]) > 0, headers);
  let refused = null;
  for (let asked = 0; asked < 600 && !refused; asked++) refused = await refusal(() => client.getTicker("USD"));
  check("who asks too often is told so", refused?.constructor.name === "RateLimitError", refused);
}

const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error("usage: node check_uphold_sdk.cjs COMMAND...  (a command that prints the world's addresses)");
  process.exit(2);
}
const world = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
createInterface({ input: world.stdout }).once("line", (line) => {
  main(JSON.parse(line))
    .catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    })
    .finally(() => world.stdin.end());
});
