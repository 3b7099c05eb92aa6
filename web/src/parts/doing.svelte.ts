/** What can be done to alerts, one or many. Each says on the screen what came of it. */

import { SvelteSet } from "svelte/reactivity";

import { api, got } from "../api/client.ts";
import { said } from "../api/problem.ts";
import { count } from "../lib/format.ts";
import { toasts } from "../ui/toasts.svelte.ts";

type Action = "pause" | "resume" | "delete";

/** Alerts of one call. */
const AT_ONCE = 1_000;
/** How long a deletion waits for second thoughts. */
const UNDO_MS = 6_000;

const DONE: Record<Action, string> = { pause: "paused", resume: "resumed", delete: "deleted" };

/** Pauses, resumes or deletes alerts, and tells which failed. */
export async function act(ids: string[], action: Action): Promise<void> {
  try {
    const failed: string[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      failed.push(...(await bulk(ids.slice(from, from + AT_ONCE), action)));
    }
    const done = ids.length - failed.length;
    if (done) toasts.show(`${count(done, "alert")} ${DONE[action]}.`);
    if (failed.length) toasts.bad(`${count(failed.length, "alert")} could not be ${DONE[action]}: ${failed[0]}`);
  } catch (error) {
    toasts.bad(said(error));
  }
}

/** The codes of what stood against it, for the alerts it was not done to. */
async function bulk(ids: string[], action: Action, keepalive = false): Promise<string[]> {
  const { items } = await got(api.POST("/api/alerts/bulk", { body: { ids, action }, keepalive }));
  return items.flatMap(({ problem }) => (problem ? [problem.replaceAll("_", " ")] : []));
}

/**
 * Deletions that wait for second thoughts. Until its time is over an alert lives on, and says so; when the
 * page is left before, it is deleted then.
 */
class Deletions {
  waiting = new SvelteSet<string>();

  constructor() {
    addEventListener("pagehide", () => {
      const ids = [...this.waiting];
      this.waiting.clear();
      if (ids.length) void bulk(ids, "delete", true);
    });
  }

  ask(ids: string[], then?: () => void): void {
    for (const id of ids) this.waiting.add(id);
    const timer = setTimeout(() => void this.#finish(ids).then(then), UNDO_MS);
    toasts.show(`${count(ids.length, "alert")} will be deleted.`, {
      ms: UNDO_MS,
      action: {
        label: "Undo",
        act: () => {
          clearTimeout(timer);
          for (const id of ids) this.waiting.delete(id);
        },
      },
    });
  }

  async #finish(ids: string[]): Promise<void> {
    const due = ids.filter((id) => this.waiting.has(id));
    if (due.length) await act(due, "delete");
    for (const id of due) this.waiting.delete(id);
  }
}

export const deletions = new Deletions();

/** Keeps an alert quiet for so long; null lets it speak again. */
export async function snooze(id: string, span: string | null): Promise<void> {
  const body = span === null ? { until: null } : { for: span };
  await attempt(got(api.POST("/api/alerts/{id}/snooze", { params: { path: { id } }, body })));
}

/** Arms an alert anew, at the price of now. */
export async function rearm(id: string): Promise<void> {
  if (await attempt(got(api.POST("/api/alerts/{id}/rearm", { params: { path: { id } } })))) {
    toasts.show("Armed anew, at the price of now.");
  }
}

async function attempt(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    toasts.bad(said(error));
    return false;
  }
}
