// npm run bench -- NAME [options]: each name is a folder here.
const NAMES = [
  'speed',
  'quality',
  'trees',
  'learners',
  'deadline',
  'latency',
  'startup',
  'size',
  'serve',
  'swap',
  'store',
  'score',
  'interval',
  'decay',
];

const [name, ...args] = process.argv.slice(2);
if (NAMES.includes(name) && !args.includes('--help')) {
  const { main } = await import(`./${name}/${name}.mjs`);
  try {
    process.exitCode = (await main(args)) ?? 0;
  } catch (error) {
    console.error(`bench ${name}: ${process.env.MILLWRIGHT_DEBUG ? error.stack : error.message}`);
    process.exitCode = 1;
  }
} else {
  if (name !== undefined && !NAMES.includes(name) && !name.startsWith('-')) console.error(`there is no bench "${name}"\n`);
  console.log('npm run bench -- NAME [options]; results go to bench/results/\n');
  for (const each of NAMES.includes(name) ? [name] : NAMES) console.log((await import(`./${each}/${each}.mjs`)).HELP);
  process.exitCode = name === undefined || name === '--help' || NAMES.includes(name) ? 0 : 2;
}
