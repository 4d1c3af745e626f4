// Makes photos small before they are sent (halls have thin lines), and asks before typed text is thrown away.
// Without it everything works: the server makes photos small too.
(function () {
  'use strict';
  var side = 1600, changed = null;

  function shrink(file) {
    return new Promise(function (done) {
      if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 400000) return done(file);
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
          if (!small || small.size >= file.size) return done(file);
          done(new File([small], file.name.replace(/\.[^.]*$/, '') + '.jpg', { type: 'image/jpeg' }));
        }, 'image/jpeg', 0.8);
      };
      image.src = address;
    });
  }

  document.addEventListener('change', function (event) {
    var field = event.target, form = field.form;
    if (form && form.method === 'post') changed = form;
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
    if (form && form.method === 'post') changed = form;
  });
  document.addEventListener('submit', function () { changed = null; });
  window.addEventListener('beforeunload', function (event) {
    if (changed && document.contains(changed)) { event.preventDefault(); event.returnValue = ''; }
  });
})();
