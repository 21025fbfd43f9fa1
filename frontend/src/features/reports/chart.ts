// The one place that knows ECharts, with only what the reports draw. It is loaded
// when a chart is on the screen.
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core'
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components'
import { CanvasRenderer } from 'echarts/renderers'
import type { Drawing } from './drawing'

// A canvas, because a strict content policy refuses the style attributes of the
// SVG renderer and of HTML tooltips.
use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

type Option = ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>

/** Draws into an element, in the colours that hold there. */
export function draw(element: HTMLElement): EChartsType {
  return init(element, undefined, { renderer: 'canvas' })
}

export function optionOf(drawing: Drawing, element: HTMLElement): Option {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const font = { fontFamily: style.fontFamily, fontSize: 12 }
  const muted = { ...font, color: colour('--muted') }
  const names = {
    type: 'category' as const,
    data: drawing.names,
    inverse: drawing.flat,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colour('--strong') } },
    axisLabel: { ...muted, hideOverlap: true, ...(drawing.flat ? { width: 110, overflow: 'truncate' as const } : {}) },
  }
  const counts = {
    type: 'value' as const,
    minInterval: 1,
    splitLine: { lineStyle: { color: colour('--border') } },
    axisLabel: muted,
  }
  return {
    animation: false,
    textStyle: font,
    grid: { left: 4, right: 12, top: 34, bottom: 2, containLabel: true },
    legend: { top: 0, left: 0, icon: 'roundRect', itemWidth: 12, itemHeight: 8, itemGap: 16, textStyle: { ...font, color: colour('--text') } },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colour('--surface'),
      borderColor: colour('--strong'),
      textStyle: { ...font, color: colour('--text') },
    },
    xAxis: drawing.flat ? counts : names,
    yAxis: drawing.flat ? names : counts,
    series: drawing.series.map((line) => {
      const own = { name: line.name, data: line.values, color: colour(line.colour) }
      return line.bar
        ? { ...own, type: 'bar' as const, barMaxWidth: 26, barGap: '10%' }
        : {
            ...own,
            type: 'line' as const,
            showSymbol: line.values.length < 40,
            symbol: line.symbol ?? 'circle',
            symbolSize: 5,
            lineStyle: { width: 2, type: line.dashed ? ('dashed' as const) : ('solid' as const) },
          }
    }),
  }
}
