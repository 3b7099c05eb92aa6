/** Short messages at the edge of the screen. */

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad" | "fire";
  /** Where it leads, or what it does. */
  action?: { label: string; href?: string; act?: () => void };
}

const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

class Toasts {
  items: Toast[] = $state([]);
  #last = 0;

  /** Shows a message for a while; the answer takes it away. */
  show(text: string, more: { tone?: Toast["tone"]; action?: Toast["action"]; ms?: number } = {}): () => void {
    const id = ++this.#last;
    const toast: Toast = { id, text, tone: more.tone ?? "plain" };
    if (more.action) toast.action = more.action;
    this.items = [...this.items.slice(1 - SHOWN_MAX), toast];
    const hide = () => this.hide(id);
    setTimeout(hide, more.ms ?? SHOWN_MS);
    return hide;
  }

  bad(text: string): void {
    this.show(text, { tone: "bad", ms: 9_000 });
  }

  hide(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
