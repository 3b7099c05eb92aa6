/** An alert on a price as it is being written. */

import type { NewPriceAlert, PriceAlert } from "../api/client.ts";
import { type Draft, emptyDraft, type Kind, toCondition, toDraft } from "../lib/conditions.ts";
import { CommonForm } from "./common.svelte.ts";

export class AlertForm extends CommonForm {
  instrument = $state("");
  condition: Draft = $state(emptyDraft());

  static of(alert: PriceAlert): AlertForm {
    const form = new AlertForm();
    form.read(alert);
    form.instrument = alert.instrument;
    form.condition = toDraft(alert.condition);
    return form;
  }

  /** A form that an address asks for: `?instrument=…&type=…&price=…`. */
  static asked(query: URLSearchParams): AlertForm {
    const form = new AlertForm();
    form.instrument = query.get("instrument") ?? "";
    form.condition = emptyDraft((query.get("type") as Kind | null) ?? "crossing");
    form.condition.price = query.get("price") ?? "";
    return form;
  }

  /** Whether enough stands in it to be asked about. */
  get isWhole(): boolean {
    const { type, price, low, high, by, percent, amount, of } = this.condition;
    if (!this.instrument) return false;
    if (/crossing|above|below/.test(type)) return price.trim() !== "";
    if (type.includes("channel")) return low.trim() !== "" && high.trim() !== "";
    if (["change", "moving", "trailing"].includes(type)) return (by === "percent" ? percent : amount).trim() !== "";
    return type === "all" || type === "any" ? of.length >= 2 : true;
  }

  /** What the API is sent. */
  toAlert(): NewPriceAlert & { expires_at: string | null } {
    return {
      instrument: this.instrument,
      condition: toCondition(this.condition),
      repeat: this.repeat(),
      ...this.common(),
    };
  }
}
