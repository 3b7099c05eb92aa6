/** The world of a test: simulated venues and an inbox, a service that lives in it, and calls to both. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** The program under test. */
const PROGRAM = process.env.BELLWETHER ?? "../target/debug/bellwether";
const PATIENCE_MS = 30_000;
/** What the simulated eBay sells its tokens for. */
const EBAY = { id: "Bellwether-simulator", secret: "SBX-simulated-secret" };
export const PASSWORD = "watch the bells";

export interface World {
  url: string;
  stop(): Promise<void>;
  /** A trade at the simulated Binance. */
  trade(symbol: string, price: string): Promise<void>;
  /** Something to be found at the simulated eBay, in dollars; in a category where one is named. */
  offer(title: string, price: string, category?: string): Promise<void>;
  /** The last price at the simulated Binance. */
  price(symbol: string): Promise<number>;
  /** Waits for a mail to an address whose subject contains a text; its body. */
  mail(to: string, subject: string): Promise<string>;
  /** Makes an account, as the operator does. */
  add(email: string): void;
  /** Makes somebody an administrator, as the operator does. */
  promote(person: Person): void;
  /** Makes an account whose address is verified. */
  person(): Promise<Person>;
}

export interface Person {
  email: string;
  token: string;
  call<T = any>(method: string, path: string, body?: unknown): Promise<T>;
}

/** A world; with more settings of the service, where a test needs it otherwise. What was begun of one ends if it fails. */
export async function startWorld(more: Record<string, string> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "bellwether-e2e-"));
  const children: ChildProcess[] = [];
  const start: Start = (args, cwd) => {
    const child = spawn(program(), args, { stdio: ["ignore", "pipe", "inherit"], ...(cwd ? { cwd } : {}) });
    children.push(child);
    return child;
  };
  async function stop(): Promise<void> {
    await Promise.all(children.map(ended));
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    return await beginWorld(folder, more, start, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

type Start = (args: string[], cwd?: string) => ChildProcess;

async function beginWorld(folder: string, more: Record<string, string>, start: Start, stop: () => Promise<void>): Promise<World> {
  const any = "127.0.0.1:0";
  // Every listener of the simulators takes any free port.
  const places = execFileSync(program(), ["simulate", "--help"], { encoding: "utf8" }).matchAll(/--(\S+) <ADDRESS:PORT>/g);
  const simulators = start(["simulate", "--json", ...[...places].flatMap(([, place]) => [`--${place}`, any])]);
  const box = JSON.parse(await firstLine(simulators)) as Record<string, string>;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    "server.public_url": url,
    "server.metrics_listen": any,
    "store.url": `sqlite:${join(folder, "bellwether.db")}`,
    "mail.url": `smtp://${box.inbox_smtp}?tls=none`,
    "outgoing.allow": "127.0.0.1",
    "log.level": "warn",
    "ebay.rest_url": box.ebay ?? "",
    "ebay.client_id": EBAY.id,
    "ebay.client_secret": EBAY.secret,
    ...Object.fromEntries(
      Object.entries(box).flatMap(([key, address]) => {
        const [, venue, way] = /^(\w+)_(ws|rest)$/.exec(key) ?? [];
        return venue ? [[`venues.${venue}.${way}_url`, address]] : [];
      }),
    ),
    ...more,
  };
  start(["serve", "--listen", `127.0.0.1:${port}`, ...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`])], folder);
  await until(async () => (await fetch(`${url}/readyz`)).ok);
  const control = `${box.binance_rest}/control`;
  const post = (address: string, body: unknown) =>
    fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  // Only the tests trade.
  await post(`${control}/pause`, {});

  const world: World = {
    url,
    stop,
    async trade(symbol, price) {
      const answer = await post(`${control}/trades`, { symbol, price });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async offer(title, price, category) {
      const answer = await post(`${box.ebay}/control/items`, { title, price, shipping: "7.50", ...(category ? { category } : {}) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async price(symbol) {
      const answer = await fetch(`${box.binance_rest}/api/v3/ticker/price?symbol=${symbol}`);
      return Number(((await answer.json()) as { price: string }).price);
    },
    async mail(to, subject) {
      let body = "";
      await until(async () => {
        const list = (await (await fetch(`${box.inbox_http}/api/mails?to=${encodeURIComponent(to)}`)).json()) as { items: { id: number; subject: string }[] };
        const mail = list.items.find((item) => item.subject.includes(subject));
        if (!mail) return false;
        body = JSON.stringify(await (await fetch(`${box.inbox_http}/api/mails/${mail.id}`)).json());
        return true;
      });
      return body;
    },
    add(email) {
      execFileSync(program(), ["users", "add", email, "--password-stdin", "--store", settings["store.url"]], { cwd: folder, input: `${PASSWORD}\n` });
    },
    promote({ email }) {
      execFileSync(program(), ["users", "promote", email, "--store", settings["store.url"]], { cwd: folder });
    },
    person: () => makePerson(world),
  };
  return world;
}

let people = 0;

async function makePerson(world: World): Promise<Person> {
  const email = `person${++people}-${Date.now()}@example.org`;
  const send = async (method: string, path: string, body?: unknown, token?: string) => {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token) headers.authorization = `Bearer ${token}`;
    const response = await fetch(world.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  await send("POST", "/api/users", { email, password: PASSWORD });
  await verify(world, email);
  const { access } = await send("POST", "/api/token", { email, password: PASSWORD });
  return { email, token: access, call: (method, path, body) => send(method, path, body, access) };
}

/** Follows the link of the verification mail, as a person would. */
export async function verify(world: World, email: string): Promise<void> {
  const mail = await world.mail(email, "Confirm");
  const token = /verify\?token=([\w.%-]+)/.exec(mail)?.[1];
  if (!token) throw new Error(`no link in ${mail}`);
  const answer = await fetch(`${world.url}/verify`, { method: "POST", body: new URLSearchParams({ token: decodeURIComponent(token) }) });
  if (!answer.ok) throw new Error(`the address was not verified: ${answer.status}`);
}

export async function until(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    if (await done().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`in vain: ${done}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

function program(): string {
  return resolve(PROGRAM);
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error("the simulators ended");
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(hard);
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
