// Plots as SVG, drawn by hand: points joined by lines over linear axes from zero. They follow the reader's colour scheme.

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Drawn dashed: not measured, but what is compared with. */
  readonly reference?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly series: readonly Series[];
}

const width = 420;
const height = 280;
const margin = { left: 56, right: 16, top: 52, bottom: 44 };
const colours = ['#2a78d6', '#c2571a', '#4c9a52'];

/** Plots beside each other, as the text of a file. */
export function svg(plots: readonly Plot[]): string {
  const body = plots.map((plot, at) => `<g transform="translate(${at * width} 0)">\n${drawn(plot)}\n</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${plots.length * width}" height="${height}" role="img">
<title>${plots.map(({ title }) => escaped(title)).join('; ')}</title>
<style>
  text { font: 11px system-ui, sans-serif; fill: #333 } .title { font-weight: 600 } .grid { stroke: #8886 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
${body.join('\n')}
</svg>
`;
}

function drawn({ title, x, series }: Plot): string {
  const all = series.flatMap(({ points }) => points);
  const [topX, topY] = [niceTop(all.map((point) => point.x)), niceTop(all.map((point) => point.y))];
  const [left, bottom] = [margin.left, height - margin.bottom];
  const atX = (value: number): number => Math.round(left + (value / topX) * (width - left - margin.right));
  const atY = (value: number): number => Math.round(bottom - (value / topY) * (bottom - margin.top));
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const text = (px: number, py: number, words: string, anchor: string, extra = ''): string =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}"${extra}>${escaped(words)}</text>`;
  return [
    text(left, 16, title, 'start', ' class="title"'),
    ...series.map(({ name }, at) => text(left + at * 120, 34, `● ${name}`, 'start', ` style="fill:${colours[at]}"`)),
    ...ticks.map((tick) => {
      const y = atY(tick * topY);
      const line = `<line class="grid" x1="${left}" x2="${width - margin.right}" y1="${y}" y2="${y}"/>`;
      return line + text(left - 6, y + 4, (tick * topY).toLocaleString('en'), 'end');
    }),
    ...ticks.map((tick) => text(atX(tick * topX), bottom + 16, (tick * topX).toLocaleString('en'), 'middle')),
    text((left + width) / 2, height - 8, x, 'middle'),
    ...series.map(({ points, reference }, at) => {
      const path = points.map((point) => `${atX(point.x)},${atY(point.y)}`).join(' ');
      const line = `<polyline points="${path}" fill="none" stroke="${colours[at]}" stroke-width="2"`;
      if (reference === true) return `${line} stroke-dasharray="4 4"/>`;
      const dots = points.map(
        (point) => `<circle cx="${atX(point.x)}" cy="${atY(point.y)}" r="3.5" fill="${colours[at]}"/>`,
      );
      return `${line}/>${dots.join('')}`;
    }),
  ].join('\n');
}

/** The least of 1, 2, 4 and 8 times a power of ten that no value is above. */
function niceTop(values: readonly number[]): number {
  const most = Math.max(...values, 1);
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 4, 8].find((step) => step * power >= most) ?? 10) * power;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
