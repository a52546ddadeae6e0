import * as z from 'zod';

/** A column made from others, as a plan writes it down: what to make, not what was fitted. */
export const featureSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['sum', 'difference', 'product', 'ratio']), columns: z.tuple([z.string(), z.string()]) }),
  z.strictObject({ kind: z.enum(['group-mean', 'group-difference']), column: z.string(), by: z.string() }),
  z.strictObject({ kind: z.literal('cross'), columns: z.tuple([z.string(), z.string()]) }),
]);

export type FeatureSpec = z.infer<typeof featureSpec>;
