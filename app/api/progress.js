// The citizens' page works without this: it remembers the text size, prints, and
// takes the code from behind the # of the address, which no server is told. Old
// phones read it too.
(function () {
  'use strict'
  var key = 'desk.progress.size'
  var root = document.documentElement
  function kept() {
    try {
      return window.localStorage.getItem(key)
    } catch (e) {
      return null
    }
  }
  function keep(size) {
    try {
      window.localStorage.setItem(key, size)
    } catch (e) {
      return
    }
  }
  function known(size) {
    return size === 'large' || size === 'largest' ? size : 'normal'
  }
  var size = known(kept())
  root.setAttribute('data-size', size)

  function each(list, f) {
    for (var i = 0; i < list.length; i++) f(list[i])
  }
  function sizes() {
    var box = document.getElementById('sizes')
    if (!box) return
    var buttons = box.getElementsByTagName('button')
    function press() {
      each(buttons, function (b) {
        b.setAttribute('aria-pressed', b.getAttribute('data-size') === size ? 'true' : 'false')
      })
    }
    each(buttons, function (b) {
      b.onclick = function () {
        size = known(b.getAttribute('data-size'))
        root.setAttribute('data-size', size)
        keep(size)
        press()
      }
    })
    press()
    box.hidden = false
  }
  function printing() {
    var button = document.getElementById('print')
    if (!button || !window.print) return
    button.hidden = false
    button.onclick = function () {
      window.print()
    }
  }
  function fromAddress() {
    var form = document.getElementById('ask')
    if (!form) return
    var code = window.location.hash.replace(/^#/, '')
    if (!/^[0-9A-Za-z]{4,12}$/.test(code)) return
    document.getElementById('code').value = code
    var language = document.getElementById('language')
    if (language) language.href += '#' + code
    // Not again after a refusal, and not when going back here.
    if (document.getElementById('number').value && !document.getElementById('problem') && !window.location.search) form.submit()
  }
  document.addEventListener('DOMContentLoaded', function () {
    sizes()
    printing()
    fromAddress()
  })
})()
