// Keeps what a round needs where there is no network: styles and scripts, and the pages of rounds of the person whose phone
// this is. Pages come from the network while there is one. Nothing that is sent passes through here.
'use strict';
var shelf = 'hallkeeper-assets', pages = 'hallkeeper-pages-', person = '';

self.addEventListener('install', function (event) {
  event.waitUntil(caches.open(shelf).then(function (cache) { return cache.addAll(assets.concat([offline])); }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener('activate', function (event) {
  event.waitUntil(caches.open(shelf).then(function (cache) {
    return cache.keys().then(function (known) {
      return Promise.all(known.map(function (request) {
        var path = new URL(request.url).pathname;
        return assets.indexOf(path) < 0 && path !== offline ? cache.delete(request) : null;
      }));
    });
  }).then(function () { return self.clients.claim(); }));
});

// Pages of whoever was here before are thrown away when somebody else comes.
function forgetOthers(keep) {
  return caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name.indexOf(pages) === 0 && name !== pages + keep; }).map(function (name) { return caches.delete(name); }));
  });
}

self.addEventListener('message', function (event) {
  var said = event.data || {};
  if (said.forget) { person = ''; event.waitUntil(forgetOthers('')); return; }
  if (typeof said.person === 'string' && said.person) {
    person = said.person;
    event.waitUntil(forgetOthers(person).then(function () {
      if (!said.hold) return null;
      return caches.open(pages + person).then(function (cache) {
        return Promise.all(said.hold.slice(0, 40).map(function (link) {
          return fetch(link, { credentials: 'same-origin' }).then(function (reply) {
            if (!reply.ok || reply.redirected) return null;
            // With the photos of how it should look here: the cellar has no network for them either.
            return reply.clone().text().then(function (text) {
              var photos = (text.match(/\/photos\/[0-9a-f]{64}\/small\?pass=[0-9a-f]+/g) || []).slice(0, 60);
              return Promise.all([cache.put(link, reply)].concat(photos.map(function (photo) {
                return cache.match(photo, { ignoreSearch: true }).then(function (known) { return known || cache.add(photo).catch(function () {}); });
              })));
            });
          }).catch(function () {});
        })).then(function () { return lead(cache); });
      });
    }));
  }
});

// Where the codes on the walls lead, so that a scan finds its point in the cellar too; what led there before is let go of.
function lead(cache) {
  return fetch(scans, { credentials: 'same-origin' }).then(function (reply) {
    if (!reply.ok || reply.redirected) return null;
    return reply.json().then(function (links) {
      return cache.keys().then(function (known) {
        return Promise.all(known.filter(function (request) { return new URL(request.url).pathname.indexOf(scans + '/') === 0; }).map(function (request) { return cache.delete(request); }));
      }).then(function () {
        return Promise.all(Object.keys(links).map(function (link) { return cache.put(link, Response.redirect(new URL(links[link], self.location.origin).href, 302)); }));
      });
    });
  }).catch(function () {});
}

function held(request) {
  return caches.keys().then(function (names) {
    return names.filter(function (name) { return name.indexOf(pages) === 0; }).reduce(function (found, name) {
      return found.then(function (reply) { return reply || caches.open(name).then(function (cache) { return cache.match(request, { ignoreSearch: true }); }); });
    }, Promise.resolve(undefined));
  });
}

self.addEventListener('fetch', function (event) {
  var request = event.request, path = new URL(request.url).pathname;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  if (path.indexOf('/assets/') === 0) {
    event.respondWith(caches.match(request).then(function (found) { return found || fetch(request); }));
  } else if (path.indexOf('/photos/') === 0) {
    event.respondWith(fetch(request).catch(function () { return held(request).then(function (found) { return found || Response.error(); }); }));
  } else if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(function () {
      return held(request).then(function (found) { return found || caches.match(offline); });
    }));
  }
});
