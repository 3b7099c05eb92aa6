/** The channels of this account, by their ids, for whatever names them. */

import { api, type ChannelInfo, got } from "../api/client.ts";
import { session } from "../api/session.svelte.ts";
import type { IconName } from "../ui/Icon.svelte";

export interface Named {
  id: string;
  name: string;
  icon: IconName;
}

/** Channels of one account; more are not read here. */
const READ_MAX = 100;

class Channels {
  items: ChannelInfo[] = $state.raw([]);
  #isRead = false;

  /** Reads them, once. */
  need(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    void this.reload().catch(() => (this.#isRead = false));
  }

  async reload(): Promise<void> {
    const { items } = await got(api.GET("/api/channels", { params: { query: { page_size: READ_MAX } } }));
    this.items = items;
    this.#isRead = true;
  }

  forget(): void {
    this.items = [];
    this.#isRead = false;
  }

  /** What a list of channel ids names. */
  of(ids: string[]): Named[] {
    return ids.map((id) => {
      if (id === "email") return { id, name: session.me?.email ?? "E-mail", icon: "mail" };
      const known = this.items.find((channel) => channel.id === id);
      return { id, name: known?.name ?? "a channel", icon: iconOf(known?.kind ?? "") };
    });
  }
}

export const channels = new Channels();

export function iconOf(kind: string): IconName {
  return kind === "email" ? "mail" : kind === "webhook" ? "hook" : "send";
}
