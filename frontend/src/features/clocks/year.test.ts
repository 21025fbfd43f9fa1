import { expect, it } from 'vitest'
import { readYear, YearFault } from './year'

const newYear = { date: '2027-01-01', name: '元旦', off: true }
const makeUp = { date: '2027-01-09', name: '元旦', off: false }

it('reads the announced days as they are passed on', () => {
  const json = JSON.stringify({
    days: [
      { date: '2027-01-09', name: '元旦', isOffDay: false },
      { date: '2027-01-01', name: '元旦', isOffDay: true },
    ],
  })
  expect(readYear(json)).toEqual({ year: 2027, days: [newYear, makeUp] })
  expect(readYear('\uFEFF日期,名称,安排\r\n2027-01-01,元旦,休\r\n2027/1/9,元旦,班\r\n\r\n')).toEqual({
    year: 2027,
    days: [newYear, makeUp],
  })
  expect(readYear('2027年1月1日\t元旦\t放假')).toEqual({ year: 2027, days: [newYear] })
})

it('says what is wrong with a file, and where', () => {
  const fault = (text: string) => {
    try {
      readYear(text)
    } catch (error) {
      if (error instanceof YearFault) return [error.reason, error.line]
    }
    return undefined
  }
  expect(fault('{')).toEqual(['unreadable', 0])
  expect(fault('{"days":3}')).toEqual(['unreadable', 0])
  expect(fault('')).toEqual(['empty', 0])
  expect(fault('2027-01-01,元旦,休\n2027-01-02,元旦,也许')).toEqual(['line', 2])
  expect(fault('2027-01-01,元旦,休\nsoon,元旦,休')).toEqual(['line', 2])
  expect(fault('2027-01-01,元旦,休\n2028-01-01,元旦,休')).toEqual(['years', 0])
})
