/** The page's colours; each is a CSS variable that differs between light, dark and paper. */
export type Colour = 'ink' | 'muted' | 'grid' | 'accent' | 'second' | 'third' | 'fourth' | 'neutral' | 'card';

export interface Axis {
  label?: string;
  min?: number;
  max?: number;
  interval?: number;
  /** False hides the grid lines across this axis. */
  grid?: boolean;
  /** False hides the label at a limit that is no round number and would crowd its neighbour. */
  showMin?: boolean;
  showMax?: boolean;
  format: (value: number) => string;
  /** Makes it an axis of names; values are then their indices. */
  levels?: string[];
}

/** What is drawn, in the units of the axes; later layers lie above earlier ones. */
export type Layer =
  | {
      kind: 'line';
      points: [number, number][];
      colour: Colour;
      width?: number;
      dashed?: boolean;
      step?: boolean;
      dots?: boolean;
      area?: number;
    }
  /** Points [x, y], or [x, y, low, high] with a whisker. */
  | { kind: 'marks'; points: number[][]; colour: Colour; size?: number; opacity?: number; ring?: boolean }
  /** Boxes [x0, y0, x1, y1, opacity?]; `thin` fixes the height in pixels, `gap` leaves room between neighbours; `lower` puts them so many pixels lower. */
  | { kind: 'boxes'; boxes: number[][]; colour: Colour; opacity?: number; gap?: number; thin?: number; lower?: number };

/** A chart without its words: sizes in CSS pixels. */
export interface ChartSpec {
  width: number;
  height: number;
  x: Axis;
  y: Axis;
  layers: Layer[];
}
