"use strict";
/* Shows areas in classes on a Leaflet map, with legend, search and table.
   Every text comes from the data block and goes in as textContent: names are never code. */
function showAreas(map) {
  const data = JSON.parse(document.getElementById("sozialraum-data").textContent);
  const words = data.texts;
  const [originX, originY, step] = data.grid;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const MANY_ROWS = 3000;
  const FEW_AREAS = 60;
  const byId = (id) => document.getElementById(id);
  const german = document.documentElement.lang === "de";
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  function make(tag, text, className) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  }
  function say(name, values) {
    return words[name].replace(/\{(\w+)\}/g, (whole, key) => key in values ? values[key] : whole);
  }

  /* ---- shapes: whole numbers, each the step from the last ---- */
  const degrees = ([x, y]) => [y * step + originY, x * step + originX];
  function corners(steps) {
    const found = [];
    let x = 0, y = 0;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      found.push(degrees([x, y]));
    }
    return found;
  }

  /* ---- patterns: the same drawing for map and legend ---- */
  const TILE = 8;
  function tileOf(entry) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = TILE;
    const pen = tile.getContext("2d");
    pen.fillStyle = entry.colour;
    pen.fillRect(0, 0, TILE, TILE);
    pen.strokeStyle = pen.fillStyle = entry.line;
    pen.lineWidth = 1;
    const line = (...ends) => {
      pen.beginPath();
      for (const [x0, y0, x1, y1] of ends) { pen.moveTo(x0, y0); pen.lineTo(x1, y1); }
      pen.stroke();
    };
    const rising = [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]];
    const falling = [[0, 0, 8, 8], [-2, 6, 2, 10], [6, -2, 10, 2]];
    if (entry.pattern === "diagonal" || entry.pattern === "cross") line(...rising);
    if (entry.pattern === "backward" || entry.pattern === "cross") line(...falling);
    if (entry.pattern === "horizontal") line([0, 2.5, 8, 2.5], [0, 6.5, 8, 6.5]);
    if (entry.pattern === "vertical") line([2.5, 0, 2.5, 8], [6.5, 0, 6.5, 8]);
    if (entry.pattern === "dots") {
      for (const [x, y] of [[2, 2], [6, 6]]) {
        pen.beginPath();
        pen.arc(x, y, 1, 0, 2 * Math.PI);
        pen.fill();
      }
    }
    return tile;
  }
  function swatch(entry, width, height, withMark) {
    const field = document.createElement("canvas");
    field.width = 2 * width;
    field.height = 2 * height;
    field.setAttribute("aria-hidden", "true");
    const pen = field.getContext("2d");
    pen.scale(2, 2);
    pen.fillStyle = pen.createPattern(entry.tile, "repeat");
    pen.fillRect(0, 0, width, height);
    pen.strokeStyle = "#6e6e6e";
    pen.strokeRect(.5, .5, width - 1, height - 1);
    if (withMark && entry.mark) {
      pen.font = "bold 12px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineWidth = 4;
      pen.strokeStyle = entry.colour;
      pen.strokeText(entry.mark, width / 2, height / 2 + 1);
      pen.fillStyle = entry.ink;
      pen.fillText(entry.mark, width / 2, height / 2 + 1);
    }
    return field;
  }
  const renderer = L.canvas({ padding: .3 });
  renderer._fillStroke = function (pen, layer) {
    const entry = layer.options.entry;
    pen.globalAlpha = layer.options.faded ? .18 : 1;
    pen.fillStyle = entry.pattern === "plain" ? entry.colour : pen.createPattern(entry.tile, "repeat");
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    const seam = layer.options.chosen ? [[6, "#ffffff"], [3.5, "#000000"]]
      : [[1.8, "#ffffff"], [.7, "#4a4a4a"]];
    for (const [width, colour] of seam) {
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.lineJoin = "round";
      pen.stroke();
    }
  };

  /* ---- levels: one set of polygons for each set of areas ---- */
  for (const theme of data.themes) {
    for (const entry of theme.entries) entry.tile = tileOf(entry);
  }
  const levels = data.levels.map((level) => {
    const group = L.featureGroup();
    const polygons = level.areas.map((parts, i) => {
      const polygon = L.polygon(parts.map((rings) => rings.map(corners)), {
        renderer, smoothFactor: 1, number: i,
      });
      group.addLayer(polygon);
      return polygon;
    });
    return { ...level, group, polygons };
  });

  /* lines over the areas are SVG: a second canvas would hide the first one on paper */
  const linePane = map.createPane("lines");
  linePane.style.zIndex = 420;
  linePane.style.pointerEvents = "none";
  const lineRenderer = L.svg({ pane: "lines", padding: .3 });
  function drawLines(lines, style) {
    const options = { renderer: lineRenderer, interactive: false, ...style };
    if (lines.length) L.polyline(lines.map(corners), options).addTo(map);
  }
  for (const layer of data.background) {
    drawLines(layer.lines, { color: layer.colour, weight: 1.4, opacity: .75 });
    for (const place of layer.places) {
      L.circleMarker(degrees(place), {
        renderer: lineRenderer, interactive: false, radius: 2, color: layer.colour, fillOpacity: 1,
      }).addTo(map);
    }
  }
  drawLines(data.municipalities.lines, { color: "#1c2126", weight: 1.8, opacity: 1 });

  /* ---- names of municipalities and marks of classes, none over another ---- */
  map.createPane("names").style.zIndex = 640;
  function label(place, text, className, colour, halo) {
    const span = make("span", text);
    if (colour) span.style.color = colour;
    if (halo) span.style.textShadow = `0 0 2px ${halo}, 0 0 2px ${halo}, 0 0 3px ${halo}`;
    const marker = L.marker(degrees(place), {
      pane: "names", interactive: false, keyboard: false,
      icon: L.divIcon({ className, html: span, iconSize: [0, 0] }),
    });
    marker.span = span;
    return marker;
  }
  const names = data.municipalities.names
    .map((name, i) => ({ name, place: data.municipalities.places[i], size: data.municipalities.sizes[i] }))
    .sort((a, b) => b.size - a.size || collator.compare(a.name, b.name))
    .map((town) => label(town.place, town.name, "name-label").addTo(map));
  let marks = [];
  function untangle() {
    const taken = [];
    for (const marker of [...names, ...marks]) {
      marker.span.style.visibility = "visible";
      const box = marker.span.getBoundingClientRect();
      const hidden = taken.some((other) => box.left < other.right && box.right > other.left
        && box.top < other.bottom && box.bottom > other.top);
      marker.span.style.visibility = hidden ? "hidden" : "visible";
      if (!hidden) taken.push(box);
    }
  }

  /* ---- state: theme, selection, filter, order ---- */
  let theme = null, level = null, chosen = null, pressed = null;
  let order = { by: "town", down: false };
  const body = document.querySelector("#table tbody");
  const unitOf = (shown) => shown.unit ? " " + shown.unit : "";
  const entryOf = (i) => theme.entries[theme.class[i]];
  function figure(i) {
    const text = theme.value[i];
    return entryOf(i).missing || theme.kind !== "values" ? text : text + unitOf(theme);
  }
  function tip(i) {
    const entry = entryOf(i), box = make("div", undefined, "tip");
    box.append(make("strong", level.names[i]));
    box.append(make("span", level.towns[level.town[i]], "where"));
    box.append(make("div", theme.title, "what"));
    if (theme.kind === "values" && !entry.missing) box.append(make("div", figure(i), "figure"));
    const line = make("div", undefined, "chip");
    line.append(swatch(entry, 22, 12, false), make("span", entry.label));
    box.append(line);
    if (theme.kind !== "values" && theme.value[i] && !entry.missing) {
      box.append(make("div", theme.heading + ": " + theme.value[i], "where"));
    }
    return box;
  }
  for (const one of levels) {
    one.group.bindTooltip((polygon) => tip(polygon.options.number), { sticky: true, opacity: 1 });
    one.group.on("click", (event) => choose(event.layer.options.number, false));
  }

  function redraw() {
    level.polygons.forEach((polygon, i) => {
      polygon.setStyle({
        entry: entryOf(i), chosen: i === chosen,
        faded: pressed !== null && theme.class[i] !== pressed,
      });
    });
    if (chosen !== null) level.polygons[chosen].bringToFront();
  }
  function drawMarks() {
    marks.forEach((marker) => marker.remove());
    marks = level.polygons.length > FEW_AREAS ? [] : level.places
      .map((place, i) => [place, entryOf(i)])
      .filter(([, entry]) => entry.mark)
      .map(([place, entry]) => label(place, entry.mark, "mark-label", entry.ink, entry.colour).addTo(map));
    untangle();
  }
  function drawLegend() {
    byId("legend-title").textContent = theme.legend;
    let missingSeen = false;
    byId("legend").replaceChildren(...theme.entries.map((entry, k) => {
      const row = make("li"), button = make("button");
      if (entry.missing && !missingSeen) { row.className = "gap"; missingSeen = true; }
      button.type = "button";
      button.setAttribute("aria-pressed", String(pressed === k));
      button.title = words["script_press"];
      button.append(swatch(entry, 36, 18, true), make("span", entry.label));
      button.append(make("span", entry.areas, "count"));
      button.addEventListener("click", () => {
        pressed = pressed === k ? null : k;
        drawLegend();
        redraw();
        byId("legend").children[k].firstChild.focus();
      });
      row.append(button);
      return row;
    }));
    byId("notes").replaceChildren(...theme.notes.map((note) => make("p", note)));
  }

  function numeric(text) {
    const plain = text.replace(/[\u202f\u00a0\s]/g, "");
    return Number.parseFloat(german ? plain.replace(",", ".") : plain.replaceAll(",", ""));
  }
  const plainText = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  function sorted() {
    const rows = level.names.map((name, i) => i);
    const town = (i) => level.towns[level.town[i]];
    const compare = {
      name: (a, b) => collator.compare(level.names[a], level.names[b]),
      town: (a, b) => collator.compare(town(a), town(b)),
      class: (a, b) => theme.class[a] - theme.class[b],
      value: (a, b) => {
        const [x, y] = [numeric(theme.value[a]), numeric(theme.value[b])];
        if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
        return x - y;
      },
    }[order.by];
    const late = (i) => order.by === "value" && Number.isNaN(numeric(theme.value[i]));
    const turn = order.down ? -1 : 1;
    return rows.sort((a, b) => (late(a) - late(b)) || turn * compare(a, b)
      || collator.compare(level.names[a], level.names[b]) || a - b);
  }
  function chipOf(entry) {
    const chip = make("span", undefined, "chip"), text = make("span", entry.label);
    if (theme.kind === "values") {
      text.className = "unseen";
      chip.title = entry.label;
      chip.append(make("span", entry.mark), swatch(entry, 22, 12, false), text);
    } else {
      chip.append(swatch(entry, 22, 12, false), text);
    }
    return chip;
  }
  function drawTable() {
    const wanted = plainText(byId("search").value.trim());
    const rows = sorted().filter((i) => !wanted
      || plainText(level.names[i]).includes(wanted)
      || plainText(level.towns[level.town[i]]).includes(wanted));
    byId("value-head").textContent = theme.heading;
    byId("table").className = theme.kind === "values" ? "figures" : "";
    document.querySelectorAll("#table thead button").forEach((button) => {
      const here = button.dataset.sort === order.by;
      const direction = order.down ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", here ? direction : "none");
    });
    body.replaceChildren(...rows.slice(0, MANY_ROWS).map((i) => {
      const row = make("tr"), head = make("th"), button = make("button", level.names[i]);
      row.dataset.area = i;
      if (i === chosen) row.setAttribute("aria-current", "true");
      head.scope = "row";
      button.type = "button";
      button.addEventListener("click", () => choose(i, true));
      head.append(button);
      const cell = make("td");
      cell.append(chipOf(entryOf(i)));
      row.append(head, make("td", level.towns[level.town[i]], "town"),
        make("td", theme.value[i], theme.kind === "values" ? "number" : ""), cell);
      return row;
    }));
    tell(say(rows.length > MANY_ROWS ? "script_rows_cut" : "script_rows", { rows: rows.length, shown: MANY_ROWS }));
    return rows;
  }
  function tell(text) { byId("told").textContent = text; }

  function choose(i, fromTable) {
    chosen = i;
    redraw();
    for (const row of body.children) {
      const here = Number(row.dataset.area) === i;
      if (here) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
      if (here && !fromTable) row.scrollIntoView({ block: "nearest" });
    }
    const polygon = level.polygons[i];
    if (fromTable) {
      map.fitBounds(polygon.getBounds(), { maxZoom: map.getBoundsZoom(level.group.getBounds()) + 2, padding: [60, 60], animate: !calm });
    }
    tell(level.names[i] + ", " + level.towns[level.town[i]] + ": "
      + (entryOf(i).missing ? "" : figure(i) + " – ") + entryOf(i).label);
  }
  function whole(animate) {
    map.fitBounds(level.group.getBounds(), { padding: [18, 18], animate: animate && !calm });
  }
  function show(k) {
    const before = level;
    theme = data.themes[k];
    level = levels[theme.level];
    pressed = null;
    byId("title").textContent = theme.title;
    byId("subtitle").textContent = theme.subtitle;
    if (level !== before) {
      if (before) before.group.remove();
      chosen = null;
      level.polygons.forEach((polygon, i) => { polygon.options.entry = entryOf(i); });
      level.group.addTo(map);
      whole(false);
    }
    drawLegend();
    redraw();
    drawMarks();
    drawTable();
    if (chosen !== null) choose(chosen, false);
  }

  byId("choose").append(...data.themes.map((one, k) => {
    const option = make("option", one.title);
    option.value = k;
    return option;
  }));
  byId("choose").addEventListener("change", (event) => show(Number(event.target.value)));
  byId("search").addEventListener("input", drawTable);
  byId("search").addEventListener("keydown", (event) => {
    const first = event.key === "Enter" && body.querySelector("button");
    if (first) first.click();
  });
  byId("whole").addEventListener("click", () => { byId("search").value = ""; chosen = null; redraw(); drawTable(); whole(true); });
  document.querySelectorAll("#table thead button").forEach((button) => {
    button.addEventListener("click", () => {
      order = { by: button.dataset.sort, down: order.by === button.dataset.sort && !order.down };
      drawTable();
    });
  });
  L.control.zoom({ zoomInTitle: words["script_zoom_in"], zoomOutTitle: words["script_zoom_out"] }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.on("zoomend viewreset", untangle);
  function fitPaper(printing) {
    document.documentElement.classList.toggle("printing", printing);
    map.invalidateSize({ animate: false, pan: false });
    whole(false);
    // paper does not wait for the next frame
    renderer._redrawBounds = null;
    renderer._redraw();
    untangle();
  }
  window.addEventListener("beforeprint", () => fitPaper(true));
  window.addEventListener("afterprint", () => fitPaper(false));
  show(0);
}
