import { computed, ref } from 'vue'

const width = ref(window.innerWidth)
window.addEventListener('resize', () => (width.value = window.innerWidth), { passive: true })

/** Width in units of normal text: with large text less fits beside each other. */
function scaled(): number {
  const size = document.documentElement.dataset.text === 'large' ? 1.1875 : 1
  return width.value / size
}

/** One column, sheets instead of panels. */
export const isPhone = computed(() => width.value < 768)

/** List, thread and side panel fit beside each other. */
export const isWide = computed(() => scaled() >= 1200)
