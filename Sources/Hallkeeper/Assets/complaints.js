// Cases: what is there already is shown beside the form while one types; what was typed survives a crash of the browser
// until it is sent; and the queue goes by keyboard. Without this script everything works by its buttons.
(function () {
  'use strict';
  var form = document.querySelector('form[data-intake]'), beside = document.getElementById('beside');
  var store = null;
  try { store = window.localStorage; } catch (e) { store = null; }

  if (form) {
    var key = 'intake:' + form.getAttribute('data-person');
    // What somebody else left on a shared PC is not kept for the next.
    if (store) Object.keys(store).forEach(function (name) { if (name.indexOf('intake:') === 0 && name !== key) store.removeItem(name); });
    var names = Array.prototype.filter.call(form.elements, function (e) { return e.name && ['csrf', 'key', 'photo'].indexOf(e.name) < 0 && e.type !== 'hidden'; });
    var kept = null;
    try { kept = store && JSON.parse(store.getItem(key) || 'null'); } catch (e) { kept = null; }
    var isEmpty = ['phone', 'text'].every(function (name) { return !form.elements[name] || !form.elements[name].value; });
    if (kept && isEmpty && Date.now() - kept.at < 12 * 3600e3) {
      names.forEach(function (e) {
        if (!(e.name in kept.values)) return;
        if (e.type === 'checkbox') e.checked = kept.values[e.name]; else e.value = kept.values[e.name];
      });
    }
    var keep = function () {
      var values = {};
      names.forEach(function (e) { values[e.name] = e.type === 'checkbox' ? e.checked : e.value; });
      try { if (store) store.setItem(key, JSON.stringify({ at: Date.now(), values: values })); } catch (e) { /* full: the form itself is still there */ }
    };
    form.addEventListener('submit', function () { if (store) store.setItem('sent:' + key, '1'); });

    var timer = null, asked = '';
    var look = function () {
      var value = function (name) { return form.elements[name] ? form.elements[name].value : ''; };
      var query = '?phone=' + encodeURIComponent(value('phone')) + '&kind=' + encodeURIComponent(value('kind')) + '&text=' + encodeURIComponent(value('text').slice(0, 40));
      if (query === asked || !window.fetch) return;
      asked = query;
      fetch(form.getAttribute('data-intake') + query, { credentials: 'same-origin' }).then(function (reply) { return reply.ok ? reply.text() : ''; }).then(function (text) {
        if (text && query === asked) beside.innerHTML = text;
      }).catch(function () { asked = ''; });
    };
    form.addEventListener('input', function () { keep(); clearTimeout(timer); timer = setTimeout(look, 400); });
    beside.addEventListener('click', function (event) {
      var from = event.target.closest('button[data-name]');
      if (!from) return;
      ['name', 'address', 'account'].forEach(function (name) { if (form.elements[name]) form.elements[name].value = from.getAttribute('data-' + name); });
      keep();
    });
    if (!isEmpty || kept) look();
  } else if (store) {
    // It was sent and is on another page now: nothing of it stays here.
    Object.keys(store).forEach(function (name) { if (name.indexOf('sent:') === 0) { store.removeItem(name.slice(5)); store.removeItem(name); } });
  }

  var lines = Array.prototype.slice.call(document.querySelectorAll('.lines .what > a')), at = -1;
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    var go = null;
    if (event.key === '/') go = document.getElementById('q');
    else if (event.key === '?') { go = document.querySelector('details.note > summary'); if (go) go.parentNode.open = true; }
    else if (event.key === 'j' && lines.length) go = lines[at = Math.min(at + 1, lines.length - 1)];
    else if (event.key === 'k' && lines.length) go = lines[at = Math.max(at - 1, 0)];
    else if (event.key === 'n') { var link = document.querySelector('a[accesskey="n"]'); if (link) { event.preventDefault(); link.click(); } return; }
    else if (event.key === 'e') { var act = document.querySelector('details.card[open] textarea, details.card[open] select, details.card[open] input:not([type=hidden])'); go = act; }
    if (go) { event.preventDefault(); go.focus(); }
  });
})();
