"use strict";
// Draws each figure from the table behind it, so that picture and table cannot differ.
(() => {
  const { Chart } = window;
  const language = document.documentElement.lang;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const count = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const COLOURS = { negative: "negative", neutral: "neutral", positive: "positive", median: "accent", slowest: "high" };
  const SENTIMENTS = ["negative", "neutral", "positive"];
  const DURATIONS = [60, 300, 900, 3600, 14400, 86400, 259200, 604800, 2592000];

  const number = (cell) => {
    const text = cell.textContent.trim(), value = cell.dataset.value ?? text;
    return { text, value: value === "" ? null : Number(value) };
  };
  const read = (table) => ({
    series: [...table.tHead.rows[0].cells].slice(1).map((cell) => ({ key: cell.dataset.series, label: cell.textContent.trim() })),
    rows: [...table.tBodies[0].rows].map((row) => ({
      ...row.dataset,
      label: row.cells[0].textContent.trim(),
      href: row.cells[0].querySelector("a")?.getAttribute("href"),
      cells: [...row.cells].slice(1).map(number),
    })),
  });
  const column = (data, key) => {
    const at = data.series.findIndex((one) => one.key === key);
    return { label: data.series[at].label, cells: data.rows.map((row) => row.cells[at]) };
  };
  const hatch = () => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = token("neutral");
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = token("surface");
    pen.globalAlpha = 0.45;
    pen.lineWidth = 1.5;
    for (const shift of [-6, 0, 6]) { pen.moveTo(shift, 6); pen.lineTo(shift + 6, 0); }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };
  const fill = (key) => (key === "neutral" ? hatch() : token(COLOURS[key]));
  const duration = (seconds) => {
    const [pattern, size] = seconds < 3600 ? ["minutes", 60] : seconds < 86400 ? ["hours", 3600] : ["days", 86400];
    return document.body.dataset[pattern].replace("{}", count.format(seconds / size));
  };

  const axis = (more) => ({ border: { display: false }, grid: { color: token("line") }, ...more, ticks: { color: token("ink-3"), maxRotation: 0, autoSkipPadding: 16, ...more.ticks } });
  const options = (data, more) => ({
    animation: false, maintainAspectRatio: false, locale: language,
    interaction: { mode: "index", intersect: false },
    ...more,
    plugins: { legend: { display: false }, tooltip: { callbacks: {
      title: (items) => data.rows[items[0].dataIndex].label,
      label: (item) => ` ${item.dataset.label}: ${item.dataset.cells[item.dataIndex].text}`,
    } } },
  });
  const area = (data) => {
    const few = data.rows.length < 4;
    const layers = SENTIMENTS.map((key, at) => {
      const { label, cells } = column(data, key);
      return { label, cells, data: cells.map((cell) => cell.value), backgroundColor: fill(key), borderWidth: 0, pointRadius: 0, fill: at ? "-1" : "origin", stack: "posts", maxBarThickness: 80 };
    });
    const { label, cells } = column(data, "total");
    const total = { label, cells, data: cells.map((cell) => cell.value), type: "line", borderColor: token("ink"), borderWidth: 1.5, pointRadius: 0, fill: false, stack: "total" };
    return {
      type: few ? "bar" : "line",
      data: { labels: data.rows.map((row) => row.tick), datasets: few ? layers : [total, ...layers] },
      options: options(data, { scales: {
        x: axis({ stacked: true, grid: { display: false } }),
        y: axis({ stacked: true, beginAtZero: true, ticks: { precision: 0, callback: (value) => count.format(value) } }),
      } }),
    };
  };
  const shares = (data) => {
    const totals = column(data, "total").cells.map((cell) => cell.value);
    return {
      type: "bar",
      data: { labels: data.rows.map((row) => row.tick), datasets: SENTIMENTS.map((key) => {
        const { label, cells } = column(data, key);
        return { label, cells, data: cells.map((cell, at) => (totals[at] ? (100 * cell.value) / totals[at] : 0)), backgroundColor: fill(key), stack: "posts", maxBarThickness: 28 };
      }) },
      options: options(data, { indexAxis: "y", interaction: { mode: "index", axis: "y", intersect: false }, scales: {
        x: axis({ stacked: true, max: 100, ticks: { callback: (value) => (value / 100).toLocaleString(language, { style: "percent" }) } }),
        y: axis({ stacked: true, grid: { display: false } }),
      } }),
    };
  };
  const times = (data) => ({
    type: "line",
    data: { labels: data.rows.map((row) => row.tick), datasets: ["median", "slowest"].map((key) => {
      const { label, cells } = column(data, key);
      return { label, cells, data: cells.map((cell) => cell.value), borderColor: token(COLOURS[key]), backgroundColor: token(COLOURS[key]), borderDash: key === "slowest" ? [6, 4] : [], borderWidth: 2, pointRadius: 2, spanGaps: false };
    }) },
    options: options(data, { scales: {
      x: axis({ grid: { display: false } }),
      y: axis({ type: "logarithmic", min: 30, afterBuildTicks: (scale) => { scale.ticks = DURATIONS.filter((value) => value >= scale.min && value <= scale.max).map((value) => ({ value })); }, ticks: { callback: duration } }),
    } }),
  });
  const KINDS = { area, shares, times };

  // The day of an event, where the page is about one.
  const mark = (rows) => ({ id: "mark", afterDatasetsDraw: (chart) => {
    const at = rows.findIndex((row) => "mark" in row);
    if (at < 0) return;
    const { ctx, chartArea, scales } = chart;
    const x = scales.x.getPixelForValue(at);
    ctx.save();
    ctx.setLineDash([4, 4]);
    ctx.strokeStyle = token("ink");
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  } });

  const go = (href, more = {}) => {
    const address = new URL(href, window.location.href);
    for (const [name, value] of Object.entries(more)) address.searchParams.set(name, value);
    window.location.assign(address);
  };
  const sentimentAt = (chart, at, event) => {
    const value = chart.scales.y.getValueForPixel(event.offsetY);
    let sum = 0;
    return SENTIMENTS.find((key) => { sum += column(chart.source, key).cells[at].value; return value <= sum; });
  };
  const follow = (chart, event) => {
    const [hit] = chart.getElementsAtEventForMode(event, "index", { intersect: false, axis: chart.options.indexAxis }, false);
    const row = hit && chart.rows[hit.index];
    if (!row?.href) return;
    const sentiment = chart.kind === "area" ? sentimentAt(chart, hit.index, event)
      : SENTIMENTS[chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, false)[0]?.datasetIndex];
    go(row.href, sentiment && chart.kind !== "times" ? { sentiment } : {});
  };

  const day = (row, name) => new URL(row.href, window.location.href).searchParams.get(name);

  // A stretch drawn with the mouse becomes the stretch of the page; what is narrower than a few pixels is a click.
  const brush = (chart, place) => {
    const band = document.createElement("div");
    band.className = "brush";
    band.hidden = true;
    place.append(band);
    let start = null;
    const clamp = (x) => Math.min(Math.max(x, chart.chartArea.left), chart.chartArea.right);
    const index = (x) => Math.min(Math.max(chart.scales.x.getValueForPixel(clamp(x)), 0), chart.rows.length - 1);
    const stop = () => { start = null; band.hidden = true; };
    chart.canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button) return;
      start = event.offsetX;
      chart.canvas.setPointerCapture(event.pointerId);
    });
    chart.canvas.addEventListener("pointermove", (event) => {
      if (start === null || Math.abs(event.offsetX - start) < 6 || chart.options.indexAxis === "y") return;
      const [left, right] = [clamp(start), clamp(event.offsetX)].sort((a, b) => a - b);
      band.hidden = false;
      band.style.left = `${left}px`;
      band.style.width = `${right - left}px`;
    });
    chart.canvas.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const [first, last] = [index(start), index(event.offsetX)].sort((a, b) => a - b);
      const drawn = !band.hidden;
      stop();
      if (drawn) go(window.location.href, { from: day(chart.rows[first], "from"), until: day(chart.rows[last], "until") });
      else follow(chart, event);
    });
    chart.canvas.addEventListener("pointercancel", stop);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
  };

  const save = (chart, figure) => {
    const { width, height } = chart.canvas;
    const scale = chart.currentDevicePixelRatio, head = 60 * scale;
    const picture = document.createElement("canvas");
    picture.width = width;
    picture.height = height + head;
    const pen = picture.getContext("2d");
    pen.fillStyle = token("surface");
    pen.fillRect(0, 0, picture.width, picture.height);
    pen.fillStyle = token("ink");
    pen.font = `600 ${14 * scale}px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillText(figure.dataset.title, 12 * scale, 25 * scale);
    pen.font = `${12 * scale}px ${getComputedStyle(document.body).fontFamily}`;
    let left = 12 * scale;
    for (const entry of figure.querySelectorAll(".legend li")) {
      pen.fillStyle = entry.className === "all" ? token("ink") : fill(entry.className);
      pen.fillRect(left, 38 * scale, 11 * scale, 11 * scale);
      pen.fillStyle = token("ink");
      pen.fillText(entry.textContent, left + 16 * scale, 48 * scale);
      left += pen.measureText(entry.textContent).width + 32 * scale;
    }
    chart.setActiveElements([]);
    chart.tooltip.setActiveElements([], { x: 0, y: 0 });
    chart.update();
    pen.drawImage(chart.canvas, 0, head);
    const link = document.createElement("a");
    link.href = picture.toDataURL("image/png");
    link.download = `${figure.dataset.file}.png`;
    link.click();
  };

  const draw = (figure) => {
    const place = figure.querySelector(".canvas"), canvas = place.querySelector("canvas");
    const source = read(document.getElementById(figure.dataset.table));
    Object.assign(Chart.defaults.font, { family: getComputedStyle(document.body).fontFamily, size: 12 });
    const chart = new Chart(canvas, { ...KINDS[figure.dataset.chart](source), plugins: [mark(source.rows)] });
    Object.assign(chart, { rows: source.rows, source, kind: figure.dataset.chart });
    return chart;
  };
  const start = () => {
    for (const figure of document.querySelectorAll("figure[data-chart]")) {
      let chart = draw(figure);
      brush(chart, figure.querySelector(".canvas"));
      const again = () => {
        const fresh = KINDS[figure.dataset.chart](chart.source);
        Object.assign(chart.data, fresh.data);
        chart.options = fresh.options;
        chart.update();
      };
      for (const query of ["(prefers-color-scheme: dark)", "print"]) window.matchMedia(query).addEventListener("change", again);
      const button = figure.querySelector("[data-png]");
      button.hidden = false;
      button.addEventListener("click", () => save(chart, figure));
    }
  };
  document.addEventListener("DOMContentLoaded", start);
})();
