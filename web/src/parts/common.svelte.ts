/** What alerts of every kind have, as it is being written. */

import type { Alert, Repeat } from "../api/client.ts";
import { fromLocal, toLocal } from "../lib/clock.svelte.ts";

interface Common {
  name: string;
  note: string;
  message: string;
  tags: string[];
  expires_at: string | null;
  channels: string[];
}

export class CommonForm {
  mode: "once" | "every" = $state("once");
  cooldown = $state("15m");
  maxFires = $state("");
  name = $state("");
  note = $state("");
  /** Its own words for the message, with placeholders as they are written. */
  message = $state("");
  tags = $state("");
  expires = $state("");
  channels: string[] = $state(["email"]);

  /** Takes over what an alert has of it. */
  protected read(alert: Alert): void {
    this.mode = alert.repeat.mode;
    if (alert.repeat.mode === "every") {
      this.cooldown = alert.repeat.cooldown ?? "0s";
      this.maxFires = alert.repeat.max_fires ? String(alert.repeat.max_fires) : "";
    }
    this.name = alert.name;
    this.note = alert.note;
    this.message = alert.message;
    this.tags = alert.tags.join(", ");
    this.expires = alert.expires_at ? toLocal(alert.expires_at) : "";
    this.channels = [...alert.channels];
  }

  /** What the API is sent of it. */
  protected common(): Common {
    return {
      name: this.name.trim(),
      note: this.note.trim(),
      message: this.message.trim(),
      tags: listed(this.tags),
      expires_at: this.expires ? fromLocal(this.expires) : null,
      channels: [...this.channels],
    };
  }

  protected repeat(): Repeat {
    if (this.mode === "once") return { mode: "once" };
    const most = this.maxFires.trim();
    return { mode: "every", cooldown: this.cooldown.trim() || "0s", ...(most ? { max_fires: Number(most) } : {}) };
  }
}

/** The words between the commas. */
export function listed(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter(Boolean);
}
