/** The stream of test/golden/online.py: three numbers and a class of 0 or 1, with a change of concept in the middle. */
export function* madeStream(rows: number): Generator<{ x: [number, number, number]; y: number }> {
  let s = 987654321n;
  const uniform = (): number => {
    s = (s * 1103515245n + 12345n) % 2147483648n;
    return Number(s) / 2147483648;
  };
  for (let i = 0; i < rows; i++) {
    const a = uniform() + uniform() + uniform() - 1.5;
    const b = uniform() * 10;
    const c = uniform() + uniform();
    const noise = uniform();
    const y = Number(i < Math.floor(rows / 2) ? a + 0.1 * b > 0.6 : c > 1.1);
    yield { x: [a, b, c], y: noise < 0.08 ? 1 - y : y };
  }
}
