import { hostname } from 'node:os';
import { type Holder, isAlive, thisProcess } from '../folder-lock.js';

/** What this process is called where jobs are claimed. */
export function workerName(): string {
  return JSON.stringify({ host: hostname(), ...thisProcess() });
}

/** Whether a worker ran on this machine and does no more. */
export function isGone(worker: string | undefined): boolean {
  try {
    const { host, ...holder } = JSON.parse(worker ?? '') as Holder & { host: string };
    return host === hostname() && !isAlive(holder);
  } catch {
    return false;
  }
}
