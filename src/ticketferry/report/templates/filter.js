(function () {
  "use strict";
  var input = document.getElementById("q");
  var found = document.getElementById("found");
  var tables = Array.prototype.slice.call(document.querySelectorAll("table.filter"));
  var samples = Array.prototype.slice.call(document.querySelectorAll("details.sample"));
  var texts = new Map();
  function text(node) {
    if (!texts.has(node)) { texts.set(node, node.textContent.toLowerCase()); }
    return texts.get(node);
  }
  function fits(node, words) {
    return words.every(function (word) { return text(node).indexOf(word) !== -1; });
  }
  function apply() {
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    var all = 0;
    tables.forEach(function (table) {
      var rows = table.tBodies[0].rows;
      var before = shown;
      for (var i = 0; i < rows.length; i += 1) {
        var good = !words.length || fits(rows[i], words);
        rows[i].hidden = !good;
        all += 1;
        if (good) { shown += 1; }
      }
      var fold = table.closest("details.fold");
      if (fold && words.length) { fold.open = shown > before; }
    });
    samples.forEach(function (sample) {
      var good = !words.length || fits(sample, words);
      sample.hidden = !good;
      all += 1;
      if (good) { shown += 1; }
    });
    found.textContent = words.length ? shown.toLocaleString("en") + " of " + all.toLocaleString("en") + " rows and samples" : "";
  }
  function open() {
    var hash = location.hash.slice(1);
    if (hash.indexOf("q=") === 0) {
      try { input.value = decodeURIComponent(hash.slice(2)); } catch (error) { input.value = hash.slice(2); }
      apply();
      return;
    }
    var target = hash ? document.getElementById(hash) : null;
    if (target && target.tagName === "DETAILS") { target.hidden = false; target.open = true; target.scrollIntoView(); }
  }
  var waiting;
  input.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
  window.addEventListener("hashchange", open);
  Array.prototype.forEach.call(document.querySelectorAll("button[data-open]"), function (button) {
    button.addEventListener("click", function () {
      samples.forEach(function (sample) { sample.open = !!button.getAttribute("data-open"); });
    });
  });
  open();
}());
