// Makes photos small before they are sent (halls have thin lines), and asks before typed text is thrown away.
// Without it everything works: the server makes photos small too.
(function () {
  'use strict';
  var side = 1600, changed = null;

  function shrink(file) {
    return new Promise(function (done) {
      // What the server cannot open and this phone can is made a JPEG whatever its size.
      var foreign = /^image\/hei[cf]$/.test(file.type) || /\.hei[cf]$/i.test(file.name || '');
      if (!foreign && (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 400000)) return done(file);
      var image = new Image(), address = URL.createObjectURL(file);
      image.onerror = function () { URL.revokeObjectURL(address); done(file); };
      image.onload = function () {
        URL.revokeObjectURL(address);
        var scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
        var canvas = document.createElement('canvas');
        canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
        canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
        var brush = canvas.getContext('2d');
        if (!brush || !canvas.toBlob) return done(file);
        brush.fillStyle = '#fff';
        brush.fillRect(0, 0, canvas.width, canvas.height);
        brush.drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(function (small) {
          if (!small || (!foreign && small.size >= file.size)) return done(file);
          done(new File([small], file.name.replace(/\.[^.]*$/, '') + '.jpg', { type: 'image/jpeg' }));
        }, 'image/jpeg', 0.8);
      };
      image.src = address;
    });
  }

  // A circle around what is wrong, an arrow to it: drawn into the picture before it is sent.
  window.hallkeeperDraw = function (blob, say, done) {
    var image = new Image(), box = document.createElement('div'), canvas = document.createElement('canvas'), row = document.createElement('div');
    var shapes = [], kind = 'circle', from = null, to = null, brush = canvas.getContext('2d');
    box.className = 'draw';
    row.className = 'actions';
    function button(text, act, strong) {
      var b = document.createElement('button');
      b.type = 'button';
      b.textContent = text;
      if (strong) b.className = 'primary';
      b.onclick = act;
      row.appendChild(b);
    }
    function stroke(s) {
      brush.strokeStyle = '#e02020';
      brush.lineWidth = Math.max(4, canvas.width / 160);
      brush.lineCap = 'round';
      brush.beginPath();
      var dx = s.to.x - s.from.x, dy = s.to.y - s.from.y;
      if (s.kind === 'circle') {
        brush.ellipse(s.from.x + dx / 2, s.from.y + dy / 2, Math.abs(dx / 2) + 1, Math.abs(dy / 2) + 1, 0, 0, 2 * Math.PI);
      } else {
        var turn = Math.atan2(dy, dx), tip = canvas.width / 30;
        brush.moveTo(s.from.x, s.from.y);
        brush.lineTo(s.to.x, s.to.y);
        [-0.5, 0.5].forEach(function (off) {
          brush.moveTo(s.to.x, s.to.y);
          brush.lineTo(s.to.x - tip * Math.cos(turn + off), s.to.y - tip * Math.sin(turn + off));
        });
      }
      brush.stroke();
    }
    function paint() {
      brush.drawImage(image, 0, 0, canvas.width, canvas.height);
      shapes.concat(from && to ? [{ kind: kind, from: from, to: to }] : []).forEach(stroke);
    }
    function at(event) {
      var r = canvas.getBoundingClientRect();
      return { x: (event.clientX - r.left) * canvas.width / r.width, y: (event.clientY - r.top) * canvas.height / r.height };
    }
    canvas.onpointerdown = function (event) { from = at(event); to = null; canvas.setPointerCapture(event.pointerId); };
    canvas.onpointermove = function (event) { if (from) { to = at(event); paint(); } };
    canvas.onpointerup = function () { if (from && to) shapes.push({ kind: kind, from: from, to: to }); from = to = null; paint(); };
    function close() { URL.revokeObjectURL(image.src); document.body.removeChild(box); }
    button(say.circle, function () { kind = 'circle'; });
    button(say.arrow, function () { kind = 'arrow'; });
    button(say.undo, function () { shapes.pop(); paint(); });
    button(say.cancel, close);
    button(say.keep, function () {
      if (!shapes.length) return close();
      canvas.toBlob(function (drawn) { if (drawn) done(drawn); close(); }, 'image/jpeg', 0.85);
    }, true);
    image.onload = function () { canvas.width = image.naturalWidth; canvas.height = image.naturalHeight; paint(); };
    image.src = URL.createObjectURL(blob);
    box.appendChild(canvas);
    box.appendChild(row);
    document.body.appendChild(box);
  };

  window.hallkeeperShrink = shrink;

  document.addEventListener('change', function (event) {
    var field = event.target, form = field.form;
    if (form && form.method === 'post' && !form.hasAttribute('data-round')) changed = form;
    if (form && form.hasAttribute('data-round')) return;
    if (!field.matches || !field.matches('input[type=file][data-photo]') || !field.files.length || !window.DataTransfer) return;
    // Sending waits for the small copies; a picture that cannot be made small goes as it is.
    var buttons = form ? [].slice.call(form.querySelectorAll('button')) : [];
    buttons.forEach(function (button) { button.disabled = true; });
    Promise.all([].map.call(field.files, shrink)).then(function (files) {
      var chosen = new DataTransfer();
      files.forEach(function (file) { chosen.items.add(file); });
      field.files = chosen.files;
    }).catch(function () {}).then(function () {
      buttons.forEach(function (button) { button.disabled = false; });
    });
  });

  document.addEventListener('input', function (event) {
    var form = event.target.form;
    if (form && form.method === 'post' && !form.hasAttribute('data-round')) changed = form;
  });
  document.addEventListener('submit', function () { changed = null; });
  window.addEventListener('beforeunload', function (event) {
    if (changed && document.contains(changed)) { event.preventDefault(); event.returnValue = ''; }
  });
})();
