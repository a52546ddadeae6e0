import { describe, expect, it } from 'vitest';
import { clip, data, escapeHtml, html, join } from './html.js';

describe('html', () => {
  it('escapes every value in text and attributes', () => {
    const hostile = `"><img src=x onerror='a'>&\``;
    expect(html`<b title="${hostile}">${hostile}</b>`.text).toBe(
      '<b title="&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&#96;">&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&#96;</b>',
    );
  });

  it('keeps finished pieces, drops absent ones, and walks lists', () => {
    expect(html`<p>${html`<i>${'<'}</i>`}${undefined}${false}${null}${[1, 'a&', html`<b></b>`]}</p>`.text).toBe(
      '<p><i>&lt;</i>1a&amp;<b></b></p>',
    );
    expect(join(['a<', html`<b></b>`], ' & ').text).toBe('a&lt; &amp; <b></b>');
  });

  it('replaces control characters and halves of characters', () => {
    expect(escapeHtml('a\u0000b\u001bc\ud800d\u0085e\n')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\n');
  });

  it('clips by visible characters and never inside one', () => {
    expect(clip('👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 2)).toBe('👨‍👩‍👧‍👦👨‍👩‍👧‍👦…');
    expect(clip('  a \n b ', 10)).toBe('a b');
    expect(clip('', 10)).toBe('(empty)');
    expect(clip('x'.repeat(1e6), 5)).toBe('xxxxx…');
  });

  it('isolates names from the data and keeps the whole of a long one at hand', () => {
    expect(data('\u202eevil').text).toBe('<bdi class="d">\u202eevil</bdi>');
    expect(data('abcdef', 3).text).toBe('<bdi class="d" title="abcdef">abc…</bdi>');
  });
});
