/** Which page is shown: the address below `/app/`, kept in the browser's history. */

const BASE = "/app";

class Route {
  /** The path below `/app`, such as `/alerts/01a1…`; never empty. */
  path = $state("/");
  /** What stands behind the question mark. */
  query = $state(new URLSearchParams());

  constructor() {
    this.read();
    addEventListener("popstate", () => this.read());
    document.addEventListener("click", (event) => this.#follow(event));
  }

  read(): void {
    const path = location.pathname.slice(BASE.length).replace(/\/+$/, "");
    this.path = path === "" ? "/" : path;
    this.query = new URLSearchParams(location.search);
  }

  /** Takes over links to our own pages; everything else is the browser's. */
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.("a");
    if (!link || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    navigate(link.pathname.slice(BASE.length) + link.search);
  }
}

export const route = new Route();

/** The address of a page, for a link. */
export function href(path: string): string {
  return BASE + path;
}

/** Shows another page. */
export function navigate(path: string, how: { replace?: boolean } = {}): void {
  const address = href(path);
  if (how.replace) history.replaceState(null, "", address);
  else if (address !== location.pathname + location.search) history.pushState(null, "", address);
  route.read();
  if (!how.replace) scrollTo(0, 0);
}

/** Puts the filters of a page into its address, without another step in the history. */
export function setQuery(query: URLSearchParams): void {
  const text = query.toString();
  navigate(route.path + (text && `?${text}`), { replace: true });
}

/** The parts of a path that a pattern such as `/alerts/:id` leaves open, or null where it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const open: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) open[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return open;
}
