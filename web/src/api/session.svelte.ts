/**
 * Who is logged in. The access token lives in memory alone; what outlives the page is a cookie that no
 * script can read, which buys the next token.
 */

import { problemOf } from "./problem.ts";
import type { components } from "./schema.d.ts";

type Me = components["schemas"]["Me"];

interface Granted {
  access: string;
  expires_in: number;
}

/** A token is renewed so long before its end. */
const RENEW_BEFORE_MS = 30_000;

class Session {
  state: "starting" | "out" | "in" = $state("starting");
  me: Me | null = $state(null);

  #access = "";
  #until = 0;
  #renewal: Promise<boolean> | null = null;

  /** Whether this is the owner of a service that runs for its owner alone, who needs no login on this machine. */
  get isAlone(): boolean {
    return this.me?.single_user ?? false;
  }

  /** Goes on with the login that the cookie holds, or without one where the service asks for none. */
  async start(): Promise<void> {
    await this.renew().catch(() => false);
    if (!(await this.readMe().catch(() => false))) this.#forget();
  }

  async logIn(email: string, password: string): Promise<void> {
    this.#take(await post("/api/session", { email, password }));
    await this.readMe();
  }

  async signUp(email: string, password: string): Promise<void> {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const made = await send("/api/users", { email, password, time_zone });
    if (!made.ok) throw await problemOf(made);
    await this.logIn(email, password);
  }

  /** Asks for a mail with a link that replaces a forgotten password. */
  async askForLink(email: string): Promise<void> {
    const asked = await send("/api/password/reset", { email });
    if (!asked.ok) throw await problemOf(asked);
  }

  /** Replaces a forgotten password, by the secret of such a link. It ends every login, this one too. */
  async replacePassword(token: string, password: string): Promise<void> {
    const replaced = await send("/api/password", { token, password });
    if (!replaced.ok) throw await problemOf(replaced);
    await this.logOut();
  }

  async logOut(): Promise<void> {
    await fetch("/api/session", { method: "DELETE" }).catch(() => null);
    this.#forget();
    // Where the service asks for no login, its owner is who goes on.
    await this.start();
  }

  /** A token that is good for a while; an empty one where nobody is logged in. */
  async token(): Promise<string> {
    if (this.#access && Date.now() > this.#until - RENEW_BEFORE_MS) await this.renew();
    return this.#access;
  }

  /** Exchanges the cookie for the next token. Whether there is one now. */
  renew(): Promise<boolean> {
    // One at a time, over all of the browser's tabs: each cookie is good for one exchange.
    this.#renewal ??= locked("bellwether-session", () => this.#exchange()).finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #exchange(): Promise<boolean> {
    const held = this.#access;
    const response = await fetch("/api/session/refresh", { method: "POST" });
    if (response.ok) {
      this.#take((await response.json()) as Granted);
      return true;
    }
    // A server that is busy has not ended the login, nor is one over that was begun meanwhile. Before the first answer
    // there is none to be ended: whether one is needed at all is still asked for.
    const isOver = response.status === 401 || response.status === 403 || response.status === 404;
    if (isOver && held === this.#access && this.state !== "starting") this.#forget();
    return false;
  }

  async readMe(): Promise<boolean> {
    const held = this.#access;
    const headers: HeadersInit = held ? { authorization: `Bearer ${held}` } : {};
    const response = await fetch("/api/me", { headers });
    // An answer to who was there before is of no use.
    if (held !== this.#access) return this.readMe();
    if (!response.ok) throw await problemOf(response);
    this.me = (await response.json()) as Me;
    this.state = "in";
    return true;
  }

  #take({ access, expires_in }: Granted): void {
    this.#access = access;
    this.#until = Date.now() + expires_in * 1_000;
  }

  #forget(): void {
    this.#access = "";
    this.me = null;
    this.state = "out";
  }
}

export const session = new Session();

function send(path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function post(path: string, body: unknown): Promise<Granted> {
  const response = await send(path, body);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Granted;
}

function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(name, work) as Promise<T>) : work();
}
