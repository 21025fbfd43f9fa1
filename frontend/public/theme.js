// Sets theme and text size before the first paint, so that nothing flashes. A
// file of its own because the content security policy refuses inline scripts.
;(function () {
  var root = document.documentElement
  var saved = {}
  try {
    saved = JSON.parse(localStorage.getItem('desk.settings') || '{}') || {}
  } catch {
    saved = {}
  }
  var dark =
    saved.theme === 'dark' ||
    (saved.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  if (saved.largeText) root.dataset.text = 'large'
  if (saved.locale === 'en') root.lang = 'en'
})()
