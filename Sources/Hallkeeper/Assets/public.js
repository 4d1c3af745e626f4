// Where many forms come from one network, the browser computes a little before the form is sent: a number that, behind the
// form's mark, hashes to enough zeros. Without this script, or over plain HTTP, one waits a minute instead.
(function () {
  'use strict';
  var form = document.querySelector('form[data-bits]'), subtle = window.crypto && window.crypto.subtle;
  if (!form || !subtle || !window.TextEncoder) return;
  var bits = Number(form.getAttribute('data-bits')), mark = form.elements.opened.value, coder = new TextEncoder(), number = 0;
  var isEnough = function (buffer) {
    var bytes = new Uint8Array(buffer), zeros = 0;
    for (var i = 0; i < bytes.length; i++) {
      if (bytes[i]) { zeros += Math.clz32(bytes[i]) - 24; break; }
      zeros += 8;
    }
    return zeros >= bits;
  };
  // Two hundred side by side: the page stays alive while it computes.
  var go = function () {
    var tries = [];
    for (var i = 0; i < 200; i++) tries.push(number++);
    Promise.all(tries.map(function (n) { return subtle.digest('SHA-256', coder.encode(mark + '.' + n)); })).then(function (hashes) {
      for (var i = 0; i < hashes.length; i++) if (isEnough(hashes[i])) { form.elements.work.value = String(tries[i]); return; }
      setTimeout(go, 0);
    });
  };
  go();
})();
