// Putting zones and points on a floor plan by hand: a click sets the numbers of the form, a pin that is dragged is saved.
// Without this script the numbers are typed.
(function () {
  "use strict";
  var plan = document.querySelector("[data-plan]"), form = document.querySelector("[data-plan-form]");
  if (!plan || !form) return;
  var svg = plan.querySelector("svg"), cross = svg.querySelector(".cross"), dragged = null, moved = false;
  var tall = Number(svg.getAttribute("viewBox").split(" ")[3]);

  function spot(event) {
    var box = svg.getBoundingClientRect();
    function part(at, from, size) { return Math.max(0, Math.min(1000, Math.round((at - from) / size * 1000))); }
    return { x: part(event.clientX, box.left, box.width), y: part(event.clientY, box.top, box.height) };
  }
  function set(at) {
    form.elements.x.value = at.x;
    form.elements.y.value = at.y;
    cross.setAttribute("cx", at.x);
    cross.setAttribute("cy", Math.round(at.y * tall / 1000));
  }
  function pin(target) { return target.closest ? target.closest(".pin") : null; }

  svg.addEventListener("pointerdown", function (event) {
    dragged = pin(event.target);
    moved = false;
    if (dragged) { svg.setPointerCapture(event.pointerId); event.preventDefault(); }
  });
  svg.addEventListener("pointermove", function (event) {
    if (!dragged) return;
    var at = spot(event), circle = dragged.querySelector("circle"), text = dragged.querySelector("text");
    moved = true;
    circle.setAttribute("cx", at.x);
    circle.setAttribute("cy", Math.round(at.y * tall / 1000));
    text.setAttribute("x", at.x);
    text.setAttribute("y", Math.round(at.y * tall / 1000) + 30);
  });
  svg.addEventListener("pointerup", function (event) {
    set(spot(event));
    if (dragged) form.elements.target.value = dragged.getAttribute("data-key");
    if (dragged && moved) form.submit();
    dragged = null;
  });
  svg.addEventListener("pointercancel", function () { dragged = null; });
}());
