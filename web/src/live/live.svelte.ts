/**
 * What happens now: prices of the instruments that are on the screen, and this account's alerts, fires and
 * deliveries, over one connection. Where there is no such connection, everything is asked for again every
 * few seconds instead.
 */

import { SvelteMap } from "svelte/reactivity";

import { type Alert, api, authorized, type Delivery, type Fire } from "../api/client.ts";
import { session } from "../api/session.svelte.ts";
import { readEvents, type ServerEvent } from "./events.ts";

export interface Quote {
  price: string;
  time: string;
  /** Which way it last moved: -1, 0 or 1. */
  moved: number;
}

interface Told {
  alert: Alert;
  fire: Fire;
  delivery: Delivery;
  /** Whatever was read before may be old: read it again. */
  refresh: null;
}
type Hearer<K extends keyof Told> = (what: Told[K]) => void;

/** Instruments that one connection asks prices of. */
const INSTRUMENTS_MAX = 500;
/** Changes of what is on the screen are gathered for so long. */
const SETTLE_MS = 250;
/** The server sends a sign of life every 15 seconds. */
const SILENCE_MAX_MS = 40_000;
const WAIT_MIN_MS = 1_000;
const WAIT_MAX_MS = 30_000;
const POLL_MS = 4_000;

class Live {
  /** `live`, or `polling` where the server's stream cannot be had. */
  state: "connecting" | "live" | "polling" = $state("connecting");
  prices = new SvelteMap<string, Quote>();

  #wanted = new Map<string, number>();
  #asked = new Set<string>();
  #hearers: { [K in keyof Told]: Set<Hearer<K>> } = {
    alert: new Set(),
    fire: new Set(),
    delivery: new Set(),
    refresh: new Set(),
  };
  #settling: ReturnType<typeof setTimeout> | undefined;

  /** Keeps prices of these instruments coming, until the answer is called. */
  watch(instruments: Iterable<string>): () => void {
    const mine = new Set(instruments);
    for (const id of mine) this.#wanted.set(id, (this.#wanted.get(id) ?? 0) + 1);
    this.#settle();
    return () => {
      for (const id of mine) {
        const left = (this.#wanted.get(id) ?? 1) - 1;
        if (left > 0) this.#wanted.set(id, left);
        else this.#wanted.delete(id);
      }
    };
  }

  /** Calls back on everything of a kind that happens, until the answer is called. */
  on<K extends keyof Told>(kind: K, hearer: Hearer<K>): () => void {
    this.#hearers[kind].add(hearer);
    return () => void this.#hearers[kind].delete(hearer);
  }

  /** Notes a price that came with an answer, unless a newer one is known. */
  note(instrument: string, price: string, time: string): void {
    const known = this.prices.get(instrument);
    if (known && (known.time >= time || known.price === price)) return;
    const moved = known ? Math.sign(Number(price) - Number(known.price)) : 0;
    this.prices.set(instrument, { price, time, moved });
  }

  /** Begins; the answer ends it. */
  start(): () => void {
    const connection = new AbortController();
    void this.#run(connection.signal);
    return () => {
      clearTimeout(this.#settling);
      connection.abort();
      this.prices.clear();
    };
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      const isAsked = [...this.#wanted.keys()].every((id) => this.#asked.has(id));
      if (!isAsked) this.#restart?.();
    }, SETTLE_MS);
  }

  /** Ends the present connection, so that the next one asks for what is wanted now. */
  #restart: (() => void) | null = null;

  async #run(signal: AbortSignal): Promise<void> {
    let wait = WAIT_MIN_MS;
    let isFirst = true;
    while (!signal.aborted) {
      const began = Date.now();
      const end = await this.#listen(signal, isFirst);
      if (signal.aborted) return;
      isFirst = false;
      if (end === "changed") continue;
      if (end === "refused") await this.#poll(signal);
      if (Date.now() - began > WAIT_MAX_MS) wait = WAIT_MIN_MS;
      this.state = "connecting";
      await pause(wait * (0.5 + Math.random() / 2), signal);
      wait = Math.min(wait * 2, WAIT_MAX_MS);
    }
  }

  async #listen(signal: AbortSignal, isFirst: boolean): Promise<"changed" | "ended" | "refused"> {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    signal.addEventListener("abort", stop);
    let isChanged = false;
    this.#restart = () => {
      isChanged = true;
      stop();
    };
    let watchdog = setTimeout(stop, SILENCE_MAX_MS);
    try {
      this.#asked = new Set([...this.#wanted.keys()].slice(0, INSTRUMENTS_MAX));
      const asked = this.#asked.size ? `?instruments=${[...this.#asked].map(encodeURIComponent).join(",")}` : "";
      const request = new Request(`/api/stream${asked}`, { signal: attempt.signal });
      const response = await authorized(request);
      // Too many streams of this person, or something in between that lets none through.
      if (response.status >= 400 && response.status < 500 && response.status !== 401) return "refused";
      if (!response.ok || !response.body) return "ended";
      this.state = "live";
      // What happened between two connections was told by neither.
      if (!isFirst) this.#tell("refresh", null);
      const heard = () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(stop, SILENCE_MAX_MS);
      };
      for await (const event of readEvents(response.body, heard)) this.#take(event);
      return "ended";
    } catch {
      return isChanged ? "changed" : "ended";
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener("abort", stop);
      this.#restart = null;
    }
  }

  #take({ event, data }: ServerEvent): void {
    if (event === "price") {
      const { instrument, price, time } = JSON.parse(data) as { instrument: string; price: string; time: string };
      this.note(instrument, price, time);
    } else if (event === "reload") {
      this.#tell("refresh", null);
    } else if (event === "alert" || event === "fire" || event === "delivery") {
      this.#tell(event, JSON.parse(data));
    }
  }

  #tell<K extends keyof Told>(kind: K, what: Told[K]): void {
    for (const hearer of [...this.#hearers[kind]]) hearer(what);
  }

  /** Asks every few seconds, for a minute; then the stream is tried again. */
  async #poll(signal: AbortSignal): Promise<void> {
    this.state = "polling";
    for (let round = 0; round < 15 && !signal.aborted && session.state === "in"; round++) {
      const wanted = [...this.#wanted.keys()].slice(0, 8);
      await Promise.all(wanted.map((id) => this.#ask(id))).catch(() => null);
      if (round > 0) this.#tell("refresh", null);
      await pause(POLL_MS, signal);
    }
  }

  async #ask(id: string): Promise<void> {
    const { data } = await api.GET("/api/instruments/{id}", { params: { path: { id } } });
    if (data?.market) this.note(id, data.market.price, data.market.time);
  }
}

export const live = new Live();

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
