/** A number for a sentence: four significant digits, without a tail of zeros. @example figure(0.123456) // '0.1235' */
export const figure = (value: number): string => String(Number(value.toPrecision(4)));
