// Cases: what is there already is shown beside the form while one types; what was typed survives a crash of the browser
// until it is sent; and the queue goes by keyboard. Without this script everything works by its buttons.
(function () {
  'use strict';
  var form = document.querySelector('form[data-intake]'), beside = document.getElementById('beside');
  var store = null;
  try { store = window.localStorage; } catch (e) { store = null; }
  // Always by post: what people said and their numbers never stand in an address.
  var post = function (path, data) {
    return fetch(path, { method: 'POST', credentials: 'same-origin', headers: { 'x-csrf': data.csrf, 'content-type': 'application/x-www-form-urlencoded' }, body: Object.keys(data).map(function (name) { return encodeURIComponent(name) + '=' + encodeURIComponent(data[name]); }).join('&') })
      .then(function (reply) { return reply.ok ? reply.text() : null; });
  };

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
      var question = { csrf: value('csrf'), text: value('text').slice(0, 40) };
      ['phone', 'kind', 'account', 'severity', 'channel', 'door', 'unit', 'outerDue'].forEach(function (name) { question[name] = value(name); });
      var whole = JSON.stringify(question);
      if (whole === asked || !window.fetch) return;
      asked = whole;
      post(form.getAttribute('data-intake'), question).then(function (text) {
        if (text && whole === asked) beside.innerHTML = text;
      }).catch(function () { asked = ''; });
    };
    // Danger is no kind among others: whoever chooses it is on its screen at once, with what was typed.
    form.addEventListener('change', function (event) {
      if (event.target.name !== 'kind' || !event.target.value || form.getAttribute('data-emergencies').split(' ').indexOf(event.target.value) < 0) return;
      keep();
      window.location.href = window.location.pathname + '?kind=' + encodeURIComponent(event.target.value);
    });
    form.addEventListener('input', function () { keep(); clearTimeout(timer); timer = setTimeout(look, 400); });
    beside.addEventListener('click', function (event) {
      var again = event.target.closest('button[data-repeat]');
      if (again && form.elements.repeatOf) {
        form.elements.repeatOf.value = again.getAttribute('data-repeat');
        var box = form.elements.repeatOf.closest('details');
        if (box) box.open = true;
        return keep();
      }
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

  // Words for replies go where one writes; without this script the link opens the page with them.
  document.addEventListener('click', function (event) {
    var link = event.target.closest ? event.target.closest('a[data-canned]') : null;
    if (!link) return;
    var act = link.closest('form') || link.closest('details.card'), area = act && act.querySelector('textarea');
    if (!area) return;
    event.preventDefault();
    area.value = (area.value ? area.value + '\n' : '') + link.getAttribute('data-canned');
    link.closest('details.canned').open = false;
    area.focus();
    area.dispatchEvent(new Event('input', { bubbles: true }));
  });

  // What is written in a case is kept on the server while one writes, and colleagues see that somebody does.
  var here = document.querySelector('[data-presence]');
  if (here && window.fetch) {
    var acting = '', told = 0, timers = {};
    var any = document.querySelector('form[data-draft] input[name=csrf]'), csrf = any ? any.value : '';
    var tell = function () {
      told = Date.now();
      var answer = acting && csrf ? post(here.getAttribute('data-presence'), { csrf: csrf, what: acting }) : fetch(here.getAttribute('data-presence'), { credentials: 'same-origin' }).then(function (reply) { return reply.ok ? reply.text() : null; });
      answer.then(function (text) { if (text !== null && text !== here.innerHTML) here.innerHTML = text; }).catch(function () { /* no line: the page stays as it is */ });
    };
    setInterval(function () { if (!document.hidden) tell(); }, 15e3);
    document.addEventListener('input', function (event) {
      var own = event.target.closest('form[data-draft]');
      if (!own || event.target.type === 'file') return;
      acting = own.getAttribute('data-act');
      if (Date.now() - told > 5e3) tell();
      clearTimeout(timers[acting]);
      timers[acting] = setTimeout(function () {
        var data = { csrf: csrf };
        Array.prototype.forEach.call(own.elements, function (e) { if (e.name && e.type !== 'file' && ['csrf', 'key', 'version'].indexOf(e.name) < 0 && (e.type !== 'checkbox' || e.checked)) data[e.name] = e.value; });
        post(own.getAttribute('data-draft'), data).catch(function () { /* it still stands in the form */ });
      }, 1500);
    });
    document.addEventListener('submit', function () { acting = ''; Object.keys(timers).forEach(function (name) { clearTimeout(timers[name]); }); });
  }

  // Many at once: how many are ticked, and the box opens with the first.
  var count = document.querySelector('.many [data-count]');
  document.addEventListener('change', function (event) {
    if (!count || !event.target.classList.contains('pick')) return;
    var n = document.querySelectorAll('.pick:checked').length;
    count.textContent = n ? String(n) : '';
    if (n) count.closest('details').open = true;
  });
  var again = document.querySelector('a[data-again]');
  if (again) setTimeout(function () { window.location.reload(); }, 1500);

  // Over the page while it is asked for; where one was is where one is afterwards.
  var keys = document.querySelector('details.keys'), before = null;
  var help = function (isShown) {
    if (!keys) return;
    if (isShown) before = document.activeElement;
    keys.open = isShown;
    keys.classList.toggle('over', isShown);
    if (isShown) keys.querySelector('.panel').focus(); else if (before && before.focus) before.focus();
  };
  document.addEventListener('click', function (event) { if (keys && keys.classList.contains('over') && !keys.contains(event.target)) help(false); });

  var lines = Array.prototype.slice.call(document.querySelectorAll('.lines .what > a')), at = -1;
  document.addEventListener('keydown', function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && (event.target.form || form)) {
      var button = (event.target.form || form).querySelector('button.primary, button.danger, button');
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    if (event.key === 'Escape' && keys && keys.classList.contains('over')) return help(false);
    if (event.key === 'Escape' && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    var go = null;
    if (event.key === '/') go = document.getElementById('q');
    else if (event.key === '?') { event.preventDefault(); return help(!keys.open || !keys.classList.contains('over')); }
    else if (event.key === 'j' && lines.length) go = lines[at = Math.min(at + 1, lines.length - 1)];
    else if (event.key === 'k' && lines.length) go = lines[at = Math.max(at - 1, 0)];
    else if (event.key === 'x' && lines[at]) { var box = lines[at].closest('li').querySelector('.pick'); if (box) box.click(); return; }
    else if (event.key === 'n') { var link = document.querySelector('a[accesskey="n"]'); if (link) { event.preventDefault(); link.click(); } return; }
    else if (event.key === 'u') { var up = document.querySelector('.sub a'); if (up) up.click(); return; }
    else if (event.key === 'e') { go = document.querySelector('details.card[open] textarea, details.card[open] select, details.card[open] input:not([type=hidden])'); }
    else if (event.key === 'r' || event.key === 'm') { var card = document.getElementById(event.key === 'r' ? 'act-reply' : 'act-note'); if (card) { card.open = true; go = card.querySelector('textarea'); } }
    if (go) { event.preventDefault(); go.focus(); if (event.key === '/') go.select(); }
  });
})();
