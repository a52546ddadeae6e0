import type { Deadline } from '../../core/clock.js';
import type { FitTeam } from './fit-team.js';
import type { Fitter } from './fitter.js';

/** A team of one: the calling thread, with whatever threads its kernels have. */
export function localTeam(fitter: Fitter, deadline: Deadline): FitTeam {
  // an interrupt reaches the deadline by itself
  return { size: 1, fit: (_, job, onProgress) => fitter.fit(job, deadline, onProgress), stop: () => {} };
}
