/** What this browser prefers. Nothing of it is secret, so it may stay in the browser's storage. */

export type Theme = "system" | "light" | "dark";

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

class Preferences {
  theme: Theme = $state(read("theme", "system") as Theme);
  /** Whether single keys do something. */
  keys: boolean = $state(read("keys", "on") === "on");
  #isSystemDark = $state(systemIsDark.matches);
  /** Whether the page is dark now. */
  isDark = $derived(this.theme === "dark" || (this.theme === "system" && this.#isSystemDark));

  constructor() {
    systemIsDark.addEventListener("change", (event) => {
      this.#isSystemDark = event.matches;
      this.apply();
    });
    this.apply();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    write("theme", theme);
    this.apply();
  }

  setKeys(keys: boolean): void {
    this.keys = keys;
    write("keys", keys ? "on" : "off");
  }

  apply(): void {
    document.documentElement.dataset.theme = this.isDark ? "dark" : "light";
  }
}

function read(name: string, otherwise: string): string {
  try {
    return localStorage.getItem(`bellwether.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`bellwether.${name}`, value);
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}

export const preferences = new Preferences();
