import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Peak resident memory so far of a process in MiB, from its high-water mark (Linux; elsewhere undefined). */
export function peakMemory(pid = 'self') {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/**
 * Runs a process to its end and watches it from outside.
 * @returns exit status (or the signal's name), what it wrote, wall seconds from spawn to the last byte, peak memory in MiB
 *   (the high-water mark read every 20 ms, so that growth in the last moments may be missed)
 */
export function runChild(file, args, { timeout = 600, env, cwd, input } = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(file, args, {
      env: { ...process.env, ...env },
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const killed = () => child.kill('SIGKILL'); // a bench that is stopped leaves nothing running
    process.on('exit', killed);
    const out = [];
    const err = [];
    let peak;
    let timedOut = false;
    const watch = setInterval(() => {
      peak = peakMemory(child.pid) ?? peak;
    }, 20);
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeout * 1000);
    child.stdout.on('data', (d) => out.push(d));
    child.stderr.on('data', (d) => err.push(d));
    if (input !== undefined) child.stdin.end(input);
    child.once('error', (error) => {
      clearInterval(watch);
      clearTimeout(limit);
      reject(error);
    });
    child.once('close', (code, signal) => {
      process.off('exit', killed);
      const seconds = (performance.now() - start) / 1000;
      clearInterval(watch);
      clearTimeout(limit);
      resolve({
        status: timedOut ? 'timeout' : (code ?? signal),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
        seconds,
        peak,
      });
    });
  });
}

/** Runs a process that answers with one line of JSON at the end of its standard output. */
export async function askChild(file, args, options) {
  const { status, stdout, stderr } = await runChild(file, args, options);
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}: ${stderr.trim().split('\n').slice(-3).join(' | ')}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
