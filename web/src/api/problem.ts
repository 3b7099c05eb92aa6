/** What the API says when it does not do something (RFC 9457). */

export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: FieldProblem[] = [],
  ) {
    super(message);
  }

  /** What is wrong with a field, for people; undefined where nothing is. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message;
  }
}

/** The problem of an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  return problemFrom(response.status, body);
}

/** The problem that a body tells. */
export function problemFrom(status: number, body: unknown): Problem {
  if (body && typeof body === "object" && "code" in body) {
    const { code, detail, title, errors } = body as Record<string, unknown>;
    return new Problem(status, String(code), String(detail ?? title), (errors as FieldProblem[]) ?? []);
  }
  return new Problem(status, "unknown", `The server answered with status ${status}.`);
}

/** Words for whatever went wrong; `isRepeated` where a timer tries it again. */
export function said(error: unknown, isRepeated = false): string {
  if (error instanceof Problem) {
    return error.errors.length === 1 ? `${error.message} ${fieldSaid(error.errors[0]!)}` : error.message;
  }
  if (error instanceof TypeError) return `The server cannot be reached.${isRepeated ? " It is tried again." : ""}`;
  return error instanceof Error ? error.message : "Something went wrong.";
}

function fieldSaid({ field, message }: FieldProblem): string {
  return field ? `${field} ${message}.` : `${message}.`;
}
