// Rounds where there is no network: what is answered is kept on this phone at once, photos included, and sent when the
// network is back: photos one by one and resumable, then the answers, once, in order. Nothing is let go of before the
// server says it has it. Without this script the plain form works. Rules: docs/rules/rounds.md.
(function () {
  'use strict';
  var bar = document.getElementById('bar');
  if (!window.indexedDB || !window.fetch || !window.Promise || !window.crypto || !crypto.subtle) return;
  var say = bar ? bar.dataset : {}, me = bar ? bar.dataset.person : '', part = 256 * 1024, sending = false, again = null;

  // ---- the phone's own store
  var opened = null;
  function base() {
    return opened || (opened = new Promise(function (done, fail) {
      var ask = indexedDB.open('hallkeeper', 1);
      ask.onupgradeneeded = function () {
        ask.result.createObjectStore('walks', { keyPath: 'id' });
        ask.result.createObjectStore('photos', { keyPath: 'id' });
        ask.result.createObjectStore('own', { keyPath: 'name' });
      };
      ask.onsuccess = function () { done(ask.result); };
      ask.onerror = function () { opened = null; fail(ask.error); };
    }));
  }
  function run(store, mode, work) {
    return base().then(function (db) {
      return new Promise(function (done, fail) {
        var deal = db.transaction(store, mode), asked = work(deal.objectStore(store));
        deal.oncomplete = function () { done(asked && asked.result); };
        deal.onerror = deal.onabort = function () { fail(deal.error || new Error('store')); };
      });
    });
  }
  function get(store, id) { return run(store, 'readonly', function (s) { return s.get(id); }); }
  function all(store) { return run(store, 'readonly', function (s) { return s.getAll(); }); }
  function put(store, value) { return run(store, 'readwrite', function (s) { return s.put(value); }); }
  function drop(store, id) { return run(store, 'readwrite', function (s) { return s.delete(id); }); }

  // Changes what is kept of a round or a photo, in one step that no other page can come between; one that is gone stays gone.
  function change(store, id, work) {
    return base().then(function (db) {
      return new Promise(function (done, fail) {
        var deal = db.transaction(store, 'readwrite'), shelf = deal.objectStore(store), asked = shelf.get(id), kept = null;
        asked.onsuccess = function () { kept = asked.result || null; if (kept) { work(kept); shelf.put(kept); } };
        deal.oncomplete = function () { done(kept); };
        deal.onerror = deal.onabort = function () { fail(deal.error || new Error('store')); };
      });
    });
  }

  function device() {
    return get('own', 'device').then(function (found) {
      if (found) return found.value;
      var name = hex(crypto.getRandomValues(new Uint8Array(12)));
      return put('own', { name: 'device', value: name }).then(function () { return name; });
    });
  }
  function hex(bytes) { return [].map.call(new Uint8Array(bytes), function (b) { return ('0' + b.toString(16)).slice(-2); }).join(''); }
  function sha(blob) { return new Response(blob).arrayBuffer().then(function (b) { return crypto.subtle.digest('SHA-256', b); }).then(hex); }

  // ---- what is not sent yet, always in sight
  function mine() { return all('walks').then(function (list) { return list.filter(function (w) { return w.person === me; }); }); }
  function waits(walk) { return walk.state === 'queued'; }
  function show() {
    if (!bar || !me) return Promise.resolve();
    return mine().then(function (list) {
      var queued = list.filter(waits).length, refused = list.filter(function (w) { return w.state === 'refused'; }).length;
      bar.hidden = !(queued + refused);
      bar.textContent = '';
      if (bar.hidden) return;
      var link = document.createElement('a');
      link.href = say.queue;
      link.textContent = refused ? say.refused.replace('{n}', refused) : say.unsent.replace('{n}', queued);
      bar.className = refused ? 'bar late' : 'bar';
      bar.appendChild(link);
    });
  }

  // ---- sending
  function ask(path, how) {
    how = how || {};
    how.credentials = 'same-origin';
    how.headers = how.headers || {};
    how.headers.accept = 'application/json';
    // A line that has died without a word must not hold up the rest for ever.
    var stop = window.AbortController ? new AbortController() : null;
    if (!stop) return fetch(path, how);
    how.signal = stop.signal;
    var clock = setTimeout(function () { stop.abort(); }, 120000);
    return fetch(path, how).then(function (reply) { clearTimeout(clock); return reply; }, function (why) { clearTimeout(clock); throw why; });
  }
  function session() {
    return ask('/walks/session').then(function (reply) {
      if (reply.status === 401 || reply.redirected) return renewed();
      if (!reply.ok) throw new Error('busy');
      return reply.json();
    });
  }
  // The session ended meanwhile: the PIN goes on with it, nothing is lost.
  function renewed() {
    return new Promise(function (done, fail) {
      var box = document.getElementById('pin-box');
      if (!box) { fail(new Error('pin')); return; }
      box.hidden = false;
      bar.hidden = false;
      var field = box.querySelector('input'), word = box.querySelector('.problem');
      box.querySelector('form').onsubmit = function (event) {
        event.preventDefault();
        ask('/sign-in/pin', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'pin=' + encodeURIComponent(field.value) })
          .then(function (reply) { return reply.json().then(function (said) { return { ok: reply.ok, status: reply.status, said: said }; }); })
          .then(function (got) {
            field.value = '';
            if (got.ok) { box.hidden = true; done(got.said); return; }
            if (got.status === 401 && got.said.error && word) word.textContent = got.said.error;
            else location.href = '/sign-in?next=' + encodeURIComponent(location.pathname);
          }).catch(fail);
      };
      field.focus();
    });
  }

  function sendPhoto(photo, csrf) {
    if (photo.sent) return Promise.resolve();
    var path = '/uploads/' + photo.sha;
    return ask(path).then(function (reply) { return reply.ok ? reply.json() : Promise.reject(new Error('busy')); }).then(function next(state) {
      if (state.done) { photo.sent = true; return change('photos', photo.id, function (kept) { kept.sent = true; }).catch(function () {}); }
      var from = state.received < photo.blob.size ? state.received : 0;
      return ask(path + '?from=' + from + '&total=' + photo.blob.size, {
        method: 'POST', headers: { 'x-csrf': csrf, 'content-type': 'application/octet-stream' }, body: photo.blob.slice(from, from + part)
      }).then(function (reply) {
        if (reply.ok) return reply.json().then(next);
        if (reply.status >= 500 || reply.status === 429) throw new Error('busy');
        return reply.json().then(function (said) { throw { refused: said.error || String(reply.status) }; });
      });
    });
  }

  // A full phone: what its store does not take stays in this page, to be sent from here or saved to a file.
  var loose = {}, isFull = false;
  function photosOf(walk) {
    return all('photos').catch(function () { return []; }).then(function (list) {
      list = list.filter(function (p) { return p.walk === walk.id && !loose[p.id]; });
      return list.concat(Object.keys(loose).map(function (id) { return loose[id]; }).filter(function (p) { return p.walk === walk.id; }));
    });
  }
  function away(id) { delete loose[id]; return drop('photos', id).catch(function () {}); }

  function envelope(walk, photos, isDone) {
    return {
      v: 1, device: walk.device, began: walk.began, ended: walk.ended || null, ticket: walk.ticket || '', sent: Date.now(), done: isDone,
      points: Object.keys(walk.points).filter(function (id) { return walk.points[id].value; }).map(function (id) {
        var p = walk.points[id];
        return {
          point: id, value: p.value, severity: p.severity || '', note: p.note || '', fixed: !!p.fixed, at: p.at,
          photos: photos.filter(function (x) { return x.point === id; }).map(function (x) { return { sha: x.sha, taken: x.taken, live: !!x.live, drawn: !!x.drawn }; })
        };
      })
    };
  }

  // `here`: the store does not hold it as it is now; it is sent as it stands in this page.
  function sendWalk(walk, csrf, here) {
    var photos;
    return photosOf(walk).then(function (list) {
      photos = list;
      return list.reduce(function (before, photo) { return before.then(function () { return sendPhoto(photo, csrf); }); }, Promise.resolve());
    }).then(function () {
      // The same bytes under the same key, however often the line breaks and from however many pages: made once, kept until answered.
      function seal(kept) {
        if (!waits(kept) || kept.body) return;
        kept.body = JSON.stringify(envelope(kept, photos, true));
        kept.key = hex(crypto.getRandomValues(new Uint8Array(16)));
      }
      if (here) { seal(walk); return walk; }
      return change('walks', walk.id, seal);
    }).then(function (kept) {
      // Sent from another page meanwhile, or taken up again.
      if (!kept || !waits(kept)) return null;
      walk = kept;
      return ask(walk.to || '/walks/' + encodeURIComponent(walk.place) + '/' + encodeURIComponent(walk.duty), {
        method: 'POST', headers: { 'x-csrf': csrf, 'content-type': 'application/json', 'idempotency-key': walk.key }, body: walk.body
      });
    }).then(function (reply) {
      if (!reply) return null;
      if (reply.status >= 500 || reply.status === 429) throw new Error('busy');
      return reply.json().then(function (said) {
        if (reply.status === 409 && said.missing) {
          // The server has lost sight of a photo: it is sent once more, then the answers.
          return Promise.all(photos.map(function (p) { p.sent = said.missing.indexOf(p.sha) < 0; return change('photos', p.id, function (kept) { kept.sent = p.sent; }).catch(function () {}); })).then(function () { throw new Error('again'); });
        }
        if (!reply.ok) throw { refused: said.error || String(reply.status) };
        if (said.state === 'problems') {
          throw { refused: said.problems.map(function (p) { return p.sentence; }).join(' '), draft: true };
        }
        // Received: only now the phone lets go of its copy.
        return Promise.all(photos.map(function (p) { return away(p.id); })).then(function () { walk.state = 'sent'; return drop('walks', walk.id); });
      });
    }).catch(function (why) {
      if (!why || !why.refused) throw why;
      if (here) {
        walk.state = 'refused';
        walk.reason = why.refused;
        walk.body = walk.key = null;
        return null;
      }
      return change('walks', walk.id, function (kept) {
        if (kept.key !== walk.key) return;
        kept.state = 'refused';
        kept.reason = why.refused;
        kept.body = kept.key = null;
      });
    });
  }

  function send() {
    if (sending || !me) return Promise.resolve();
    sending = true;
    return mine().then(function (list) {
      var queue = list.filter(waits).sort(function (a, b) { return (a.ended || 0) - (b.ended || 0); });
      if (!queue.length) return;
      return session().then(function (who) {
        // On a shared phone each sends only what is theirs.
        if (who.person !== me) return;
        return queue.reduce(function (before, walk) {
          return before.then(function () { return sendWalk(walk, who.csrf); }).then(show);
        }, Promise.resolve());
      });
    }).catch(function () {
      clearTimeout(again);
      again = setTimeout(send, 15000);
    }).then(function () { sending = false; return show(); });
  }

  // ---- a round on the screen
  var form = document.querySelector('form[data-round]'), walk = null;
  function points() { return [].slice.call(form.querySelectorAll('[data-point]')); }
  function value(box) {
    var chosen = box.querySelector('input[type=radio][name="' + box.dataset.point + '"]:checked');
    if (chosen) return chosen.value;
    var typed = box.querySelector('input[name="' + box.dataset.point + '"]:not([type=radio]), select[name="' + box.dataset.point + '"], textarea[name="' + box.dataset.point + '"]');
    if (!typed) return '';
    return typed.type === 'checkbox' ? (typed.checked ? typed.value : '') : typed.value.trim();
  }
  function read(box) {
    var id = box.dataset.point, note = box.querySelector('[name="' + id + '.note"]'), severity = box.querySelector('[name="' + id + '.severity"]:checked');
    var fixed = box.querySelector('[name="' + id + '.fixed"]');
    return { value: value(box), note: note ? note.value.trim() : '', severity: severity ? severity.value : '', fixed: !!(fixed && fixed.checked) };
  }
  function fill(box, p) {
    var id = box.dataset.point, radio = box.querySelector('input[type=radio][name="' + id + '"][value="' + p.value + '"]');
    if (radio) radio.checked = true;
    else {
      var typed = box.querySelector('[name="' + id + '"]:not([type=radio])');
      if (typed && typed.type === 'checkbox') typed.checked = typed.value === p.value;
      else if (typed && typed.type !== 'file') typed.value = p.value;
    }
    var note = box.querySelector('[name="' + id + '.note"]'), severity = box.querySelector('[name="' + id + '.severity"][value="' + p.severity + '"]');
    var fixed = box.querySelector('[name="' + id + '.fixed"]');
    if (note) note.value = p.note || '';
    if (severity) severity.checked = true;
    if (fixed) fixed.checked = !!p.fixed;
  }
  function mark(box) {
    var p = read(box), more = box.querySelector('details');
    box.classList.toggle('answered', !!p.value && p.value !== 'wanting');
    box.classList.toggle('wanting', p.value === 'wanting');
    if (more && (p.value === 'wanting' || (p.value === 'na' && box.dataset.why))) more.open = true;
  }
  function count() {
    var list = points(), seen = list.filter(function (b) { return value(b); }).length, place = document.getElementById('walked');
    if (place) place.textContent = seen + '/' + list.length;
    strip(list);
  }
  // How far one is at a glance, and whether the line is there: a bar of the points in the order one walks.
  function strip(list) {
    var row = document.getElementById('walk-strip'), off = document.getElementById('walk-offline');
    if (!row) {
      row = document.createElement('div');
      row.id = 'walk-strip';
      row.setAttribute('aria-hidden', 'true');
      list.forEach(function () { row.appendChild(document.createElement('i')); });
      off = document.createElement('p');
      off.id = 'walk-offline';
      off.className = 'note';
      off.textContent = say.offline;
      form.insertBefore(off, form.firstChild);
      form.insertBefore(row, off);
    }
    off.hidden = navigator.onLine !== false;
    list.forEach(function (box, index) {
      var state = box.classList.contains('wanting') ? 'bad' : value(box) ? 'ok' : '', bit = row.children[index];
      if (bit && bit.className !== state) bit.className = state;
    });
  }
  function pictures() {
    return photosOf(walk).then(function (list) {
      points().forEach(function (box) {
        var shelf = box.querySelector('.taken');
        if (!shelf) return;
        shelf.textContent = '';
        list.filter(function (p) { return p.point === box.dataset.point; }).forEach(function (p) {
          var image = document.createElement('img'), gone = document.createElement('button'), figure = document.createElement('figure');
          image.src = URL.createObjectURL(p.blob);
          image.alt = '';
          image.className = 'thumb';
          image.onload = function () { URL.revokeObjectURL(image.src); };
          gone.type = 'button';
          gone.className = 'quiet';
          gone.textContent = say.remove;
          gone.onclick = function () { away(p.id).then(pictures); };
          var draw = document.createElement('button');
          draw.type = 'button';
          draw.className = 'quiet';
          draw.textContent = say.draw;
          draw.onclick = function () { if (window.hallkeeperDraw) window.hallkeeperDraw(p.blob, say, function (blob) { keepPhoto(p.point, blob, p.live, true, p.taken, p.id); }); };
          figure.appendChild(image);
          figure.appendChild(draw);
          figure.appendChild(gone);
          shelf.appendChild(figure);
        });
      });
      return list;
    });
  }
  function keepPhoto(point, blob, live, drawn, taken, instead) {
    return sha(blob).then(function (hash) {
      var photo = { id: walk.id + '|' + point + '|' + hash, walk: walk.id, person: me, point: point, sha: hash, blob: blob, live: live, drawn: drawn, taken: taken || Date.now(), sent: false };
      return put('photos', photo).catch(function () { loose[photo.id] = photo; full(); }).then(function () { return instead && instead !== photo.id ? away(instead) : null; });
    }).then(function () { return keep(form.querySelector('[data-point="' + point + '"]')); }).then(pictures).catch(full);
  }
  function full() {
    isFull = true;
    problem(say.full);
    var place = form.querySelector('.round-problem'), save = document.createElement('button');
    save.type = 'button';
    save.id = 'round-save';
    save.textContent = say.save;
    save.onclick = saveFile;
    place.appendChild(document.createElement('br'));
    place.appendChild(save);
  }
  // What only this page holds is not left behind by a slip of the thumb.
  window.addEventListener('beforeunload', function (event) { if (isFull && walk && walk.state !== 'sent') { event.preventDefault(); event.returnValue = ''; } });

  // Everything of this person that is not sent, with its photos, as one file.
  function saveFile() {
    return Promise.all([mine().catch(function () { return []; }), all('photos').catch(function () { return []; })]).then(function (both) {
      var walks = isFull && walk ? both[0].filter(function (w) { return w.id !== walk.id; }).concat([walk]) : both[0];
      var own = both[1].filter(function (p) { return p.person === me && !loose[p.id]; }).concat(Object.keys(loose).map(function (id) { return loose[id]; }));
      return Promise.all(own.map(function (p) {
        return new Promise(function (done) {
          var reader = new FileReader();
          reader.onload = function () { done({ walk: p.walk, point: p.point, sha: p.sha, taken: p.taken, live: p.live, drawn: p.drawn, data: reader.result }); };
          reader.readAsDataURL(p.blob);
        });
      })).then(function (photos) {
        var file = new Blob([JSON.stringify({ hallkeeper: 1, saved: Date.now(), walks: walks, photos: photos })], { type: 'application/json' }), link = document.createElement('a');
        link.href = URL.createObjectURL(file);
        link.download = 'hallkeeper-' + new Date().toISOString().slice(0, 16).replace(/[T:]/g, '-') + '.json';
        link.click();
      });
    });
  }
  function problem(text, box) {
    var place = form.querySelector('.round-problem');
    place.textContent = text;
    place.hidden = !text;
    if (box) box.scrollIntoView({ block: 'center' });
  }
  var last = Promise.resolve();
  function keep(box) {
    if (!box) return Promise.resolve();
    var id = box.dataset.point, p = read(box), known = walk.points[id];
    p.at = known && known.value === p.value ? known.at : Date.now();
    walk.points[id] = p;
    walk.body = walk.key = null;
    if (walk.state === 'refused') walk.state = 'draft';
    mark(box);
    count();
    // One after the other, so that the last answer is the one that stays.
    last = last.then(function () { return put('walks', walk); }).then(function () { if (!Object.keys(loose).length) isFull = false; }, full);
    return last;
  }

  function complete() {
    var unseen = [], first = null, word = '';
    return photosOf(walk).then(function (photos) {
      points().forEach(function (box) {
        var p = read(box), taken = photos.filter(function (x) { return x.point === box.dataset.point; }).length, wrong = '';
        if (!p.value) { if (!box.dataset.optional) { unseen.push(box); wrong = ' '; } }
        else if (p.value === 'wanting' && !p.note) wrong = say.note;
        else if (p.value === 'wanting' && (p.severity || box.dataset.severity) !== 'minor' && !taken) wrong = say.photo;
        else if (p.value === 'na' && box.dataset.why && !p.note) wrong = say.why;
        box.classList.toggle('wrong', !!wrong);
        if (wrong && !first) { first = box; word = wrong.trim(); }
      });
      if (!first) { problem(''); return true; }
      problem(unseen.length ? say.left.replace('{n}', unseen.length) : word, first);
      return false;
    });
  }

  // The store does not take it: it goes from this page, now or when the network is back.
  function handFromHere() {
    return session().then(function (who) {
      if (who.person !== me) throw new Error('person');
      return sendWalk(walk, who.csrf, true);
    }).catch(full);
  }

  function begin() {
    var now = Date.now(), id = [me, form.dataset.place, form.dataset.duty].join('|');
    return Promise.all([get('walks', id), device()]).then(function (found) {
      walk = found[0] || {
        id: id, person: me, place: form.dataset.place, duty: form.dataset.duty, title: form.dataset.title, device: found[1], began: now,
        ticket: form.dataset.ticket, points: {}, state: 'draft', to: form.dataset.to || '', page: location.pathname
      };
      if (walk.state === 'queued') { problem(say.waiting); }
      points().forEach(function (box) {
        var p = walk.points[box.dataset.point];
        if (p) fill(box, p);
        mark(box);
      });
      if (walk.state === 'refused') problem(walk.reason);
      count();
      pictures();
      form.addEventListener('change', function (event) {
        var box = event.target.closest('[data-point]');
        if (!box) return;
        if (event.target.type === 'file') {
          var files = [].slice.call(event.target.files), live = event.target.hasAttribute('capture');
          event.target.value = '';
          files.reduce(function (before, file) {
            return before.then(function () { return window.hallkeeperShrink ? window.hallkeeperShrink(file) : file; })
              .then(function (small) { return keepPhoto(box.dataset.point, small, live, false); });
          }, Promise.resolve());
          event.stopImmediatePropagation();
          return;
        }
        keep(box);
      }, true);
      form.addEventListener('input', function (event) {
        var box = event.target.closest('[data-point]');
        if (box && event.target.type !== 'file') keep(box);
      });
      form.addEventListener('submit', function (event) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (event.submitter ? event.submitter.name === 'all' : document.activeElement && document.activeElement.name === 'all') {
          points().forEach(function (box) {
            if (value(box)) return;
            var ok = box.querySelector('input[type=radio][value=ok]');
            if (ok) { ok.checked = true; keep(box); }
          });
        }
        last.then(complete).then(function (isWhole) {
          if (!isWhole) return;
          walk.state = 'queued';
          walk.ended = Date.now();
          walk.reason = '';
          return put('walks', walk).catch(full).then(function () { return isFull ? handFromHere() : send(); }).then(function () { return isFull ? walk.state !== 'sent' && walk : get('walks', walk.id); }).then(function (left) {
            if (left && left.state === 'refused') { walk = left; problem(left.reason); return; }
            if (left && isFull) return;
            // What a patrol came to stands where it was walked.
            location.href = left || !walk.to ? say.today + (left ? '#waiting' : '') : walk.page;
          });
        }).catch(full);
      }, true);
    });
  }

  // ---- the list of what waits
  function list() {
    var place = document.getElementById('queue');
    if (!place) return;
    mine().then(function (walks) {
      place.textContent = '';
      if (!walks.length) { var none = document.createElement('p'); none.className = 'empty'; none.textContent = place.dataset.empty; place.appendChild(none); return; }
      walks.forEach(function (w) {
        var card = document.createElement('div'), head = document.createElement('b'), line = document.createElement('p'), link = document.createElement('a');
        card.className = 'card';
        head.textContent = w.title;
        line.className = w.state === 'refused' ? 'problem' : 'note';
        line.textContent = (w.state === 'refused' ? w.reason : w.state === 'queued' ? say.waiting : say.draft) + ' · ' + new Date(w.began).toLocaleString();
        link.href = w.page || '/duties/' + encodeURIComponent(w.place) + '/' + encodeURIComponent(w.duty);
        link.className = 'button quiet';
        link.textContent = place.dataset.open;
        [head, line, link].forEach(function (x) { card.appendChild(x); });
        if (w.state === 'refused') {
          var once = document.createElement('button');
          once.type = 'button';
          once.textContent = place.dataset.retry;
          once.onclick = function () { w.state = 'queued'; put('walks', w).then(send).then(list); };
          card.appendChild(once);
        }
        place.appendChild(card);
      });
    });
    var go = document.getElementById('queue-send'), save = document.getElementById('queue-save');
    if (!go || !save) return;
    go.hidden = save.hidden = false;
    go.onclick = function () { send().then(list); };
    save.onclick = saveFile;
  }

  // ---- begin
  if (navigator.serviceWorker && me) {
    navigator.serviceWorker.register('/worker.js').then(function () { return navigator.serviceWorker.ready; }).then(function (ready) {
      if (!ready.active) return;
      // Rounds to come are held ready, so that the cellar finds them too.
      var links = [].map.call(document.querySelectorAll('a[data-hold]'), function (a) { return a.getAttribute('href'); });
      if (form) links.push(location.pathname);
      ready.active.postMessage({ person: me, hold: navigator.onLine ? links : [] });
    }).catch(function () {});
  }
  if (me && navigator.storage && navigator.storage.persist && form) navigator.storage.persist();
  document.addEventListener('submit', function (event) {
    // Whoever leaves a shared phone takes their pages along; what is not sent stays, and stays theirs.
    if (!/\/(sign-out|counter)$/.test(event.target.getAttribute('action') || '')) return;
    drop('own', 'person');
    if (navigator.serviceWorker && navigator.serviceWorker.controller) navigator.serviceWorker.controller.postMessage({ forget: true });
  });
  // The page shown without network belongs to nobody: it speaks of whoever was here last.
  (me ? put('own', { name: 'person', value: me }) : get('own', 'person').then(function (found) { if (bar && found) me = found.value; })).catch(function () {}).then(function () {
    if (form && me) begin().catch(function () {});
    list();
    // What was sent or refused on the way is seen at once.
    show().then(send).then(list);
    window.addEventListener('offline', function () { if (form && walk) count(); });
    window.addEventListener('online', function () {
      if (form && walk) count();
      // The page without network gives way to the real one, which also asks to sign in where that is needed.
      if (bar && !bar.dataset.person) location.href = say.today;
      else if (isFull && walk && waits(walk)) handFromHere().then(function () { if (walk.state === 'sent') location.href = say.today; else if (walk.state === 'refused') problem(walk.reason); });
      else send().then(list);
    });
    setInterval(function () { if (!document.hidden) send(); }, 30000);
  });
})();
