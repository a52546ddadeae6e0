/**
 * Splits a command line into options and words.
 * @param known option name → 'flag' or its default value (always text, or undefined for none)
 * @example readArguments(['--budget', '10', 'x'], { budget: '30', quick: 'flag' }) // { options: { budget: '10', quick: false }, words: ['x'] }
 */
export function readArguments(args, known) {
  const options = {};
  for (const [name, value] of Object.entries(known)) options[name] = value === 'flag' ? false : value;
  const words = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    if (!word.startsWith('--')) {
      words.push(word);
      continue;
    }
    const [name, inline] = word.slice(2).split(/=(.*)/s);
    if (!Object.hasOwn(known, name))
      throw new Error(
        `unknown option --${name}; there are ${Object.keys(known)
          .map((n) => `--${n}`)
          .join(', ')}`,
      );
    if (known[name] === 'flag') options[name] = true;
    else {
      const value = inline ?? args[++i];
      if (value === undefined) throw new Error(`--${name} needs a value`);
      options[name] = value;
    }
  }
  return { options, words };
}

/** "10,60" → [10, 60]. */
export function numbers(text) {
  return text.split(',').map((part) => {
    const value = Number(part);
    if (!Number.isFinite(value)) throw new Error(`"${part}" is not a number`);
    return value;
  });
}

/** "a,b" → Set { a, b }; undefined stays. */
export function names(text) {
  return text === undefined ? undefined : new Set(text.split(',').filter(Boolean));
}
