import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadHolidays } from './load-holidays.js';

describe('loadHolidays', () => {
  it('knows the public holidays of a district, replacement days too, and no observances', async () => {
    const [calendar] = await loadHolidays(['us-dc']);
    expect(calendar?.name).toBe('US-DC');
    expect(Object.keys(calendar?.years ?? {})).toHaveLength(60);
    // the eleven days of the U.S. Office of Personnel Management and the District's own, Emancipation Day; but Veterans Day on its Sunday alone
    expect(calendar?.years['2012']).toBe('01-01 01-02 01-16 02-20 04-16 05-28 07-04 09-03 10-08 11-11 11-22 12-25');
  });

  it('reads lists of a person’s own, whatever their spelling', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holidays-'));
    await writeFile(
      join(folder, 'closed.csv'),
      'what,closed on\nSpring,31.03.2023\nStock,14.01.2025\nStock,15.01.2025\nSpring,14.01.2025\n',
    );
    expect(await loadHolidays([join(folder, 'closed.csv')])).toEqual([
      { name: 'closed', years: { 2023: '03-31', 2024: '', 2025: '01-14 01-15' } },
    ]);
    await writeFile(join(folder, 'none.csv'), 'what,n\nSpring,1\nAutumn,2\n');
    await expect(loadHolidays([join(folder, 'none.csv')])).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(loadHolidays([join(folder, 'absent.csv')])).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
  });

  it.each([
    ['Germany', 'Did you mean DE (Germany)?'],
    ['XX', 'ISO 3166'],
    ['constructor', 'ISO 3166'],
    ['DE-XX', 'The states of DE: '],
    ['DE-BY-ZZ', 'The regions of DE-BY: '],
    ['DE-BY-A-B', 'ISO 3166'],
  ])('says what it knows instead of %s', async (place, hint) => {
    await expect(loadHolidays([place])).rejects.toMatchObject({ code: 'OPTION_INVALID', hint: expect.stringContaining(hint) });
  });
});
