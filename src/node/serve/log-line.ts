import type { Chosen } from './deployments.js';

/** One line of the prediction log: the rows and the answer as they went over the wire. @param request JSON @param trace id of the caller's trace */
export function logLine(
  id: string,
  { model, route }: Pick<Chosen, 'model'> & { route: string },
  request: string,
  answer: string,
  seconds: number,
  trace?: string,
): string {
  // JSON has line breaks between its signs only
  const rows = request.includes('\n') || request.includes('\r') ? request.replace(/[\r\n]+/g, ' ') : request;
  const head = `{"id":"${id}","at":${Date.now()},"model":${JSON.stringify(model.name)},"version":${JSON.stringify(model.version)},"route":"${route}"${trace === undefined ? '' : `,"trace":"${trace}"`}`;
  return `${head},"ms":${(seconds * 1000).toFixed(3)},"request":${rows},"answer":${answer}}\n`;
}
