// A page that says where its events come from (data-live) is fetched again when something changed, and once a minute
// in any case, so that a lost line of events costs a minute, not the truth. Without this script a reload does the same.
(function () {
  'use strict';
  var live = document.querySelector('[data-live]:not([data-live=""])'), main = document.querySelector('main');
  var where = live && live.getAttribute('data-live');
  if (!where || !main || !window.fetch || !window.DOMParser) return;
  var waiting = null, last = Date.now();

  // Nobody's typing, open explanation or chosen answer is taken away: such a page stays until it is left.
  function isInUse() {
    var at = document.activeElement;
    if (document.hidden || main.querySelector('details[open]')) return true;
    return !!(at && at !== document.body && main.contains(at) && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName));
  }

  function refresh() {
    waiting = null;
    if (isInUse()) return later(5000);
    fetch(location.href, { credentials: 'same-origin', cache: 'no-cache' }).then(function (reply) {
      if (reply.redirected || reply.status === 401 || reply.status === 403) { location.reload(); return null; }
      return reply.ok ? reply.text() : Promise.reject(reply.status);
    }).then(function (text) {
      if (text === null) return;
      var fresh = new DOMParser().parseFromString(text, 'text/html');
      ['main', 'nav.side', 'nav.bottom', '.banner'].forEach(function (name) {
        var now = document.querySelector(name), next = fresh.querySelector(name);
        if (now && next && now.innerHTML !== next.innerHTML) now.innerHTML = next.innerHTML;
      });
      last = Date.now();
      main.classList.remove('stale');
    }).catch(function () {
      // Two minutes without an answer: what stands there may be old, and looks so.
      if (Date.now() - last > 120000) main.classList.add('stale');
      later(15000);
    });
  }

  function later(ms) { if (waiting === null) waiting = setTimeout(refresh, ms); }

  if (window.EventSource) {
    // The browser opens the line again by itself; many screens do not ask in the same instant.
    new EventSource(where).onmessage = function () { later(200 + Math.random() * 800); };
  }
  setInterval(function () { later(0); }, 60000);
})();
