/** Knows how times, names and counts are written for readers; not where. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

/** The reader's time of day, `14:03`. */
export const timeOfDay = (iso) => clock.format(new Date(iso));

/** The reader's day, `Mon, 23 Nov`, or `Today`. */
export function dayOf(iso) {
  const date = new Date(iso);
  return date.toDateString() === new Date().toDateString() ? "Today" : day.format(date);
}

/** The UTC time of day to the second, as the archive writes it. */
export const utcTime = (iso) => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? String(iso) : date.toISOString().slice(11, 19);
};

/** `AL` for Ada Lindqvist. */
export const initials = (name) =>
  name
    .split(/\s+/u)
    .filter((part) => /^[\p{L}\p{N}]/u.test(part))
    .slice(0, 2)
    .map((part) => Array.from(part)[0].toUpperCase())
    .join("");

/** A number from 0 to 5 that is always the same for the same name: the colour of an avatar. */
export const hue = (name) => Array.from(name).reduce((sum, letter) => (sum * 17 + letter.codePointAt(0)) % 2003, 1) % 6;

/** What a person is called in a sentence; a number stays whole. */
export function firstName(name) {
  const first = name.split(/\s+/u)[0] ?? name;
  return /^\p{L}/u.test(first) ? first : name;
}

/** `1 record`, `2 records`. */
export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** `412 bytes`, `37 KB`, `1.4 MB`. */
export function fileSize(bytes) {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
