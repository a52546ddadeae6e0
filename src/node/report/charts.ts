import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Axis, ChartSpec, Colour, Layer } from './chart-spec.js';

use([LineChart, CustomChart, GridComponent, SVGRenderer]);

// ECharts works with colours as numbers, so each one gets a stand-in that is exchanged for a CSS variable in the finished SVG.
const STAND_INS: Record<Colour, string> = {
  ink: '#010203',
  muted: '#010204',
  grid: '#010205',
  accent: '#010206',
  second: '#010207',
  third: '#010208',
  fourth: '#010209',
  neutral: '#01020a',
  card: '#01020b',
};
const VARIABLES = new Map(Object.entries(STAND_INS).map(([name, hex]) => [hex, `var(--${name})`]));

/**
 * Draws one chart as an SVG element (without a description: the figure around it carries that).
 * @param prefix begins its ids; must differ between the charts of one page
 */
export function drawChart(spec: ChartSpec, prefix: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: spec.width, height: spec.height });
  try {
    chart.setOption(option(spec));
    return tidy(chart.renderToSVGString(), spec, prefix);
  } finally {
    chart.dispose();
  }
}

function option(spec: ChartSpec): EChartsCoreOption {
  const left = spec.y.levels ? Math.min(150, Math.round(spec.width * 0.4)) : 44;
  return {
    animation: false,
    grid: { left, right: 18, top: spec.y.label ? 30 : 12, bottom: spec.x.label ? 44 : 26, outerBoundsMode: 'none' },
    xAxis: axis(spec.x, 'x', spec.width - left),
    yAxis: axis(spec.y, 'y', left),
    series: spec.layers.map((layer) => series(layer, spec)),
  };
}

function axis(a: Axis, side: 'x' | 'y', room: number): Record<string, unknown> {
  const common = {
    axisTick: { show: false },
    axisLine: { show: side === 'x', onZero: false, lineStyle: { color: STAND_INS.neutral, width: 1 } },
    // Nothing of the data reaches a template string: names come through function formatters alone.
    name: a.label ?? '',
    nameLocation: side === 'x' ? 'middle' : 'end',
    nameGap: side === 'x' ? 26 : 12,
    nameTextStyle: {
      color: STAND_INS.muted,
      fontSize: 12,
      align: side === 'x' ? 'center' : 'left',
      padding: side === 'x' ? 0 : [0, 0, 0, a.levels ? -room : -40],
    },
  };
  if (a.levels) {
    const levels = a.levels;
    return {
      ...common,
      type: 'category',
      data: levels.map((_, i) => i),
      inverse: side === 'y',
      axisLine: { show: false },
      splitLine: { show: false },
      axisLabel: {
        color: STAND_INS.ink,
        fontSize: 12,
        interval: 0,
        ...(side === 'y' ? { width: room - 14, overflow: 'truncate' } : {}),
        formatter: (_: string, i: number) => levels[i] ?? '',
      },
    };
  }
  return {
    ...common,
    type: 'value',
    min: a.min,
    max: a.max,
    ...(a.interval ? { interval: a.interval } : { splitNumber: side === 'x' ? 4 : 4 }),
    splitLine: { show: a.grid !== false, lineStyle: { color: STAND_INS.grid, width: 1 } },
    axisLabel: {
      color: STAND_INS.muted,
      fontSize: 12,
      hideOverlap: true,
      showMinLabel: a.showMin,
      showMaxLabel: a.showMax,
      formatter: (v: number) => a.format(v),
    },
  };
}

function series(layer: Layer, spec: ChartSpec): Record<string, unknown> {
  const base = { silent: true, emphasis: { disabled: true }, clip: true, animation: false };
  if (layer.kind === 'line')
    return {
      ...base,
      type: 'line',
      data: layer.points,
      step: layer.step ? 'end' : false,
      showSymbol: layer.dots === true,
      symbol: 'circle',
      symbolSize: 6,
      itemStyle: { color: STAND_INS[layer.colour] },
      lineStyle: { color: STAND_INS[layer.colour], width: layer.width ?? 2, type: layer.dashed ? [5, 4] : 'solid', cap: 'round' },
      ...(layer.area ? { areaStyle: { color: STAND_INS[layer.colour], opacity: layer.area } } : {}),
      z: layer.dashed ? 2 : 3,
    };
  return {
    ...base,
    type: 'custom',
    z: layer.kind === 'marks' ? 4 : 1,
    data: layer.kind === 'marks' ? layer.points : layer.boxes,
    renderItem: (p: { dataIndex: number }, api: { coord: (v: number[]) => number[] }) => item(layer, p.dataIndex, api, spec),
  };
}

function item(
  layer: Exclude<Layer, { kind: 'line' }>,
  i: number,
  api: { coord: (v: number[]) => number[] },
  spec: ChartSpec,
): Record<string, unknown> {
  if (layer.kind === 'marks') {
    const [x, y, low, high] = layer.points[i] as number[];
    const [px, py] = api.coord([x as number, y as number]) as [number, number];
    const dot = {
      type: 'circle',
      shape: { cx: round(px), cy: round(py), r: layer.size ?? 4 },
      style: {
        fill: STAND_INS[layer.colour],
        opacity: layer.opacity ?? 1,
        ...(layer.ring ? { stroke: STAND_INS.card, lineWidth: 1.5 } : {}),
      },
    };
    if (low === undefined || high === undefined) return dot;
    const across = spec.y.levels !== undefined;
    const [ax, ay] = api.coord(across ? [low, y as number] : [x as number, low]) as [number, number];
    const [bx, by] = api.coord(across ? [high, y as number] : [x as number, high]) as [number, number];
    const line = {
      type: 'line',
      shape: { x1: round(ax), y1: round(ay), x2: round(bx), y2: round(by) },
      style: { stroke: STAND_INS[layer.colour], lineWidth: 2, opacity: 0.55 },
    };
    return { type: 'group', children: [line, dot] };
  }
  const [x0, y0, x1, y1, opacity] = layer.boxes[i] as number[];
  const [ax, ay] = api.coord([x0 as number, y0 as number]) as [number, number];
  const [bx, by] = api.coord([x1 as number, y1 as number]) as [number, number];
  const gap = layer.gap ?? 0;
  const thin = layer.thin ?? 0;
  const x = Math.min(ax, bx) + gap / 2;
  const y = Math.min(ay, by) - thin / 2 + (layer.lower ?? 0);
  return {
    type: 'rect',
    shape: { x: round(x), y: round(y), width: round(Math.max(0.5, Math.abs(bx - ax) - gap)), height: round(thin || Math.abs(by - ay)) },
    style: { fill: STAND_INS[layer.colour], opacity: opacity ?? layer.opacity ?? 1 },
  };
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}

/** Makes the SVG small, alike for alike input, scalable, and coloured by the page. */
function tidy(svg: string, { width, height }: ChartSpec, prefix: string): string {
  return svg
    .replace(
      /^<svg [^>]*>/,
      `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true" focusable="false">`,
    )
    .replace(/<style\b[\s\S]*?<\/style>/g, '')
    .replace(/<rect [^>]*fill="none"><\/rect>\n?/, '')
    .replace(/ (?:class="zr[^"]*"|pointer-events="[^"]*"|xml:space="[^"]*"|stroke-linecap="round"|ecmeta_\w+="[^"]*")/g, '')
    .replace(/ style="font-size:12px;font-family:sans-serif;"/g, '')
    .replace(/ (fill|stroke)="(#0102[0-9a-f]{2})"/g, (all, attribute: string, hex: string) =>
      VARIABLES.has(hex) ? ` ${attribute}="${VARIABLES.get(hex)}"` : all,
    )
    .replace(/(id="|url\(#)zr\d+-/g, `$1${prefix}`)
    .replace(/><\/(path|rect|circle)>/g, '/>')
    .replace(/\n+/g, '\n');
}
