import * as z from 'zod';

const date = z.iso.date();

/** Holidays as a plan writes them down: of each year its days, `01-01 05-01 12-25`. What is known runs from the first of the years to the last. */
export const calendar = z.strictObject({
  name: z.string().min(1).max(60),
  years: z
    .record(z.string().regex(/^\d{4}$/), z.string().max(4000))
    .refine((years) => Object.keys(years).length > 0, 'there is no year')
    .refine(
      (years) => datesOf(years).every((d) => date.safeParse(d).success),
      'days are written month-day, divided by blanks: 01-01 12-25',
    ),
});

export type Calendar = z.infer<typeof calendar>;

const DAY = 86_400_000;

/** The holidays of a calendar, and the first and last day that it knows of, as days since 1970. */
export function calendarDays({ years }: Calendar): { days: number[]; span: [number, number] } {
  const named = Object.keys(years).sort();
  const day = (text: string): number => Date.parse(text) / DAY;
  return {
    days: [...new Set(datesOf(years).map(day))].sort((a, b) => a - b),
    span: [day(`${named[0]}-01-01`), day(`${named.at(-1)}-12-31`)],
  };
}

/** The calendar of these days (`2024-12-25`), which are all that there are in its years. */
export function calendarOf(name: string, dates: Iterable<string>, [first, last]: readonly [number, number]): Calendar {
  const years: Record<string, string> = {};
  for (let year = first; year <= last; year++) years[String(year).padStart(4, '0')] = '';
  for (const text of [...new Set(dates)].sort()) {
    const [year, day] = [text.slice(0, 4), text.slice(5)];
    if (Object.hasOwn(years, year)) years[year] = years[year] ? `${years[year]} ${day}` : day;
  }
  return { name, years };
}

function datesOf(years: Readonly<Record<string, string>>): string[] {
  return Object.entries(years).flatMap(([year, days]) => (days === '' ? [] : days.split(' ').map((d) => `${year}-${d}`)));
}
