// The two charts of the Audit, over one axis of time: a bar for each step, and the memory of the server. Drawn in the
// colours of the theme, anew when it changes. Their numbers stand in the table of steps, for whoever cannot see them.

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { Waterfall } from '../auditMessages';
import { create } from '../dom';

Chart.register(
  ...[BarController, BarElement, CategoryScale, Filler, LinearScale],
  ...[LineController, LineElement, PointElement, Tooltip],
);

const barHeight = 22;
const axisHeight = 34;
const memoryHeight = 140;
/** Of the labels, as a part of the chart: beside longer ones there would be no room for time. */
const mostLabels = 0.4;
const labelPadding = 12;
/** Room for a time below the axis, pixels. */
const tickWidth = 56;
/** A bar shorter than this could not be seen. */
const leastBar = 2;
const stageColors = ['blue', 'green', 'orange', 'purple', 'red'] as const;

const common = {
  animation: false,
  responsive: true,
  maintainAspectRatio: false,
  // The same for both charts, whatever stands at their ends.
  layout: { autoPadding: false, padding: { top: 8, right: 28 } },
} as const;

export class Charts {
  readonly element: HTMLElement;
  readonly #waterfall: Waterfall;
  readonly #time: HTMLCanvasElement;
  readonly #memory: HTMLCanvasElement;
  readonly #theme: MutationObserver;
  /** Both charts begin their time after it, so that what stands above each other happened together; pixels. */
  #labelWidth = 0;
  #charts: readonly Chart[] = [];

  constructor(waterfall: Waterfall) {
    this.#waterfall = waterfall;
    const [timeBox, time] = canvas(waterfall.timeSummary, waterfall.bars.length * barHeight + axisHeight);
    const [memoryBox, memory] = canvas(waterfall.memorySummary, memoryHeight);
    this.#time = time;
    this.#memory = memory;
    this.element = create('section', 'charts');
    this.element.append(create('h2', '', waterfall.title), create('p', 'quiet', waterfall.timeSummary), timeBox);
    this.element.append(create('p', 'quiet', waterfall.memorySummary), memoryBox);
    this.#theme = new MutationObserver(() => this.draw());
    this.#theme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }

  /** Draws; only once the element is in the page. */
  draw(): void {
    for (const chart of this.#charts) chart.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    this.#charts = [this.#drawTime(), this.#drawMemory()];
  }

  dispose(): void {
    this.#theme.disconnect();
    for (const chart of this.#charts) chart.destroy();
  }

  #drawTime(): Chart {
    const { bars, elapsedMs } = this.#waterfall;
    return new Chart(this.#time, {
      type: 'bar',
      data: {
        labels: bars.map(({ label }) => label),
        datasets: [
          {
            data: bars.map(({ startMs, endMs }): [number, number] => [startMs, endMs]),
            backgroundColor: bars.map(({ stage }) => color(`charts-${stageColors[stage] ?? 'yellow'}`)),
            minBarLength: leastBar,
            barPercentage: 0.7,
            categoryPercentage: 1,
          },
        ],
      },
      options: {
        ...common,
        indexAxis: 'y',
        scales: {
          x: timeAxis(elapsedMs),
          y: {
            ...axisColors(),
            grid: { display: false },
            ticks: { ...axisColors().ticks, callback: (_, index) => this.#fitted(bars[index]?.label ?? '') },
            beforeFit: ({ chart }) => void (this.#labelWidth = this.#widthOfLabels(chart)),
            afterFit: (axis) => void (axis.width = this.#labelWidth),
          },
        },
        plugins: { tooltip: tooltip(({ dataIndex }) => bars[dataIndex]?.title ?? '') },
      },
    });
  }

  #drawMemory(): Chart {
    const { memory, memoryLabel, elapsedMs } = this.#waterfall;
    const line = color('charts-blue');
    return new Chart(this.#memory, {
      type: 'line',
      data: {
        datasets: [
          {
            label: memoryLabel,
            data: memory.map(({ ms, bytes }) => ({ x: ms, y: bytes / 2 ** 20 })),
            borderColor: line,
            backgroundColor: `color-mix(in srgb, ${line} 20%, transparent)`,
            borderWidth: 2,
            pointRadius: 2,
            fill: true,
          },
        ],
      },
      options: {
        ...common,
        scales: {
          x: timeAxis(elapsedMs),
          y: {
            ...axisColors(),
            beginAtZero: true,
            title: { display: true, text: 'MiB', color: color('descriptionForeground') },
            afterFit: (axis) => void (axis.width = this.#labelWidth),
          },
        },
        plugins: { tooltip: tooltip(({ parsed }) => `${Math.round(parsed.y ?? 0)} MiB`) },
      },
    });
  }

  /** What the labels need, within what the chart has for them. */
  #widthOfLabels({ ctx, width }: Chart): number {
    setFont(ctx);
    const widths = this.#waterfall.bars.map(({ label }) => ctx.measureText(label).width);
    return Math.ceil(Math.min(Math.max(0, ...widths) + labelPadding, width * mostLabels));
  }

  /** The label, or as much of its end as there is room for: all steps of a stage begin alike. */
  #fitted(label: string): string {
    const context = this.#time.getContext('2d');
    if (context === null) return label;
    setFont(context);
    const room = this.#labelWidth - labelPadding;
    let text = label;
    while (text.length > 2 && context.measureText(text).width > room) text = `…${text.slice(2)}`;
    return text;
  }
}

function setFont(context: CanvasRenderingContext2D): void {
  const { size = 12, family = 'sans-serif' } = Chart.defaults.font;
  context.font = `${size}px ${family}`;
}

function canvas(label: string, height: number): readonly [HTMLElement, HTMLCanvasElement] {
  const box = create('div', 'chart');
  box.style.height = `${height}px`;
  const made = document.createElement('canvas');
  made.setAttribute('role', 'img');
  made.ariaLabel = label;
  box.append(made);
  return [box, made];
}

/** What people count time by, ms. */
const niceSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1_000))
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 300].map((minutes) => minutes * 60_000));

function timeAxis(elapsedMs: number) {
  return {
    ...axisColors(),
    type: 'linear',
    min: 0,
    max: Math.max(elapsedMs, 1),
    ticks: {
      color: color('descriptionForeground'),
      maxRotation: 0,
      callback: (ms: number | string) => clock(Number(ms)),
    },
    // Chart.js takes a step for one that divides the axis evenly when it is off by a thousandth of the step.
    afterBuildTicks: (axis: { width: number; ticks: { value: number }[] }): void => {
      const most = Math.max(2, Math.min(10, Math.floor(axis.width / tickWidth)));
      const step = niceSteps.find((each) => elapsedMs / each < most) ?? elapsedMs / most;
      axis.ticks = Array.from({ length: Math.floor(elapsedMs / step) + 1 }, (_, i) => ({ value: i * step }));
    },
  } as const;
}

function axisColors() {
  return {
    ticks: { color: color('foreground'), autoSkip: false },
    grid: { color: color('editorWidget-border', 'widget-border') },
    border: { color: color('editorWidget-border', 'widget-border') },
  };
}

function tooltip<C>(label: (context: C) => string) {
  return {
    displayColors: false,
    backgroundColor: color('editorHoverWidget-background'),
    borderColor: color('editorHoverWidget-border'),
    borderWidth: 1,
    titleColor: color('editorHoverWidget-foreground', 'foreground'),
    bodyColor: color('editorHoverWidget-foreground', 'foreground'),
    callbacks: { label },
  };
}

/** `1.5 s`, `1 min`, `1:15 min`: no step of the axis is rounded to another time. */
function clock(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 10) / 100} s`;
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`} min`;
}

/** A colour of the theme; of several names the first that the theme has. */
function color(...names: readonly string[]): string {
  const style = getComputedStyle(document.body);
  const found = names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim());
  return found.find((value) => value !== '') ?? 'gray';
}
