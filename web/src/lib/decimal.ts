/**
 * Exact decimals as text, as the API has them. What is shown or sent as a price is computed here;
 * binary fractions serve for pixels and percentages only.
 */

interface Scaled {
  units: bigint;
  scale: number;
}

const PLAIN = /^-?\d+(\.\d+)?$/;

/** Whether a text is a plain decimal. */
export function isDecimal(text: string): boolean {
  return PLAIN.test(text);
}

function read(text: string): Scaled {
  const [whole = "0", fraction = ""] = text.split(".");
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function align(a: string, b: string): [bigint, bigint, number] {
  const [x, y] = [read(a), read(b)];
  const scale = Math.max(x.scale, y.scale);
  const at = (n: Scaled) => n.units * 10n ** BigInt(scale - n.scale);
  return [at(x), at(y), scale];
}

function write(units: bigint, scale: number): string {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return sign + whole + (fraction && `.${fraction}`);
}

/** A decimal as it was typed, without what only groups its digits. */
export function typed(text: string): string {
  return text.trim().replace(/[\s,_](?=\d)/g, "");
}

/** `a - b`. */
export function minus(a: string, b: string): string {
  const [x, y, scale] = align(a, b);
  return write(x - y, scale);
}

/** Less than zero, zero, or more, as `a` is less than, equal to, or more than `b`. */
export function compare(a: string, b: string): number {
  const [x, y] = align(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Without its sign. */
export function magnitude(a: string): string {
  return a.startsWith("-") ? a.slice(1) : a;
}

/** A number rounded to a multiple of the tick size, or to six significant digits where none is known. */
export function toPrice(value: number, tickSize?: string | null): string {
  if (!(value > 0) || !Number.isFinite(value)) return "0";
  if (!tickSize || Number(tickSize) === 0) {
    const decimals = Math.max(0, Math.min(18, 5 - Math.floor(Math.log10(value))));
    return write(read(value.toFixed(decimals)).units, decimals);
  }
  const { units, scale } = read(tickSize);
  const steps = BigInt(Math.max(1, Math.round(value / Number(tickSize))));
  return write(steps * units, scale);
}

/** A plain decimal moved by about so many percent, to a number that one would say: four digits of it. */
export function shifted(price: string, percent: number, tickSize?: string | null): string {
  return toPrice(Number((Number(price) * (1 + percent / 100)).toPrecision(4)), tickSize);
}
